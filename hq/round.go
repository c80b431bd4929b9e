package hq

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// projectRound takes the next entries of one stretch, or of several where they are
// short, through claims, accounts and the projector's own places, in that order.
// It returns how many, and what is left.
func (h *Headquarters) projectRound(ctx context.Context, todo []records.Stretch, most int) (took int, left []records.Stretch, err error) {
	var items []*books.Item
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		items, left, err = h.readRound(tx, todo, most)
		return err
	})
	if err != nil {
		return 0, todo, err
	}
	if len(items) == 0 {
		return 0, left, nil
	}
	done, err := h.postPlain(ctx, items)
	if err != nil {
		return 0, todo, err
	}
	if done {
		return len(items), left, nil
	}
	for some := range slices.Chunk(items, chunk) { // by itself each takes longer
		if err := h.post(ctx, some); err != nil {
			return 0, todo, err
		}
		err := h.update(ctx, func(tx *database.Tx) error {
			if err := h.noteProjected(tx, some); err != nil {
				return err
			}
			return h.quarantine(tx, some)
		})
		if err != nil {
			return 0, todo, err
		}
	}
	return len(items), left, nil
}

// readRound reads stretches, the first of which are done first, until there is a
// round of entries. One that cannot be read waits, and holds up no other.
func (h *Headquarters) readRound(tx *database.Tx, todo []records.Stretch, most int) (items []*books.Item, left []records.Stretch, err error) {
	left = slices.Clone(todo)
	for len(left) > 0 && len(items) < min(roundMost, most) {
		s := &left[0]
		some, err := h.readStretch(tx, *s, min(roundMost, most-len(items)))
		if database.EndsAll(err) {
			return nil, todo, err
		}
		if err != nil {
			h.tellOnce(ledger.EntryID(books.OwnID("project", s.Terminal.String())), event.Event{What: event.Undone, Terminal: s.Terminal, Reason: err.Error()})
			left = left[1:]
			continue
		}
		items = append(items, some...)
		if s.Done += ledger.Seq(len(some)); s.Done < s.UpTo {
			break // its next batch is not whole here
		}
		left = left[1:]
	}
	return items, left, nil
}

// readStretch reads the next entries of a stretch, up to where one is missing.
func (h *Headquarters) readStretch(tx *database.Tx, s records.Stretch, most int) ([]*books.Item, error) {
	items, err := records.ReadItems(tx, h.known(), s, most)
	if err != nil {
		return nil, err
	}
	there := 0
	for there < len(items) && items[there].Place.Seq == s.Done+ledger.Seq(there)+1 {
		there++
	}
	if there == 0 {
		return nil, fmt.Errorf("entry %d.%d came in and is not in the database: look with `loyaltyd hq verify`, and take the last backup before that", s.Epoch, s.Done+1)
	}
	return h.checkSums(tx, s, items[:there])
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
