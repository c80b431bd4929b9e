package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const today = `"business_day_date":"2026-11-22"`

// A sale that is opened says since when, however often and in whichever order; one
// that was completed says so, and nothing of it is an entry.
func TestOpen(t *testing.T) {
	s := newShop(t)
	before, _ := s.Journal()
	first := read[api.Opened](s, s.ask("POST", "/v1/sales/S-1/open", `{`+today+`}`))
	again := read[api.Opened](s, s.ask("POST", "/v1/sales/S-1/open", `{`+today+`}`))
	if diff := cmp.Diff(first, again); diff != "" || first.State != "open" || first.OpenedAt == nil || first.Customer != nil {
		t.Errorf("%+v, then %s", first, diff)
	}
	if after, _ := s.Journal(); len(after) != len(before) {
		t.Error("to open a sale is an entry")
	}
	s.face.Events.Tell(api.CustomerHere{Account: s.ana, Name: "A.", Proof: ledger.Presented})
	if got := read[api.Opened](s, s.ask("POST", "/v1/sales/S-2/open", `{`+today+`}`)).Customer; got == nil || got.Account != s.ana {
		t.Errorf("at the counter is %+v", got)
	}
	read[api.Completed](s, s.complete("S-1", sale("")))
	if got := read[api.Opened](s, s.ask("POST", "/v1/sales/S-1/open", `{`+today+`}`)); got.State != "completed" || got.OpenedAt != nil {
		t.Errorf("completed: %+v", got)
	}
	s.wants(s.ask("POST", "/v1/sales/S-1/open", `{"business_day_date":"2026-02-30"}`), http.StatusUnprocessableEntity, "bad-date")
	for i := range 1100 { // of a POS that opens and never completes
		read[api.Opened](s, s.ask("POST", fmt.Sprintf("/v1/sales/T-%d/open", i), `{`+today+`}`))
	}
	if got := read[api.Opened](s, s.ask("POST", "/v1/sales/S-2/open", `{`+today+`}`)); !got.OpenedAt.After(*first.OpenedAt) {
		t.Error("open sales are remembered without end")
	}
}

// Whatever the POS's scanner read is told for what it is; a member's card and phone
// find her, and so does the till's keypad.
func TestIdentify(t *testing.T) {
	s := newShop(t)
	s.Till.Till.Scans = route.Router{Region: "TR", Rules: []route.Rule{{Kind: route.Card, Prefix: "299", Length: 13}}}
	s.Give(s.ana, 700, "2990001234567")
	asks := func(more string) api.Identified {
		t.Helper()
		return read[api.Identified](s, s.ask("POST", "/v1/sales/S-1/identify", `{`+today+more+`}`))
	}
	if nobody := asks(""); nobody.Kind != "nobody" || nobody.Known || nobody.Proof != "" {
		t.Errorf("nobody: %+v", nobody)
	}
	type found struct {
		Kind, Proof, Label string
		Known              bool
	}
	for more, want := range map[string]found{
		`,"phone":"0532 123 45 67"`:                {"phone", "claimed", "", true},
		`,"phone":"0532 765 43 21"`:                {"phone", "claimed", "", false},
		`,"code":"2990001234567"`:                  {"card", "presented", "", true},
		`,"code":"2990001234568"`:                  {"card", "presented", "", false},
		`,"code":"tel:+905321234567"`:              {"phone", "claimed", "", true},
		`,"code":"5901234123457","aim":"]E0"`:      {"product", "", "5901234123457", false},
		`,"code":"https://evil.example/?a=1"`:      {"unknown", "", "", false},
		`,"code":"\u0000\u001b@<script>","aim":""`: {"unknown", "", "", false},
	} {
		got := asks(more)
		if diff := cmp.Diff(want, found{got.Kind, got.Proof, got.Label, got.Known}); diff != "" || (got.Kind == "unknown") != (got.Say != "") {
			t.Errorf("%s: %s, %q", more, diff, got.Say)
		}
		if got.Known && got.Account != s.ana.String() {
			t.Errorf("%s: account %s", more, got.Account)
		}
	}
	s.face.Events.Tell(api.CustomerHere{Account: s.ana, Proof: ledger.Presented})
	here := asks("")
	if here.Kind != "counter" || here.Account != s.ana.String() || here.Proof != "presented" || here.Balances[0].Balance != 700 {
		t.Errorf("at the counter: %+v", here)
	}
	told := read[api.Completed](s, s.complete("S-1", sale(`"member":{"account":"`+here.Account+`","proof":"`+here.Proof+`"}`)))
	if told.Account != here.Account || told.Earned != 19 {
		t.Errorf("sold: %+v", told)
	}
	s.face.Events.Tell(api.CustomerGone{})
	if got := asks(""); got.Kind != "nobody" {
		t.Errorf("she is gone, and there is %+v", got)
	}
	s.problem(s.ask("POST", "/v1/sales/S-1/identify", `{`+today+`,"phone":"1","code":"2"}`), http.StatusBadRequest)
	s.wants(s.ask("POST", "/v1/sales/S-1/identify", `{`+today+`,"phone":"12"}`), http.StatusUnprocessableEntity, "no-phone-number")
	for i := range 40 {
		a := s.ask("POST", "/v1/sales/S-1/identify", fmt.Sprintf(`{%s,"code":"29900012%05d"}`, today, i))
		if a.StatusCode == http.StatusTooManyRequests {
			s.wants(a, http.StatusTooManyRequests, "too-many-lookups")
			return
		}
		if strings.Contains(a.body, "29900012") {
			t.Errorf("a card's number is told: %s", a.body)
		}
	}
	t.Error("forty cards in a row were looked up")
}
