package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// That a POS says she is verified counts as presented, and the answer says so; where
// the till saw her PIN itself, or the shop trusts its POS, it counts.
func TestVerifiedOfAPOS(t *testing.T) {
	s := newShopOf(t, testkit.Program(t, "proof: {earn: claimed, redeem: claimed}", "proof: {earn: claimed, redeem: verified}"))
	reward := s.Programs.At(s.Clock.Now()).Offered(nil)[0]
	says := fmt.Sprintf(`{"account":%q,"proof":"verified"}`, s.ana)
	redeems := fmt.Sprintf(`,"redeem":[%q]`, reward)
	quote := `{"currency_code":"TRY","line_items":[{"sku":"a","extended_amount":1999}],"member":` + says + `}`

	if told := read[api.Completed](s, s.complete("S-1", saleOf(says, ""))); told.Proof != "presented" {
		t.Errorf("counted as %q", told.Proof)
	}
	if told := read[api.Quote](s, s.ask("POST", "/v1/quote", quote)); told.Proof != "presented" || len(told.Offers) > 0 {
		t.Errorf("quoted as %q, with %d offers", told.Proof, len(told.Offers))
	}
	s.wants(s.complete("S-2", saleOf(says, redeems)), http.StatusConflict, "reward-not-now")
	phone := strings.Replace(says, `"account":"`+s.ana.String()+`"`, `"phone":"05321234567"`, 1)
	s.wants(s.complete("S-2", saleOf(phone, redeems)), http.StatusConflict, "reward-not-now")

	s.face.TrustVerified = true
	if told := read[api.Quote](s, s.ask("POST", "/v1/quote", quote)); told.Proof != "verified" || len(told.Offers) == 0 {
		t.Errorf("trusted it is quoted as %q", told.Proof)
	}
	s.face.TrustVerified = false
	read[api.KnownMember](s, s.setPIN(`,"proof":"verified"`)) // her first one: a card does
	s.wants(s.setPIN(`,"proof":"verified"`), http.StatusForbidden, "manager")

	s.wants(s.complete("S-2", saleOf(s.withPIN("2589"), redeems)), http.StatusForbidden, "wrong-member-pin")
	s.wants(s.complete("S-2", saleOf(says, redeems)), http.StatusConflict, "reward-not-now")
	if told := read[api.Quote](s, s.ask("POST", "/v1/quote", strings.Replace(quote, says, s.withPIN("2580"), 1))); told.Proof != "verified" {
		t.Errorf("with her PIN it is quoted as %q", told.Proof)
	}
	told := read[api.Completed](s, s.complete("S-2", saleOf(says, redeems)))
	if told.Proof != "verified" || s.sales()[1].Proof != ledger.Verified {
		t.Errorf("after her PIN it counted as %q", told.Proof)
	}
	if again := read[api.Completed](s, s.complete("S-1", saleOf(says, ""))); again.Proof != "presented" {
		t.Errorf("what stands is told as %q", again.Proof)
	}
}

// What a till saw it forgets in a quarter of an hour, and it saw nobody else.
func TestSawProof(t *testing.T) {
	s := newShop(t)
	member, err := s.Store.Member(t.Context(), s.ana)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	s.SawProof(now, member)
	for _, c := range []struct {
		after time.Duration
		who   loyalty.Member
		want  bool
	}{
		{0, member, true},
		{15*time.Minute - 1, loyalty.Member{Account: s.ana, ID: member.ID}, true},
		{15 * time.Minute, member, false},
		{0, loyalty.Member{Account: s.ana, ID: ledger.MemberID{1}}, false},
		{0, loyalty.Member{Account: s.ana}, false},
		{0, loyalty.Member{Account: s.NewAccount(), ID: member.ID}, false},
		{0, loyalty.Member{}, false},
	} {
		if got := s.Saw(now.Add(c.after), c.who); got != c.want {
			t.Errorf("%+v after %v: %v", c.who, c.after, got)
		}
	}
}

// Once the till saw her PIN, verified counts however the POS names her: by her number, by
// her card, by her account; of a number that nobody has here it does not.
func TestVerifiedHoweverNamed(t *testing.T) {
	s := newShop(t)
	s.Till.Till.Scans = route.Router{Region: "TR", Rules: []route.Rule{{Kind: route.Card, Prefix: "299", Length: 13}}}
	s.Give(s.ana, 700, "2990001234567")
	read[api.KnownMember](s, s.setPIN(`,"proof":"presented"`))
	card := read[api.Identified](s, s.ask("POST", "/v1/sales/S-0/identify", `{"business_day_date":"2026-11-22","code":"2990001234567"}`))
	if card.Account != s.ana.String() {
		t.Fatalf("the card is of %q", card.Account)
	}
	named := []string{
		`"phone":"0532 123 45 67"`, fmt.Sprintf(`"account":%q,"member_id":%q`, card.Account, card.ID), fmt.Sprintf(`"account":%q`, s.ana),
	}
	n := 0
	count := func(member string) string {
		n++
		return read[api.Completed](s, s.complete(fmt.Sprint("S-", n), saleOf(`{`+member+`}`, ""))).Proof
	}
	for _, her := range named {
		if got := count(her + `,"proof":"verified"`); got != "presented" {
			t.Errorf("%s, unseen: %s", her, got)
		}
	}
	count(`"phone":"05321234567","pin":"2580"`)
	for _, her := range named {
		if got := count(her + `,"proof":"verified"`); got != "verified" {
			t.Errorf("%s, seen: %s", her, got)
		}
	}
	stranger := `{"phone":"0532 765 43 21","proof":"verified"}`
	quote := `{"currency_code":"TRY","line_items":[{"sku":"a","extended_amount":1999}],"member":` + stranger + `}`
	if told := read[api.Quote](s, s.ask("POST", "/v1/quote", quote)); told.Proof != "presented" {
		t.Errorf("a stranger is quoted as %s", told.Proof)
	}
	if got := count(stranger[1 : len(stranger)-1]); got != "presented" {
		t.Errorf("a stranger's sale: %s", got)
	}
}

// An activity says no more than a sale does: that a POS says verified is not enough
// where the program wants that.
func TestActivityVerifiedOfAPOS(t *testing.T) {
	s := newShopOf(t, testkit.Program(t, "proof: {earn: claimed, redeem: claimed}", "proof: {earn: verified, redeem: verified}", "\nrewards:", "  - {id: visit, on: check_in, give: {points: 5}}\n\nrewards:"))
	read[api.KnownMember](s, s.setPIN(`,"proof":"presented"`))
	does := func(member string) answer {
		return s.ask("POST", "/v1/activities", `{"on":"check_in","ref":"c-17","member":{"phone":"05321234567",`+member+`}}`)
	}
	s.wants(does(`"proof":"verified"`), http.StatusConflict, "proof-too-weak")
	s.wants(does(`"proof":"presented"`), http.StatusConflict, "proof-too-weak")
	read[api.Quote](s, s.ask("POST", "/v1/quote", strings.Replace(saleOf(s.withPIN("2580"), ""), `"business_day_date":"2026-11-22",`, "", 1)))
	read[api.Done](s, does(`"proof":"verified"`))
}
