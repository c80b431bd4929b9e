package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
)

// Who brings back a sale with a number that nobody enrolled was given nothing, and is
// told of nothing that is taken back.
func TestReturnOfAStranger(t *testing.T) {
	s := newShop(t)
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05329999999"}`)))
	a := s.ask("POST", "/v1/sales/s1/void", `{"business_day_date":"2026-11-22"}`)
	told := read[api.TakenBack](s, a)
	if told.Total == 0 || told.TakenBack != 0 || strings.Contains(strings.Join(told.ReceiptLines, "\n"), "Taken back") {
		t.Errorf("told %s", a.body)
	}
}

// A reward for a number that nobody enrolled is refused with what helps.
func TestHoldForAStranger(t *testing.T) {
	s := newShop(t)
	a := s.ask("POST", "/v1/holds", `{"hold_id":"`+uuid+`1","sale_id":"s1","member":{"phone":"05329999999"},"reward":"five"}`)
	s.problem(a, http.StatusNotFound)
	if !strings.Contains(a.body, "enroll her") {
		t.Errorf("told %s", a.body)
	}
}
