package hq

import (
	"errors"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Most entries are plain: sales of members who are known here. Several of them in
// a row are claimed by a few statements and posted by one unit. What is not plain
// stands between two such runs and is done by itself, so that the order of entries
// is kept. A run that fails is undone and done again one by one: what one of them
// fails by holds up no other.

// isPlain reports whether what an entry claims, and whose ledger it belongs to,
// follows from the entry alone, and a forward of its subject.
func isPlain(it *books.Item) bool {
	if it.Held || it.Who != nil {
		return false
	}
	switch it.Entry.Kind {
	case ledger.Sold, ledger.RightReturn:
		return true
	case ledger.Done:
		return it.Entry.Activity.Ref == ""
	}
	return false
}

// inRuns takes one step for items that were not passed over before: together for
// those in a row that are fit for it, each alone for others. What a run of the
// transaction that came to nothing said of them is forgotten.
func inRuns(tx *database.Tx, items []*books.Item, fit func(*books.Item) bool, together func([]*books.Item) error, alone func(*books.Item) error) error {
	for len(items) > 0 {
		n := slices.IndexFunc(items, func(it *books.Item) bool { return !fit(it) })
		if n < 0 {
			n = len(items)
		}
		done := false
		if n > 1 {
			failed, err := tx.Attempt(func() error {
				forget(items[:n])
				return together(items[:n])
			})
			if err != nil {
				return err
			}
			done = failed == nil
		}
		n = max(n, 1)
		if !done {
			if err := eachItem(tx, items[:n], alone); err != nil {
				return err
			}
		}
		items = items[n:]
	}
	return nil
}

// eachItem runs one step for each of items. One that fails is undone alone and
// passed over.
func eachItem(tx *database.Tx, items []*books.Item, step func(*books.Item) error) error {
	for _, it := range items {
		forget([]*books.Item{it})
		failed, err := tx.Attempt(func() error { return step(it) })
		if err != nil {
			return err
		}
		if failed != nil {
			it.Passed, it.Parked, it.Counts, it.Events = failed.Error(), errors.Is(failed, books.ErrParked), false, nil
		}
	}
	return nil
}

func forget(items []*books.Item) {
	for _, it := range items {
		it.Passed, it.Parked, it.Counts, it.Events = "", false, false, nil
	}
}

// applyAll posts items that were claimed.
func (h *Headquarters) applyAll(tx *database.Tx, items []*books.Item) error {
	fresh := func(it *books.Item) bool { return it.Fresh && isPlain(it) }
	together := func(run []*books.Item) error { return h.applyTogether(tx, run) }
	return inRuns(tx, items, fresh, together, func(it *books.Item) error {
		if it.Forward != "" {
			if err := posting.Touch(tx, it.Forward); err != nil { // so that stores are told
				return err
			}
		}
		return h.applyAlone(tx, it)
	})
}

func (h *Headquarters) applyTogether(tx *database.Tx, run []*books.Item) (err error) {
	u := posting.NewUnit(tx)
	if u.Books, err = records.OpenAll(tx, withLots(run)); err != nil {
		return err
	}
	if err := h.applyEach(u, run); err != nil {
		return err
	}
	return u.Flush()
}

// withLots are the ledgers of a run, and whether anything may be taken from their lots.
func withLots(run []*books.Item) map[books.Holder]bool {
	lots := map[books.Holder]bool{}
	for _, it := range run {
		lots[it.Holder] = lots[it.Holder] || !it.OnlyEarns()
	}
	return lots
}

func (h *Headquarters) applyEach(u *posting.Unit, run []*books.Item) error {
	for _, it := range run {
		if err := h.apply(u, it); err != nil {
			return err
		}
	}
	return nil
}

func (h *Headquarters) applyAlone(tx *database.Tx, it *books.Item) error {
	u := posting.NewUnit(tx)
	if err := h.apply(u, it); err != nil {
		return err
	}
	return u.Flush()
}

// claimAll takes what each item must be the only one to have.
func (h *Headquarters) claimAll(tx *database.Tx, items []*books.Item) error {
	together := func(run []*books.Item) error { return claims.Together(tx, run) }
	return inRuns(tx, items, isPlain, together, func(it *books.Item) (err error) {
		it.Ruling, err = claims.Item(tx, h.keys, it)
		return err
	})
}
