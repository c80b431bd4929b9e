package offline_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// What the feed says of a confirmed sale is kept once, through a restart and the
// same page again, and touches no other sale.
func TestConfirmedByFeed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	var sales []ledger.EntryID
	for range 2 {
		r := tl.sale(ana, 10)
		r.Named = ana
		tl.append(r)
		sales = append(sales, r.Entry.ID)
	}
	next := ledger.Cursor{Incarnation: 1, Position: 3}
	page := []ledger.Change{
		verdict(1, sales[0], ledger.Confirmed), verdict(2, sales[1], ledger.Suspected),
		verdict(3, tl.sale(ana, 10).Entry.ID, ledger.Confirmed), // another till's
	}
	for range 2 {
		tl.must("apply", tl.Apply(ctx, page, next))
		tl.reopen()
		for i, sale := range sales {
			account, confirmed, err := tl.DetachedFor(ctx, sale)
			if account != ana || confirmed != (i == 0) || err != nil {
				t.Errorf("sale %d: of %s, confirmed %t, %v", i, account, confirmed, err)
			}
		}
		open, err := tl.Detached(ctx, ana)
		if err != nil || len(open) != 1 || open[0].ID != sales[1] {
			t.Errorf("%v wait, %v", open, err)
		}
	}
	tl.clean()
}

func verdict(at ledger.Position, sale ledger.EntryID, v ledger.Verdict) ledger.Change {
	return ledger.Change{
		Position: at, Kind: ledger.VerdictChange, Key: sale.String(), Verdict: &ledger.VerdictOf{Entry: sale, Verdict: v},
	}
}
