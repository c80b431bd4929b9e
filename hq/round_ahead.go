package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Most rounds are nothing but plain entries that nothing waits for. What comes of such a
// round is decided while the one before is written, in a transaction that only reads, and
// written in one commit, where all that it went by still stands: nobody claimed what its
// entries claim, its ledgers are as they were read, and nothing waits for a sale among
// them. Any other is taken apart (projectApart), and nothing of it was written.

// errAwaited says that something waits for a sale, and is to be posted after it.
var errAwaited = errors.New("something waits for an entry of several")

// mayDecideAhead reports whether one database holds every key, and items are all plain.
func (h *Headquarters) mayDecideAhead(items []*books.Item) bool {
	return len(items) > 0 && !h.db.Apart() && !slices.ContainsFunc(items, func(it *books.Item) bool { return !isByItself(it) })
}

// isByItself reports whether all that is to be done of an entry is to claim and to post
// it.
func isByItself(it *books.Item) bool {
	return it.Passed == "" && isPlain(it) && it.Entry.Attachment.IsZero()
}

// decideAhead decides what comes of items if each is the first to claim what it claims.
func (h *Headquarters) decideAhead(tx *database.Tx, items []*books.Item, behind *posting.Unit) (*posting.Unit, error) {
	if err := claims.Resolve(tx, items); err != nil {
		return nil, err
	}
	u, err := posting.Ahead(tx, withLots(items), behind)
	if err != nil {
		return nil, err
	}
	if err := h.applyEach(u, items); err != nil {
		return nil, err
	}
	if err := u.PutTogether(); err != nil {
		return nil, err
	}
	return u, nil
}

// beginNext decides the round behind one that is put together, and gives it once that is
// done; nil where there is none, or it is to be decided in its turn.
func (h *Headquarters) beginNext(ctx context.Context, r *round, most int) <-chan *round {
	next := make(chan *round, 1)
	if len(r.left) == 0 || most < wire.MaxBatchEntries {
		next <- nil
		return next
	}
	go func() {
		ahead, err := h.nextRound(ctx, r.left, most, r.unit)
		if err != nil || ahead.unit == nil {
			ahead = nil // it is read again, behind what is written by then
		}
		next <- ahead
	}()
	return next
}

// writeRound writes what was decided ahead. It reports whether it did; where not, nothing
// is written.
func (h *Headquarters) writeRound(ctx context.Context, r *round) (done bool, err error) {
	err = h.update(ctx, func(tx *database.Tx) error {
		if err := claims.First(tx, r.items); err != nil {
			return err
		}
		if err := noneAwaited(tx, r.items); err != nil {
			return err
		}
		if err := r.unit.Write(tx); err != nil {
			return err
		}
		return h.noteProjected(tx, r.items)
	})
	if database.EndsAll(err) {
		return false, fmt.Errorf("post: %w", err)
	}
	if err != nil {
		return false, nil // post finds out what it was
	}
	h.tellAll(r.items)
	return true, nil
}

var (
	awaitedSales = database.Many{Head: `
		SELECT 1
		FROM parked
		WHERE (sale_terminal, business_day_date, sale_id) IN (VALUES`, Tail: `)`}
	awaitedToClaim = database.Many{Head: `
		SELECT 1
		FROM parked_claim
		WHERE sale IN (VALUES`, Tail: `)`}
)

// noneAwaited fails with errAwaited where something waits for sales among items. As a rule
// something waits somewhere, for a sale that will never come.
func noneAwaited(tx *database.Tx, items []*books.Item) error {
	if any, err := isAnyParked(tx); err != nil || !any {
		return err
	}
	var keys, entries [][]any
	for _, it := range items {
		if e := it.Entry; e.Kind == ledger.Sold {
			keys = append(keys, []any{it.Place.Terminal, e.Day, e.Sale.ID})
			entries = append(entries, []any{e.ID})
		}
	}
	found := func(*database.Rows) error { return errAwaited }
	if err := tx.QueryMany(awaitedSales, keys, found); err != nil {
		return fmt.Errorf("look for what is parked: %w", err)
	}
	if err := tx.QueryMany(awaitedToClaim, entries, found); err != nil {
		return fmt.Errorf("look for what is parked: %w", err)
	}
	return nil
}
