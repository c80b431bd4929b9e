package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// enrollInto asks to add a number to Ana's account.
func enrollInto(id, phone, proof, more string) string {
	return fmt.Sprintf(`{"enroll_id":"%s%s","phone":%q,"name":"Mehmet Yılmaz","birth_month":5,
		"household":{"member":{"phone":"0532 123 45 67","proof":%q}%s}}`, uuid, id, phone, proof, more)
}

// A POS adds somebody to an account by a card or PIN shown, or by a manager's PIN;
// the same request again is the same member. A sale says who of them was here, an
// account alone does not, and what is said of a person needs to know.
func TestHousehold(t *testing.T) {
	s := newShop(t)
	ask := func(body string) answer { return s.ask("POST", "/v1/members", body) }
	s.wants(ask(enrollInto("1", "0532 000 00 02", "claimed", "")), http.StatusForbidden, "manager")
	s.employ()
	s.wants(ask(enrollInto("1", "0532 000 00 02", "claimed", `,"approval":`+signOn("7", "4875"))), http.StatusForbidden, "manager")
	first := ask(enrollInto("1", "0532 000 00 02", "claimed", `,"approval":`+signOn("9", "4895")))
	m := read[api.KnownMember](s, first)
	if !m.Enrolled || m.Account != s.ana.String() || m.ID == m.Account || m.Size != 2 || m.Name != "M*** Y***" {
		t.Fatalf("joined: %s", first.body)
	}
	if again := ask(enrollInto("1", "0532 000 00 02", "presented", "")); again.body != first.body {
		t.Errorf("again: %s", again.body)
	}
	s.wants(ask(enrollInto("1", "0532 000 00 03", "presented", "")), http.StatusConflict, "id-conflict")
	other := read[api.KnownMember](s, ask(fmt.Sprintf(`{"enroll_id":"%s2","phone":"0532 000 00 04"}`, uuid)))
	if other.Account == m.Account || other.ID != other.Account || other.Size != 0 {
		t.Errorf("who shares nothing: %+v", other)
	}
	s.wants(ask(enrollInto("3", "0532 000 00 04", "presented", "")), http.StatusConflict, "other-account")

	read[api.Completed](s, s.complete("s1", sale(`"member":{"phone":"0532 000 00 02"}`)))
	read[api.Completed](s, s.complete("s2", sale(`"member":{"account":"`+m.Account+`"}`)))
	read[api.Completed](s, s.complete("s3", sale(`"member":{"account":"`+m.Account+`","member_id":"`+m.ID+`"}`)))
	s.wants(s.complete("s4", sale(`"member":{"account":"`+m.Account+`","member_id":"x"}`)), http.StatusUnprocessableEntity, "bad-account")
	for i, sold := range s.sales() {
		if sold.Subject != ledger.SubjectOf(s.ana) || (sold.Member.String() == m.ID) != (i != 1) || i == 1 && !sold.Member.IsZero() {
			t.Errorf("sale %d is of %s, %s was here", i, sold.Subject, sold.Member)
		}
	}

	name := func(more string) answer {
		return s.ask("PUT", "/v1/members/"+m.Account+"/name", `{"name":"Mehmet Can"`+more+`}`)
	}
	s.wants(name(""), http.StatusUnprocessableEntity, "which-member")
	if named := read[api.KnownMember](s, name(`,"member_id":"`+m.ID+`"`)); named.Name != "M*** C***" || named.ID != m.ID {
		t.Errorf("named: %+v", named)
	}
	got := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+m.Account+"?member_id="+m.ID, ""))
	if got.ID != m.ID || got.Size != 2 {
		t.Errorf("read: %+v", got)
	}
}
