package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// employ gives the shop a cashier, 7 with PIN 4875, and a manager, 9 with 4895.
func (s *shop) employ() *staff.Book {
	s.t.Helper()
	book := s.Staffed(staff.Operator{ID: "7", Name: "Ali", Role: staff.Cashier}, staff.Operator{ID: "9", Name: "Zeynep", Role: staff.Manager})
	s.ManagerAbove = 100
	return book
}

// wants a problem of a type.
func (s *shop) wants(a answer, status int, typ string) {
	s.t.Helper()
	s.problem(a, status)
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || p.Type != "urn:loyaltyd:problem:"+typ {
		s.t.Errorf("a problem of type %q, want %q: %s", p.Type, typ, a.body)
	}
}

func signOn(id, pin string) string { return fmt.Sprintf(`{"operator_id":%q,"pin":%q}`, id, pin) }

// Who signs on stands on the sales that name nobody, until she signs off; a PIN
// tried wrong too often has to wait.
func TestSignOn(t *testing.T) {
	s := newShop(t)
	s.wants(s.ask("POST", "/v1/operators/sign-on", signOn("7", "4875")), http.StatusForbidden, "wrong-pin") // nobody works here
	s.employ()
	s.wants(s.ask("POST", "/v1/operators/sign-on", signOn("7", "4895")), http.StatusForbidden, "wrong-pin")
	o := read[api.Operator](s, s.ask("POST", "/v1/operators/sign-on", signOn("7", "4875")))
	if o.ID != "7" || o.Name != "Ali" || o.Role != "cashier" {
		t.Errorf("signed on %+v", o)
	}
	read[api.Completed](s, s.complete("s1", strings.Replace(sale(""), `"operator_id":"7",`, "", 1)))
	if a := s.ask("POST", "/v1/operators/sign-off", ""); a.StatusCode != http.StatusNoContent {
		t.Errorf("%d: %s", a.StatusCode, a.body)
	}
	read[api.Completed](s, s.complete("s2", strings.Replace(sale(""), `"operator_id":"7",`, "", 1)))
	if sold := s.sales(); sold[0].Operator != "7" || sold[1].Operator != "-" {
		t.Errorf("sold by %q and %q", sold[0].Operator, sold[1].Operator)
	}
	for _, id := range []string{"7", "70"} { // nobody is 70, and nobody is told so
		for range 3 {
			s.wants(s.ask("POST", "/v1/operators/sign-on", signOn(id, "1928")), http.StatusForbidden, "wrong-pin")
		}
		a := s.ask("POST", "/v1/operators/sign-on", signOn(id, "4875"))
		if s.wants(a, http.StatusTooManyRequests, "too-many-tries"); a.Header.Get("Retry-After") == "" {
			t.Error("no Retry-After")
		}
	}
	for _, bad := range []string{"12", "12345x", "1234567890123"} {
		if a := s.ask("POST", "/v1/operators/sign-on", signOn("7", bad)); a.StatusCode != 422 || strings.Contains(a.body, bad) {
			t.Errorf("%d: %s", a.StatusCode, a.body)
		}
	}
}

func adjusting(id string, amount int, more string) string {
	return fmt.Sprintf(`{"adjust_id":"%s%s","member":{"phone":"0532 123 45 67"},"amount":%d,"reason":"torn  bag"%s}`, uuid, id, amount, more)
}

