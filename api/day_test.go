package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func onDay(day string) string { return strings.Replace(sale(""), "2026-11-22", day, 1) }

// A business day is of the last 30 days or the next one, by the time that
// headquarters told; what stands already is answered whatever the day is by then,
// and a till whose own clock is wrong refuses none.
func TestBusinessDay(t *testing.T) {
	s := newShop(t)
	if err := s.Store.Heard(t.Context(), ledger.MillisOf(s.Clock.Now())); err != nil {
		t.Fatal(err)
	}
	today := s.Clock.Now().In(s.Zone)
	on := func(days int) string { return today.AddDate(0, 0, days).Format(time.DateOnly) }
	for _, days := range []int{-30, 0, 1} {
		read[api.Completed](s, s.complete("of-"+on(days), onDay(on(days))))
	}
	for _, day := range []string{on(-31), on(2), "1970-01-01", "9999-12-31"} {
		a := s.complete("of-"+day, onDay(day))
		if s.wants(a, http.StatusUnprocessableEntity, "business-day"); !strings.Contains(a.body, "takes days from "+on(-30)+" to "+on(1)) {
			t.Errorf("not said which: %s", a.body)
		}
	}
	s.wants(s.complete("x", onDay("2026-02-30")), http.StatusUnprocessableEntity, "bad-date")
	back := `{"business_day_date":"` + on(0) + `","return_id":"r","all":true,"return_business_day_date":"` + on(2) + `"}`
	s.wants(s.ask("POST", "/v1/sales/of-"+on(0)+"/return", back), http.StatusUnprocessableEntity, "business-day")

	for range 3 {
		s.Clock.Advance(20 * time.Hour)
		if err := s.Store.Heard(t.Context(), ledger.MillisOf(s.Clock.Now())); err != nil {
			t.Fatal(err)
		}
	}
	read[api.Completed](s, s.complete("of-"+on(-30), onDay(on(-30)))) // again
	s.Clock.Advance(-10000 * time.Hour)
	read[api.Completed](s, s.complete("later", onDay(on(3))))
}

// Where operators are known, one whom a POS makes up is no reason to refuse a sale,
// and is noted; what could not be anybody's id is refused.
func TestUnknownOperator(t *testing.T) {
	s := newShop(t)
	of := func(name, operator string) answer {
		return s.complete(name, sale(`"member":{"phone":"05321234567"},"operator_id":"`+operator+`"`))
	}
	flags := func(name, operator string) []string {
		return read[api.Completed](s, of(name, operator)).Flags
	}
	if got := flags("s1", "70"); len(got) > 0 {
		t.Errorf("where nobody is known: %v", got)
	}
	s.employ()
	if got := flags("s2", "7"); len(got) > 0 {
		t.Errorf("known: %v", got)
	}
	if got := flags("s3", "70"); len(got) != 1 || got[0] != "unknown_operator" {
		t.Errorf("made up: %v", got)
	}
	for _, operator := range []string{`\u0007`, `7\n`, strings.Repeat("7", 33), "Ali Y"} {
		if a := of("bad", operator); a.StatusCode != http.StatusBadRequest && a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%q: %d %s", operator, a.StatusCode, a.body)
		}
	}
}
