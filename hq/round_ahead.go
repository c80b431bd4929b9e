package hq

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Most of what an entry takes is to decide it and to say what was decided, which
// needs the database for no more than the books. So a round is worked out before its
// transaction, while the one before is still written, and batches have the one writer
// meanwhile. What it went by is looked at again in its transaction: an account that
// changed since is worked out anew there.

// round is what the projector takes between two commits.
type round struct {
	items []*books.Item
	left  []records.Stretch // behind it
	// ahead is what came of items whose ledgers ask for nothing else, and stood what
	// those were when they were read.
	ahead posting.Rows
	stood map[books.Holder]records.Standing
}

// nextRound reads the next entries of one stretch, or of several where they are
// short, and works out what it can of them.
func (h *Headquarters) nextRound(ctx context.Context, todo []records.Stretch, most int) (*round, error) {
	r := &round{stood: map[books.Holder]records.Standing{}}
	var all map[books.Holder]*books.Books
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		if r.items, r.left, err = h.readRound(tx, todo, most); err != nil || !h.isPlain(r.items) {
			return err
		}
		all, err = records.OpenAll(tx, earning(r.items))
		return err
	})
	if err != nil || len(all) == 0 {
		return r, err
	}
	for of, b := range all {
		r.stood[of] = records.Standing{N: b.N, Version: b.Version}
	}
	if r.ahead, err = h.decideAhead(all, r); err != nil {
		return nil, fmt.Errorf("work out a round: %w", err)
	}
	return r, nil
}

// earning are the ledgers whose items do nothing but earn, to be read without their
// lots.
func earning(items []*books.Item) map[books.Holder]bool {
	asked := map[books.Holder]bool{}
	for _, it := range items {
		if mayBeAhead(it) {
			asked[books.Holder(it.Entry.Subject)] = false
		}
	}
	for _, it := range items {
		if !mayBeAhead(it) {
			delete(asked, books.Holder(it.Entry.Subject))
		}
	}
	return asked
}

// mayBeAhead reports whether an entry does nothing but earn, to an account's own ledger.
func mayBeAhead(it *books.Item) bool {
	e := it.Entry
	_, isAccount := books.Holder(e.Subject).Account()
	return isAccount && onlyEarns(it) && len(e.Flags) == 0 && e.Referral == nil
}

// decideAhead decides the entries of ledgers that were read, in their order. A ledger
// one of whose entries is refused is left out: its transaction finds out why.
func (h *Headquarters) decideAhead(all map[books.Holder]*books.Books, r *round) (posting.Rows, error) {
	u := posting.NewUnit(nil)
	now := ledger.MillisOf(h.now())
	for _, it := range r.items {
		it.Ruling = books.Ruling{Holder: books.Holder(it.Entry.Subject), Fresh: true}
		b := all[it.Holder]
		if _, ahead := r.stood[it.Holder]; !ahead || b == nil {
			continue
		}
		forget([]*books.Item{it})
		d, err := it.Decide(b)
		if err != nil {
			delete(r.stood, it.Holder)
			continue
		}
		if err := u.Enter(b, d, now); err != nil {
			return posting.Rows{}, err
		}
		u.NotePlace(it.Holder, posting.Meeting{Place: it.Place, At: now})
		it.Tell(d)
	}
	return u.Rows()
}

// postRound writes what was worked out of items that were claimed, and posts the
// others.
func (h *Headquarters) postRound(tx *database.Tx, r *round) error {
	others, err := r.moved(tx)
	if err != nil {
		return err
	}
	if err := r.ahead.Write(tx, others); err != nil {
		return err
	}
	var rest []*books.Item
	for _, it := range r.items {
		if others[books.Holder(it.Entry.Subject)] {
			rest = append(rest, it)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	forget(rest)
	return h.applyTogether(tx, rest)
}

// moved are the subjects of which nothing was worked out, or which are not what they
// were then.
func (r *round) moved(tx *database.Tx) (map[books.Holder]bool, error) {
	moved := map[books.Holder]bool{}
	for _, it := range r.items {
		subject := books.Holder(it.Entry.Subject)
		if _, ahead := r.stood[subject]; !ahead || it.Holder != subject {
			moved[subject] = true
		}
	}
	stands, err := records.ReadStandings(tx, slices.Collect(maps.Keys(r.stood)))
	if err != nil {
		return nil, err
	}
	for subject, stood := range r.stood {
		if stands[subject] != stood {
			moved[subject] = true
		}
	}
	return moved, nil
}
