package hq

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/hq/totals"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// round is the next entries of one stretch, or of several where they are short.
type round struct {
	items []*books.Item
	left  []records.Stretch // what is behind them
	told  []notice          // what came to light as they were read
	unit  *posting.Unit     // what comes of them; nil where that is not decided ahead
}

// notice is what a person is to be told, once where it has an id.
type notice struct {
	once ledger.EntryID
	event.Event
}

// nextRound reads the next entries, at most so many, and decides them ahead if it may:
// behind a round that is perhaps not written yet; nil is none.
func (h *Headquarters) nextRound(ctx context.Context, todo []records.Stretch, most int, behind *posting.Unit) (r *round, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		if r, err = h.readRound(tx, todo, most); err != nil || !h.mayDecideAhead(r.items) {
			return err
		}
		r.unit, err = h.decideAhead(tx, r.items, behind)
		return err
	})
	if r == nil || database.EndsAll(err) {
		return nil, err
	}
	return r, nil // why it could not be decided ahead is found out in its turn
}

// projectRound takes a round through claims, accounts and the projector's own places, in
// that order. Where it was decided ahead that is one commit, and the round behind it, of
// so many at most, is decided meanwhile. That is nil where it is to be read yet.
func (h *Headquarters) projectRound(ctx context.Context, r *round, most int) (next *round, err error) {
	h.tell(r.told)
	if r.unit != nil {
		ahead := h.beginNext(ctx, r, most)
		done, err := h.writeRound(ctx, r)
		if next := <-ahead; done || err != nil {
			return next, err
		}
	}
	return nil, h.projectApart(ctx, r.items)
}

// projectApart takes items through claims, accounts and the projector's own places in
// commits of their own.
func (h *Headquarters) projectApart(ctx context.Context, items []*books.Item) error {
	for some := range slices.Chunk(items, chunk) { // by itself each takes longer
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

func (h *Headquarters) tell(all []notice) {
	for _, n := range all {
		if n.once.IsZero() {
			h.notify(n.Event)
		} else {
			h.tellOnce(n.once, n.Event)
		}
	}
}

// readRound reads stretches, the first of which are done first, until there is a
// round of entries. One that cannot be read waits, and holds up no other.
func (h *Headquarters) readRound(tx *database.Tx, todo []records.Stretch, most int) (*round, error) {
	r := &round{left: slices.Clone(todo)}
	for len(r.left) > 0 && len(r.items) < roundMost && hasRoom(most, len(r.items)) {
		s := &r.left[0]
		some, err := r.readStretch(tx, h.known(), *s, min(roundMost, most-len(r.items)))
		if database.EndsAll(err) {
			return nil, err
		}
		if err != nil {
			r.told = append(r.told, notice{
				ledger.EntryID(books.OwnID("project", s.Terminal.String())),
				event.Event{What: event.Undone, Terminal: s.Terminal, Reason: err.Error()},
			})
			r.left = r.left[1:]
			continue
		}
		r.items = append(r.items, some...)
		if s.Done += ledger.Seq(len(some)); s.Done < s.UpTo {
			break // its next batch is not whole here
		}
		r.left = r.left[1:]
	}
	return r, nil
}

// hasRoom reports whether there is room for a whole batch behind what was taken: it is
// compared with its seal as one (checkSums). The first is cut where the caller wants less.
func hasRoom(most, taken int) bool {
	return taken == 0 && most > 0 || most-taken >= wire.MaxBatchEntries
}

// readStretch reads the next entries of a stretch, up to where one is missing.
func (r *round) readStretch(tx *database.Tx, k records.Known, s records.Stretch, most int) ([]*books.Item, error) {
	items, err := records.ReadItems(tx, k, s, most)
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
	return r.checkSums(tx, s, items[:there])
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
