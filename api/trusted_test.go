package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
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
		who   checkout.Who
		want  bool
	}{
		{0, checkout.Who{Account: s.ana}, true},
		{15*time.Minute - 1, checkout.Who{Account: s.ana, Member: member.ID}, true},
		{15 * time.Minute, checkout.Who{Account: s.ana}, false},
		{0, checkout.Who{Account: s.ana, Member: ledger.MemberID{1}}, false},
		{0, checkout.Who{Account: s.NewAccount()}, false},
		{0, checkout.Who{Phone: ana}, false},
	} {
		if got := s.Saw(now.Add(c.after), c.who); got != c.want {
			t.Errorf("%+v after %v: %v", c.who, c.after, got)
		}
	}
}
