package hq

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// round is what is projected together: the next entries of one stretch, or of several
// where they are short.
type round struct {
	items []*books.Item
	left  []records.Stretch // what comes behind them
	wrong []event.Event     // batches that do not sum up to what was sealed
}

// projectRounds takes the entries of stretches through claims, accounts and the
// projector's own places, in that order, a round at a time, at most max of them. It
// returns how many.
func (h *Headquarters) projectRounds(ctx context.Context, todo []records.Stretch, max int) (n int, err error) {
	next := h.nextRound(ctx, todo, max)
	for {
		r, err := next()
		if err != nil || len(r.items) == 0 {
			return n, err
		}
		for _, e := range r.wrong {
			h.notify(e)
		}
		next = h.nextRound(ctx, r.left, max-n-len(r.items))
		done, err := h.postReading(ctx, r.items, next)
		if err == nil && !done {
			next = h.nextRound(ctx, r.left, max-n-len(r.items)) // what posting them changes among it
			err = h.postApart(ctx, r.items)
		}
		if err != nil {
			return n, err
		}
		n += len(r.items)
	}
}

// nextRound reads the next round, once: whoever asks first. Whoever asks again gets the
// same, and waits for it.
func (h *Headquarters) nextRound(ctx context.Context, todo []records.Stretch, most int) func() (round, error) {
	return sync.OnceValues(func() (r round, err error) {
		if len(todo) == 0 || most <= 0 {
			return r, nil
		}
		err = h.view(ctx, func(tx *database.Tx) (err error) {
			r, err = h.readRound(tx, todo, most)
			return err
		})
		return r, err
	})
}

// postReading is postPlain while the next round is read: what is plain changes nothing
// of what reading goes by.
func (h *Headquarters) postReading(ctx context.Context, items []*books.Item, next func() (round, error)) (done bool, err error) {
	if !h.arePlain(items) {
		return false, nil
	}
	var ahead sync.WaitGroup
	ahead.Go(func() { next() })
	done, err = h.postPlain(ctx, items)
	if !done {
		ahead.Wait() // it is of no use, and the turn may end
	}
	return done, err
}

// postApart posts items that are not all plain, fewer at a time: by itself each takes
// longer.
func (h *Headquarters) postApart(ctx context.Context, items []*books.Item) error {
	for some := range slices.Chunk(items, chunk) {
		if err := h.post(ctx, some); err != nil {
			return err
		}
		err := h.update(ctx, func(tx *database.Tx) error {
			if err := h.noteProjected(tx, some); err != nil {
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
func (h *Headquarters) readRound(tx *database.Tx, todo []records.Stretch, most int) (r round, err error) {
	r.left = slices.Clone(todo)
	most = min(roundMost, most)
	for len(r.left) > 0 && len(r.items) < most {
		s := &r.left[0]
		some, err := records.ReadItems(tx, h.known(), *s, most-len(r.items))
		if err == nil {
			some, err = r.checkSums(tx, *s, some)
		}
		if err != nil {
			return round{}, err
		}
		if len(some) == 0 {
			return round{}, fmt.Errorf("%s/%d is %d entries short of its cursor", s.Terminal, s.Epoch, s.UpTo-s.Done)
		}
		r.items = append(r.items, some...)
		if s.Done += ledger.Seq(len(some)); s.Done < s.UpTo {
			break // its next batch is not whole here
		}
		r.left = r.left[1:]
	}
	return r, nil
}

// noteProjected moves the projector's own places behind items, and counts them.
func (h *Headquarters) noteProjected(tx *database.Tx, items []*books.Item) error {
	if err := tx.ExecMany(projectedPlaces, lastPlaces(items)); err != nil {
		return err
	}
	behind, err := totals.Count(tx, items)
	if behind {
		h.caughtUp = false
	}
	return err
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
