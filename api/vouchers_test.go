package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A member's vouchers are told with what each gives and until when: those here first,
// then how many she has elsewhere.
func TestVouchers(t *testing.T) {
	s := newShopOf(t, testkit.Load(t, rich))
	until := ledger.MillisOf(s.Clock.Now().AddDate(0, 0, 5))
	s.PlaceOn(s.ana, "voucher.coffee", 2, &ledger.LotTerms{ExpiresAt: until})
	s.Feed(ledger.AccountState{Account: s.ana, AsOf: ledger.MillisOf(s.Clock.Now()), Balances: []ledger.Balance{
		{Program: s.Options.Program, Unit: "voucher.coffee", Escrowed: 2},
		{Program: s.Options.Program, Unit: "voucher.ten", Available: 3},
	}})
	got := read[api.VoucherList](s, s.ask("GET", "/v1/members/"+s.ana.String()+"/vouchers", ""))
	if diff := cmp.Diff(api.VoucherList{Account: s.ana.String(), Vouchers: []api.HeldVoucher{
		{Reward: "coffee", Count: 2, Here: true, LastDay: string(ledger.DateAt(until-1, s.Zone)), Benefit: "item", Of: "coffee"},
		{Reward: "ten", Count: 3},
	}}, got); diff != "" {
		t.Error(diff)
	}
	s.wants(s.ask("GET", "/v1/members/"+uuid+"9/vouchers", ""), http.StatusNotFound, "no-such-member")
	s.wants(s.ask("GET", "/v1/members/7/vouchers", ""), http.StatusUnprocessableEntity, "bad-request")
}
