package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A member's code stands in each answer about her; a friend's enroll keeps it as
// it was meant, and one that was misheard enrolls nobody.
func TestReferrerOfAnEnroll(t *testing.T) {
	s := newShopOf(t, testkit.Program(t, "\nrewards:", "  - {id: friend, on: sale, to: referrer, give: {points: 5}}\n\nrewards:"))
	hers := read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"0532 123 45 67"}`))
	if want := string(ledger.ReferralCodeOf(s.ana)); hers.Code != want {
		t.Fatalf("her code is %q, want %q", hers.Code, want)
	}
	body := `{"enroll_id":"` + uuid + `1","phone":"0532 765 43 21","referrer":"` + strings.ToLower(strings.Replace(hers.Code, "-", " ", 1)) + `"}`
	s.problem(s.ask("POST", "/v1/members", strings.Replace(body, `"referrer":"`, `"referrer":"0`, 1)), http.StatusUnprocessableEntity)
	if unknown := read[api.KnownMember](s, s.ask("POST", "/v1/members/lookup", `{"phone":"0532 765 43 21"}`)); unknown.Known || unknown.Code != "" {
		t.Errorf("she was enrolled: %+v", unknown)
	}
	friend := read[api.KnownMember](s, s.ask("POST", "/v1/members", body))
	entries, _ := s.Journal()
	if e := entries[len(entries)-1]; e.Kind != ledger.Enroll || string(e.Referrer) != hers.Code || !friend.Enrolled {
		t.Errorf("last entry %+v", e)
	}
	own := strings.Replace(strings.Replace(body, "0532 765 43 21", ana, 1), uuid+"1", uuid+"2", 1)
	s.problem(s.ask("POST", "/v1/members", own), http.StatusConflict)
}

// A household has one code, and who joins it is referred by nobody.
func TestReferrerOfHousehold(t *testing.T) {
	s := newShopOf(t, testkit.Program(t, "\nrewards:", "  - {id: friend, on: sale, to: referrer, give: {points: 5}}\n\nrewards:"))
	code := string(ledger.ReferralCodeOf(s.ana))
	body := enrollInto("1", "0532 000 00 02", "presented", "")
	referred := strings.Replace(body, `"name":`, `"referrer":"`+code+`","name":`, 1)
	s.wants(s.ask("POST", "/v1/members", referred), http.StatusUnprocessableEntity, "referrer-of-household")
	if m := read[api.KnownMember](s, s.ask("POST", "/v1/members", body)); !m.Enrolled || m.Code != code {
		t.Errorf("joined: %+v", m)
	}
}

// Where the program gives nothing for it there is no code.
func TestNoCodeWhereNothingIsGiven(t *testing.T) {
	s := newShop(t)
	if m := read[api.KnownMember](s, s.ask("GET", "/v1/members/"+s.ana.String(), "")); m.Code != "" {
		t.Errorf("her code is %q", m.Code)
	}
}
