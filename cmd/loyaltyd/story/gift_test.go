package story_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// gifts is the starter with a gift once a year.
func gifts(t testing.TB) string {
	t.Helper()
	text := strings.Replace(string(configs.Starter), "rewards:\n",
		"limits:\n  gift: {uses: 1, every: calendar_year}\n\nrewards:\n  - {id: gift, limit: gift, benefit: {discount: 400}}\n", 1)
	file := filepath.Join(t.TempDir(), "program.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A till that is its own headquarters gives a gift with no network at all, and
// once: it asks itself for the use. So it is after a restart.
func TestGiftAtOwnHeadquarters(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.ProgramFile = gifts(t)
	till, stop := shop.Open(t, config)
	shop.TakeIn(t, till, shop.Ayse)
	for ctx := testkit.Within(t, 10*time.Second); ; { // what asks may find headquarters at work
		err := takesGift(t, till, "S-1")
		if err == nil {
			break
		}
		if !errors.As(err, new(*loyalty.NoRedeem)) || ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	if err := takesGift(t, till, "S-2"); !errors.As(err, new(*loyalty.RewardRefused)) {
		t.Errorf("once more: %v", err)
	}
	stop()
	shop.Clean(t, dir)
	till, stop = shop.Open(t, config)
	if err := takesGift(t, till, "S-3"); !errors.As(err, new(*loyalty.RewardRefused)) {
		t.Errorf("after a restart: %v", err)
	}
	stop()
	shop.Clean(t, dir)
}

func takesGift(t testing.TB, till *terminal.Terminal, sale string) error {
	t.Helper()
	_, err := till.Till.Complete(t.Context(), time.Now(), checkout.Basket{
		Entry: till.Till.NewEntry(), SaleID: sale, Currency: "TRY", Redeem: []loyalty.Redemption{{Reward: "gift", Times: 1}},
		Lines: []ledger.Line{{Net: 5000, Gross: 5000, Quantity: 1}}, Who: checkout.Who{Phone: shop.Ayse, Proof: ledger.Claimed},
	})
	return err
}
