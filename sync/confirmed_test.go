package sync_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale that was confirmed at another till or at headquarters waits no more at
// the till that made it: it is not offered there, not confirmed there again by
// itself, and whoever tries is told.
func TestConfirmedElsewhere(t *testing.T) {
	w := newProves(t)
	ctx := context.Background()
	there := w.typed(w.one, e164, 10_000)
	seenThere := w.typed(w.one, e164, 20_000)
	open := w.typed(w.one, otherNumber, 10_000)
	w.exchange()
	w.waits(w.ana, 2)

	w.must(w.confirm(w.two, there, w.one, w.ana, ledger.Presented))
	v, err := w.ConfirmSale(ctx, seen(e164, seenThere))
	if v != ledger.Posted {
		t.Fatalf("at headquarters: %s, %v", v, err)
	}
	w.exchange()
	w.waits(w.ana, 0)
	w.waits(w.ece, 1)
	w.must(w.one.Store.Close())
	w.one = w.Reopen(w.one)
	w.exchange()
	w.waits(w.ana, 0)
	for _, sale := range []*ledger.Entry{there, seenThere} {
		if err := w.confirm(w.one, sale, w.one, w.ana, ledger.Presented); !errors.Is(err, checkout.ErrClaimed) {
			t.Errorf("confirmed again: %v", err)
		}
		if err := w.confirm(w.one, sale, w.one, w.ece, ledger.Presented); !errors.Is(err, checkout.ErrNotNamed) {
			t.Errorf("confirmed by another: %v", err)
		}
	}
	w.soldTo(w.one, checkout.Who{Phone: e164, Proof: ledger.Presented}, 1000)
	w.must(w.confirm(w.one, open, w.one, w.ece, ledger.Presented))
	w.exchange()
	w.must(w.confirm(w.one, open, w.one, w.ece, ledger.Presented)) // its own: the same entry
	w.exchange()
	w.has(e164, 100+200+10+7)
	w.has(otherNumber, 107)
	w.refused(0, "duplicate_claim")
}

// waits wants so many sales to wait for a member at the first till.
func (w *proves) waits(account ledger.AccountID, want int) {
	w.t.Helper()
	open, err := w.one.Unconfirmed(context.Background(), w.Clock.Now(), account)
	if err != nil || len(open) != want {
		w.t.Errorf("%d sales wait, want %d, %v", len(open), want, err)
	}
}
