package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// shows is ana in a request who shows so much; verified is by her PIN.
func (s *shop) shows(proof ledger.Proof) string {
	if proof == ledger.Verified {
		return s.withPIN("2580")
	}
	return fmt.Sprintf(`{"account":%q,"proof":%q}`, s.ana, proof)
}

func saleOf(member, more string) string {
	if member != "" {
		member = `,"member":` + member
	}
	return `{"business_day_date":"2026-11-22","currency_code":"TRY","line_items":[{"sku":"a","extended_amount":1999}]` + member + more + `}`
}

// Over the API, of every proof that a program may want and that she may show: what
// earns, claims and confirms is what meets earn, and a reward what meets both.
func TestProofsOverAPI(t *testing.T) {
	levels := []ledger.Proof{ledger.Claimed, ledger.Presented, ledger.Verified}
	for _, want := range levels {
		for _, shows := range levels {
			t.Run(fmt.Sprintf("wants %s, shows %s", want, shows), func(t *testing.T) {
				provesEarn(t, want, shows)
				provesRedeem(t, ledger.Claimed, want, shows)
				provesRedeem(t, want, ledger.Claimed, shows)
			})
		}
	}
}

func provingShop(t *testing.T, earn, redeem ledger.Proof) *shop {
	t.Helper()
	s := newShopOf(t, testkit.Program(t, "proof: {earn: claimed, redeem: claimed}", fmt.Sprintf("proof: {earn: %s, redeem: %s}\nclaim: {days: 14}", earn, redeem)))
	read[api.KnownMember](s, s.setPIN(`,"proof":"presented"`))
	return s
}

func provesEarn(t *testing.T, want, shows ledger.Proof) {
	t.Helper()
	s := provingShop(t, want, ledger.Claimed)
	meets := shows.Meets(want)
	bought := read[api.Completed](s, s.complete("S-1", saleOf("", "")))
	claim := s.ask(http.MethodPost, "/v1/claims", fmt.Sprintf(`{"code":%q,"member":%s}`, bought.ClaimCode, s.shows(shows)))
	sale := read[api.Completed](s, s.complete("S-2", saleOf(s.shows(shows), "")))
	if got := sale.Account != ""; got != meets {
		t.Errorf("earned %v, want %v", got, meets)
	}
	confirm := func(member string) answer {
		return s.ask(http.MethodPost, "/v1/sales/S-2/confirm", `{"business_day_date":"2026-11-22","member":`+member+`}`)
	}
	if meets {
		read[api.ClaimedReceipt](s, claim)
		s.wants(confirm(s.shows(ledger.Verified)), http.StatusConflict, "sale-not-to-confirm")
		return
	}
	s.wants(claim, http.StatusConflict, "proof-too-weak")
	s.wants(confirm(s.shows(shows)), http.StatusConflict, "proof-too-weak")
	read[api.Claiming](s, confirm(s.shows(ledger.Verified)))
}

func provesRedeem(t *testing.T, earn, redeem, shows ledger.Proof) {
	t.Helper()
	s := provingShop(t, earn, redeem)
	reward := s.Programs.At(s.Clock.Now()).Offered(nil)[0]
	id := ledger.NewID[int]()
	hold := s.ask(http.MethodPost, "/v1/holds", fmt.Sprintf(`{"hold_id":%q,"sale_id":"S-1","reward":%q,"member":%s}`, id, reward, s.shows(shows)))
	s.ask(http.MethodDelete, "/v1/holds/"+id.String(), "")
	sale := s.complete("S-2", saleOf(s.shows(shows), fmt.Sprintf(`,"redeem":[%q]`, reward)))
	if shows.Meets(earn) && shows.Meets(redeem) {
		read[api.Held](s, hold)
		read[api.Completed](s, sale)
		return
	}
	s.wants(hold, http.StatusConflict, "reward-not-now")
	s.wants(sale, http.StatusConflict, "reward-not-now")
}