// An adjustment is an entry with its reason and who did it, once; beyond the
// limit it is a manager's, whose PIN stands nowhere.
func TestAdjust(t *testing.T) {
	s := newShop(t)
	s.employ()
	ask := func(body string) answer { return s.ask("POST", "/v1/members/adjust", body) }
	s.wants(ask(adjusting("1", 50, "")), http.StatusForbidden, "sign-on")
	own := read[api.AdjustDone](s, ask(adjusting("0", 5, `,"approval":`+signOn("7", "4875"))))
	if own.Operator != "7" || own.Approver != "" {
		t.Errorf("by her own PIN: %+v", own)
	}
	read[api.Operator](s, s.ask("POST", "/v1/operators/sign-on", signOn("7", "4875")))
	first := ask(adjusting("1", 50, ""))
	done := read[api.AdjustDone](s, first)
	if done.Amount != 50 || done.Operator != "7" || done.Approver != "" || done.Balance.Balance != 755 || done.Account != s.ana.String() {
		t.Errorf("done %s", first.body)
	}
	if again := ask(adjusting("1", 50, "")); again.body != first.body {
		t.Errorf("again %s", again.body)
	}
	s.wants(ask(adjusting("1", 51, "")), http.StatusConflict, "adjust-conflict")
	s.wants(ask(adjusting("2", -101, "")), http.StatusForbidden, "manager")
	s.wants(ask(adjusting("2", -101, `,"approval":`+signOn("7", "4875"))), http.StatusForbidden, "manager")
	s.wants(ask(adjusting("2", -101, `,"approval":`+signOn("9", "4875"))), http.StatusForbidden, "wrong-pin")
	big := ask(adjusting("2", -101, `,"approval":`+signOn("9", "4895")))
	if done := read[api.AdjustDone](s, big); done.Amount != -101 || done.Operator != "7" || done.Approver != "9" || done.Balance.Balance != 700 || done.Balance.Owed != 46 {
		t.Errorf("taken %s", big.body)
	}
	if again := ask(adjusting("2", -101, "")); again.body != big.body {
		t.Errorf("again without the PIN %s", again.body)
	}
	for _, bad := range []string{
		adjusting("3", 0, ""), adjusting("3", 5, `,"unit":"gold"`), strings.Replace(adjusting("3", 5, ""), "torn  bag", "  ", 1),
		strings.Replace(adjusting("3", 5, ""), "torn  bag", "her number is 0532 123 45-67", 1),
	} {
		s.wants(ask(bad), http.StatusUnprocessableEntity, "bad-adjustment")
	}
	s.wants(ask(strings.Replace(adjusting("3", 5, ""), "45 67", "45 68", 1)), http.StatusNotFound, "no-such-member")
	entries, _ := s.Journal()
	n := 0
	for _, e := range entries {
		if text, _ := e.Encode(); strings.Contains(string(text), "48"+"95") || strings.Contains(string(text), "4875") {
			t.Errorf("a PIN stands in %s", text)
		}
		if e.Kind == ledger.Adjust {
			n++
			if e.Adjust.Reason != "torn bag" {
				t.Errorf("reason %q", e.Adjust.Reason)
			}
		}
	}
	if n != 3 || len(s.failed) != 0 {
		t.Errorf("%d adjustments, failed %v", n, s.failed)
	}
	if m := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+s.ana.String(), "")); m.Balances[0].Balance != 700 || m.Balances[0].Owed != 46 {
		t.Errorf("she has %+v", m.Balances[0])
	}
}

// Where nobody is known small adjustments are anybody's, and large ones nobody's.
func TestAdjustWithoutStaff(t *testing.T) {
	s := newShop(t)
	s.ManagerAbove = 100
	done := read[api.AdjustDone](s, s.ask("POST", "/v1/members/adjust", adjusting("1", 100, `,"operator_id":"x"`)))
	if done.Operator != "x" {
		t.Errorf("%+v", done)
	}
	a := s.ask("POST", "/v1/members/adjust", adjusting("2", 101, `,"approval":`+signOn("9", "4895")))
	if s.wants(a, http.StatusForbidden, "manager"); !strings.Contains(a.body, "no operator has a PIN") {
		t.Errorf("not said why: %s", a.body)
	}
}

// What the till's rules want a manager for waits for her PIN or goes on without
// the member; what they note stands in the answer, the same each time.
func TestConduct(t *testing.T) {
	s := newShop(t)
	s.employ()
	s.Conduct.OwnNumber, s.Conduct.AfterTender = "note", "ask"
	body := sale(`"member":{"phone":"05321234567"},"member_added_after_tender":true`)
	a := s.complete("s1", body)
	if s.wants(a, http.StatusForbidden, "manager"); !strings.Contains(a.body, "after_tender") || !strings.Contains(a.body, "approval") {
		t.Errorf("not said why, or what to do: %s", a.body)
	}
	with := strings.TrimSuffix(body, "}") + `,"approval":` + signOn("9", "4895") + "}"
	first := s.complete("s1", with)
	if told := read[api.Completed](s, first); len(told.Flags) != 1 || told.Flags[0] != "after_tender" {
		t.Errorf("told %s", first.body)
	}
	for _, again := range []string{with, body} {
		if a := s.complete("s1", again); a.body != first.body {
			t.Errorf("again %s", a.body)
		}
	}
	s.Conduct.AfterTender = "refuse"
	s.wants(s.complete("s2", body), http.StatusForbidden, "member-refused")
	s.wants(s.complete("s2", with), http.StatusForbidden, "member-refused")
	read[api.Completed](s, s.complete("s2", sale("")))
	sold := s.sales()
	if len(sold) != 2 || sold[0].Approver != "9" || len(sold[1].Flags) != 0 || len(s.failed) != 0 {
		t.Errorf("%d sales: %+v, failed %v", len(sold), sold[0], s.failed)
	}
}
