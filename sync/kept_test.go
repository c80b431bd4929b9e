package sync_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// asksLess is the version after asking: a voucher of ten is worth half of what it
// was, and nobody gives coffee any more.
func asksLess(t testing.TB) []byte {
	t.Helper()
	text := strings.NewReplacer(
		"version: 1", "version: 2", "announced: 2026-01-02", "announced: 2026-11-22", "effective: 2026-01-02", "effective: 2026-11-25",
		"notice: P0D", "notice: P3D", "{discount: 1000}", "{discount: 500}",
		"  - {id: taste, on: tasting, issue: coffee}\n", "",
		"  - {id: coffee,   grant_only: true, benefit: {discount: 300}, voucher: P30D}\n", "",
	).Replace(asking)
	return testkit.Load(t, text).Source()
}

// Vouchers of a version that is over are used offline for what they promised,
// also one whose reward is gone; given back they are what they were, at whichever
// till; and headquarters counts them as their tills did.
func TestVouchersOutliveTheirVersion(t *testing.T) {
	w := newAsks(t)
	_, err := w.sale(w.one, 60_000)
	w.must(err)
	w.do(w.one, "tasting", "t-1")
	w.exchange()
	w.gives(w.one, nil, "ten")
	w.must(w.Publish(context.Background(), asksLess(t), "less.yaml"))
	w.pass(w.midnight(w.one).Sub(w.Clock.Now()) - 12*time.Hour)
	w.exchange()
	w.Clock.Advance(13 * time.Hour) // and nobody asks headquarters

	sold := w.gives(w.one, map[string]ledger.Points{"daily": 7}, "ten", "coffee")
	if sold.Program.Version != 2 || sold.Sale.Total != 5000-1000-300 {
		t.Errorf("under version %d it takes %d", sold.Program.Version, sold.Sale.Total)
	}
	for _, taken := range sold.Sale.Rewards {
		if !taken.Voucher || taken.Terms.Promise.Version != 1 {
			t.Errorf("taken as %+v", taken)
		}
	}
	w.exchange()
	_, err = w.two.Return(context.Background(), w.Clock.Now(), checkout.Taking{
		Entry: w.two.NewEntry(), ID: "r", Of: ledger.SaleRef{Terminal: w.one.Options.Terminal, Day: sold.Day, ID: sold.Sale.ID},
		Wish: loyalty.Wish{All: true}, Asked: []byte("all"),
	})
	w.must(err)
	w.exchange()
	w.must(w.Work(context.Background()))
	w.exchange()
	again := w.gives(w.one, map[string]ledger.Points{"daily": 7}, "coffee", "ten") // what is void has not drawn
	if again.Sale.Total != 5000-1000-300 {
		t.Errorf("given back, they take %+v", again.Sale.Rewards)
	}
	w.exchange()
	member, err := w.MemberByPhone(context.Background(), e164)
	w.must(err)
	for _, b := range member.Balances {
		if _, voucher := b.Unit.Voucher(); voucher && (b.Available != 0 || b.Escrowed != 0 || b.Receivable != 0) {
			t.Errorf("left at headquarters: %+v", b)
		}
	}
	w.sound()
}

// A voucher outlives a headquarters that was put back to before its version was
// published: the till's right says what it gives, and so does the sale that gave
// it.
func TestVoucherOfAVersionThatIsLost(t *testing.T) {
	w := newAsks(t)
	backup := w.Backup()
	w.must(w.Publish(context.Background(), asksLess(t), "less.yaml"))
	_, err := w.sale(w.one, 120_000)
	w.must(err)
	w.exchange()
	w.pass(w.midnight(w.one).Sub(w.Clock.Now()) + time.Hour)
	w.exchange()
	if bought := w.gives(w.one, map[string]ledger.Points{"gold": 100, "daily": 7}, "ten"); bought.Program.Version != 2 {
		t.Fatalf("bought under version %d", bought.Program.Version)
	}
	w.drain(w.one)
	w.world.Headquarters = w.Restore(backup)
	w.Move(w.one)
	w.Move(w.two)
	for range 4 {
		w.greet(w.one)
		w.greet(w.two)
		w.exchange()
		w.must(w.Work(context.Background()))
	}
	if used := w.gives(w.one, map[string]ledger.Points{"gold": 100}, "ten"); used.Sale.Total != 4500 {
		t.Errorf("it takes %+v", used.Sale.Rewards)
	}
	w.exchange()
	w.sound()
}
