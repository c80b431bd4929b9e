package sync_test

import (
	"context"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A receipt is claimed in a store of another program: what it earned is hers under
// the program it was sold under, and so is what the claim draws on her limit.
func TestClaimUnderTheSalesProgram(t *testing.T) {
	ctx := context.Background()
	m := &mall{&world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, proving)), t: t}}
	gold := strings.NewReplacer("program: proving", "program: gold", "currency: TRY", "currency: EUR").Replace(proving)
	m.must(m.AddProgram(ctx, []byte(gold), "gold.yaml"))
	m.store("s2", "EUR")
	lira, euro := m.tillAt("s1"), m.tillAt("s2")
	account := m.takeIn(euro)
	m.settle(euro, lira)
	who := checkout.Who{Account: account, Proof: ledger.Presented}
	claims := func() {
		t.Helper()
		m.sales++
		sold, err := lira.Complete(ctx, m.Clock.Now(), checkout.Basket{
			Entry: lira.NewEntry(), SaleID: lira.NewEntry().String(), Currency: "TRY",
			Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}},
		})
		m.must(err)
		code, _ := lira.ClaimCode(sold.Entry)
		claimed, err := euro.Claim(ctx, m.Clock.Now(), checkout.ReceiptClaim{Code: code, Who: who})
		m.must(err)
		if !claimed.Foreign {
			t.Error("the code is this store's")
		}
		m.settle(lira, euro)
	}
	claims()
	claims()
	m.has(map[string]ledger.Points{"proving": 107 + 100})
	claims() // the month's limit is two
	m.has(map[string]ledger.Points{"proving": 107 + 100})
	m.shows("claimed elsewhere", euro, 0, 0)
	m.whole(lira, euro)
}
