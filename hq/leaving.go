package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale that became somebody's leaves its ledger: all that is left there goes
// back to what was issued, by a transfer of headquarters' own, and with it the
// intent is written to post it to her. There the sale is posted as it was first,
// at its own time and on its own terms, and after it what came back of it, by
// their own entries: so her limits, tier and statuses count it, and a later
// return finds the sale in the ledger that has it. Until that is done nothing
// else is projected.

// leavingSale is a sale on its way from its own ledger to its account's.
type leavingSale struct {
	sale, entry ledger.EntryID
	to          books.Holder
	unread      error // why nobody can read which it is
}

// leave lets sales leave that became somebody's, and returns how many.
func (h *Headquarters) leave(ctx context.Context) (int, error) {
	var due []leavingSale
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		due, err = nextOf(h, toLeave, func(behind int) ([]leavingSale, error) { return readUnmoved(tx, behind) })
		return err
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	done, err := h.eachLeaving(ctx, due, h.leaveOne)
	if err != nil {
		return 0, err
	}
	h.looked(toLeave, len(due), len(done))
	return len(done), h.arrive(ctx)
}

// eachLeaving takes one step with each sale, in a transaction of its own as far
// as keys go, and returns those it could. One that fails is tried again, and
// holds up nobody; a person is told of it once.
func (h *Headquarters) eachLeaving(ctx context.Context, due []leavingSale, step func(*database.Tx, leavingSale) error) (done []leavingSale, err error) {
	one := func(tx *database.Tx, s leavingSale) error {
		if s.unread != nil {
			return fmt.Errorf("read sale that leaves: %w", s.unread)
		}
		return step(tx, s)
	}
	done, err = eachMoved(ctx, h, due, one, func(tx *database.Tx, s leavingSale, reason string) {
		h.noteStuck(tx, s.sale, event.Event{Entry: s.sale, Account: string(s.to), Reason: reason})
	})
	if err != nil {
		return nil, fmt.Errorf("move sales: %w", err)
	}
	return done, nil
}

// eachOf takes one step with each of some, as eachItem does, and returns those it
// could and why others are stuck.
func eachOf[T comparable](tx *database.Tx, all []T, step func(*database.Tx, T) error) (done []T, stuck map[T]string, err error) {
	stuck = map[T]string{}
	for _, one := range all {
		it := &books.Item{}
		if err := eachItem(tx, []*books.Item{it}, func(*books.Item) error { return step(tx, one) }); err != nil {
			return nil, nil, err
		}
		if it.Passed == "" {
			done = append(done, one)
		} else {
			stuck[one] = it.Passed
		}
	}
	return done, stuck, nil
}

// noteStuck tells a person, once, of what cannot be moved.
func (h *Headquarters) noteStuck(tx *database.Tx, id ledger.EntryID, e event.Event) {
	e.What = event.Stuck
	tx.AfterCommit(func() { h.tellOnce(id, e) })
}

// leftUndone tells a person, once, of what cannot be done of an account.
func (h *Headquarters) leftUndone(what string, of books.Holder, err error) {
	e := event.Event{What: event.Undone, Account: string(of), Reason: err.Error()}
	h.tellOnce(ledger.EntryID(books.OwnID(what, string(of))), e)
}

// tellOnce tells a person, once, of what an id stands for.
func (h *Headquarters) tellOnce(id ledger.EntryID, e event.Event) {
	if !h.stuck[id] {
		h.stuck[id] = true
		h.notify(e)
	}
}

// readUnmoved reads sales that became somebody's and have not left, behind the first of
// them.
func readUnmoved(tx *database.Tx, behind int) ([]leavingSale, error) {
	return readLeaving(tx, `
		SELECT sale, entry, account
		FROM claim_alone
		WHERE moved = 0
		ORDER BY sale
		LIMIT $1 OFFSET $2`, behind)
}

// readUnarrived reads those that have left, and are not in their accounts' ledgers yet.
func readUnarrived(tx *database.Tx, behind int) ([]leavingSale, error) {
	return readLeaving(tx, `
		SELECT sale, entry, to_account
		FROM leaving
		ORDER BY account, sale
		LIMIT $1 OFFSET $2`, behind)
}

