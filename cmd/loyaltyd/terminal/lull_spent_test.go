package terminal_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What she earned a moment ago is hers to spend, also at a counter that never
// rests: headquarters is asked once it has counted that.
func TestSpentAtOnce(t *testing.T) {
	till, stop := shop.Open(t, shop.Config(testkit.Private(t)))
	defer stop()
	if err := desk.Ask(testkit.Within(t, 10*time.Second), till.Config.DataDir, http.MethodPost, "/till/sync", nil, &terminal.ExchangeReport{}); err != nil { // what a start sends is sent
		t.Fatal(err)
	}
	till.Stir()
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "S-1", 60000)
	member, _, err := till.Till.Identify(t.Context(), shop.Ayse)
	if err != nil {
		t.Fatal(err)
	}
	reserve := checkout.Reserve{
		ID: till.Till.NewHold(), SaleID: "S-2", Account: member.Account, Reward: till.Till.Programs.At(time.Now()).Rewards()[0].ID, Proof: ledger.Claimed,
	}
	for ctx := testkit.Within(t, terminal.LongestDelay-time.Second); ; {
		till.Stir()
		_, err := till.Till.Hold(ctx, time.Now(), reserve)
		if err == nil {
			break
		}
		if ctx.Err() != nil { // one answer may be late on a busy machine
			t.Fatal(err)
		}
	}
}
