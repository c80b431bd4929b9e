package hq

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// projectRounds takes what is to do, at most so many entries, round by round through
// claims, accounts and the projector's own places, in that order, and returns how many.
// Behind a round that is full the next is read and worked out while it is written; of
// one that is not plain nobody knows what it changes, so what was read behind it is
// read again.
func (h *Headquarters) projectRounds(ctx context.Context, todo []records.Stretch, most int) (n int, err error) {
	var next *round
	for len(todo) > 0 && n < most {
		r := next
		if next = nil; r == nil {
			if r, err = h.nextRound(ctx, todo, most-n); err != nil {
				return n, err
			}
		}
		var reading errgroup.Group
		if n += len(r.items); len(r.items) == roundMost && len(r.left) > 0 && n < most {
			reading.Go(func() (err error) {
				next, err = h.nextRound(ctx, r.left, most-n)
				return err
			})
		}
		done, err := h.postPlain(ctx, r)
		if failed := reading.Wait(); failed != nil || !done {
			next = nil // read again, or told why not
		}
		if err == nil && !done {
			err = h.postApart(ctx, r.items)
		}
		if err != nil {
			return n - len(r.items), err
		}
		todo = r.left
	}
	return n, nil
}

// postApart posts a round that is not plain, some items after the others: by itself
// each takes longer.
func (h *Headquarters) postApart(ctx context.Context, items []*books.Item) error {
	for some := range slices.Chunk(items, chunk) {
		if err := h.post(ctx, some); err != nil {
			return err
		}
		err := h.update(ctx, func(tx *database.Tx) error {
			if err := tx.ExecMany(projectedPlaces, lastPlaces(some)); err != nil {
				return err
			}
			return h.quarantine(tx, some)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readRound reads stretches, the first of which are done first, until there is a
// round of entries.
func (h *Headquarters) readRound(tx *database.Tx, todo []records.Stretch, most int) (items []*books.Item, left []records.Stretch, err error) {
	left = slices.Clone(todo)
	for len(left) > 0 && len(items) < min(roundMost, most) {
		s := &left[0]
		some, err := records.ReadItems(tx, h.known(), *s, min(roundMost, most-len(items)))
		if err == nil {
			some, err = h.checkSums(tx, *s, some)
		}
		if err != nil {
			return nil, todo, err
		}
		if len(some) == 0 {
			return nil, todo, fmt.Errorf("%s/%d is %d entries short of its cursor", s.Terminal, s.Epoch, s.UpTo-s.Done)
		}
		items = append(items, some...)
		if s.Done += ledger.Seq(len(some)); s.Done < s.UpTo {
			break // its next batch is not whole here
		}
		left = left[1:]
	}
	return items, left, nil
}

var projectedPlaces = database.Many{Head: `
	INSERT INTO projected (terminal, epoch, branch, seq)
	VALUES`, Tail: `
	ON CONFLICT (terminal, epoch, branch) DO UPDATE
	SET seq = excluded.seq`}

// lastPlaces are the last of items in each branch of a journal.
func lastPlaces(items []*books.Item) (rows [][]any) {
	for i, it := range items {
		at := it.Place
		if i+1 < len(items) {
			next := items[i+1].Place
			if next.Seq = at.Seq; next == at {
				continue
			}
		}
		rows = append(rows, []any{at.Terminal, at.Epoch, at.Branch, at.Seq})
	}
	return rows
}