func readLeaving(tx *database.Tx, query string, behind int) (all []leavingSale, err error) {
	rows, err := tx.Query(query, chunk, behind)
	if err != nil {
		return nil, fmt.Errorf("read sales that leave: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s leavingSale
		if s.unread = rows.Scan(&s.sale, &s.entry, &s.to); database.EndsAll(s.unread) {
			return nil, fmt.Errorf("read sales that leave: %w", s.unread)
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// leaveOne empties a sale's ledger. What comes back of the sale from now on is
// her account's.
func (h *Headquarters) leaveOne(tx *database.Tx, s leavingSale) error {
	from := books.HolderOfSale(s.sale)
	err := h.empty(tx, from, &ledger.Entry{
		ID: books.LeavingID(s.sale), Kind: ledger.Transfer, Transfer: &ledger.TransferOf{Entry: s.entry},
	}, ledger.Issued)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO leaving (account, sale, entry, to_account) VALUES ($1, $2, $3, $4)`, from, s.sale, s.entry, s.to)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, s.to, s.sale); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE claim_alone SET moved = 1 WHERE sale = $1`, s.sale)
	return err
}

// empty takes all that is left in a sale's ledger, by an entry of headquarters'
// own.
func (h *Headquarters) empty(tx *database.Tx, of books.Holder, by *ledger.Entry, to ledger.LedgerAccount) error {
	if _, err := tx.Exec(`DELETE FROM unclaimed WHERE account = $1`, of); err != nil {
		return err
	}
	sold, err := records.SaleItem(tx, h.known(), of)
	if err != nil {
		return err
	}
	b, err := records.OpenBooks(tx, of)
	if err != nil {
		return err
	}
	e, d, err := b.Emptying(sold, by, ledger.MillisOf(h.now()), to)
	if err != nil || e.Kind == ledger.Expire && len(e.Postings) == 0 {
		return err // all of it came back
	}
	return posting.EnterOwn(tx, h.keys, b, e, d, e.At)
}

// arrive posts to their accounts the sales that have left their ledgers, and
// after them the returns that came in between.
func (h *Headquarters) arrive(ctx context.Context) error {
	_, err := toTheEnd(ctx, h, readUnarrived, func(due []leavingSale) (int, error) {
		done, err := h.eachLeaving(ctx, due, h.arriveOne)
		if err != nil {
			return 0, err
		}
		return len(done), h.postReturned(ctx, done)
	})
	return err
}

// postReturned posts what came back of sales while they were on their way.
func (h *Headquarters) postReturned(ctx context.Context, done []leavingSale) error {
	var sold []*books.Item
	err := h.view(ctx, func(tx *database.Tx) error {
		for _, s := range done {
			it, err := records.SaleItem(tx, h.known(), books.HolderOfSale(s.sale))
			if err != nil {
				return err
			}
			sold = append(sold, it)
		}
		return nil
	})
	if err != nil {
		return err
	}
	woken, err := h.wake(ctx, sold)
	if err != nil || len(woken) == 0 {
		return err
	}
	if err := h.post(ctx, woken); err != nil {
		return err
	}
	return h.update(ctx, func(tx *database.Tx) error { return h.unpark(tx, woken) })
}

// arriveOne posts a sale and what came back of it to its account. Each row
// stands there once.
func (h *Headquarters) arriveOne(tx *database.Tx, s leavingSale) error {
	to, err := records.Survivor(tx, s.to)
	if err != nil {
		return err
	}
	if to != s.to { // it became another's in between
		if _, err := tx.Exec(`UPDATE claim_entry SET account = $1 WHERE entry = $2`, to, s.sale); err != nil {
			return err
		}
	}
	from := books.HolderOfSale(s.sale)
	decisions, err := records.ReadDecisions(tx, `SELECT decided FROM ledger WHERE account = $1 ORDER BY n`, from)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		if d.Place == nil || d.Verdict == ledger.Held || d.Verdict == ledger.DuplicateSale {
			continue // headquarters' own, and what did nothing
		}
		it, err := records.ItemAt(tx, h.known(), *d.Place)
		if err != nil {
			return err
		}
		it.Passed, it.Orig, it.Ruling = "", d.Orig, books.Ruling{Holder: to, Sale: s.sale, SoldTo: to}
		if err := h.applyAlone(tx, it); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM leaving WHERE account = $1 AND sale = $2`, from, s.sale)
	return err
}
