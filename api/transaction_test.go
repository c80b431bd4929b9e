package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What the POS calls a sale or return is kept with it and told again; a repeated call
// must say the same.
func TestTransaction(t *testing.T) {
	s := newShop(t)
	body := sale(`"workstation_id":"3","sequence_number":1002`)
	told := read[api.Completed](s, s.complete("s1", body))
	want := api.Transaction{Workstation: "3", Sequence: 1002}
	if diff := cmp.Diff(want, told.Transaction); diff != "" {
		t.Error(diff)
	}
	if got := s.sales()[0].Sale.Transaction; got != ledger.Transaction(want) {
		t.Errorf("kept is %+v", got)
	}
	read[api.Completed](s, s.complete("s1", body))
	s.wants(s.complete("s1", sale(`"workstation_id":"3","sequence_number":1003`)), http.StatusConflict, "sale-conflict")
	s.wants(s.complete("s2", sale(`"sequence_number":-1`)), http.StatusUnprocessableEntity, "bad-request")
	s.wants(s.complete("s2", sale(`"workstation_id":"a b"`)), http.StatusUnprocessableEntity, "bad-request")

	back := read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/return", `{`+today+`,"return_id":"r1","amount":100,"workstation_id":"4","sequence_number":17}`))
	if diff := cmp.Diff(api.Transaction{Workstation: "4", Sequence: 17}, back.Transaction); diff != "" {
		t.Error(diff)
	}
}

// A link is refused where it is surely another sale's, and taken where nobody can tell.
func TestTransactionLink(t *testing.T) {
	s := newShop(t)
	read[api.Completed](s, s.complete("s1", sale(`"workstation_id":"3","sequence_number":1002`)))
	read[api.Completed](s, s.complete("unnamed", sale("")))
	n := 0
	back := func(sale, link string) answer {
		n++
		return s.ask("POST", "/v1/sales/"+sale+"/return", fmt.Sprintf(`{%s,"return_id":"r%d","amount":100,"transaction_link":%s}`, today, n, link))
	}
	for _, link := range []string{
		`{"workstation_id":"4"}`, `{"sequence_number":1003}`, `{"workstation_id":"3","sequence_number":1}`,
		`{"business_day_date":"2026-11-21"}`, `{"retail_store_id":"s2"}`,
	} {
		s.wants(back("s1", link), http.StatusUnprocessableEntity, "other-transaction")
	}
	for _, link := range []string{`{}`, `{"workstation_id":"3"}`, `{"retail_store_id":"s1","workstation_id":"3","sequence_number":1002,"business_day_date":"2026-11-22"}`} {
		read[api.TakenBack](s, back("s1", link))
	}
	read[api.TakenBack](s, back("unnamed", `{"workstation_id":"4","sequence_number":1}`))
	s.wants(s.ask("POST", "/v1/sales/s1/void", `{`+today+`,"transaction_link":{"sequence_number":9}}`), http.StatusUnprocessableEntity, "other-transaction")
	read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/void", `{`+today+`,"transaction_link":{"sequence_number":1002}}`))
}

// All that a member ever earned is told where the program's levels look at it, and
// nobody is told a number that nobody counts.
func TestLifetimePoints(t *testing.T) {
	lookup := func(s *shop) api.KnownMember {
		return read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"05321234567"}`))
	}
	if told := lookup(newShop(t)); told.Lifetime != nil {
		t.Errorf("told %d", *told.Lifetime)
	}
	s := newShopOf(t, testkit.Program(t, "\nrewards:", "\ntiers: {of: points, window: ever, keep: P12M, levels: {base: 0, gold: 1000}}\n\nrewards:"))
	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"05321234567"},"redeem":["five"]`)))
	read[api.TakenBack](s, s.ask("POST", "/v1/sales/s1/return", `{`+today+`,"return_id":"r1","amount":1000}`))
	if told := lookup(s); told.Lifetime == nil || *told.Lifetime != 7 {
		t.Errorf("told %+v", told)
	}
}
