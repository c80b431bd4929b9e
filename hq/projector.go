package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// chunk is how many of anything are looked at in one transaction.
	chunk = 500
	// roundMost is how many entries are projected between two commits where all are
	// plain: a page that several of them change is written once. Where not, it is a
	// chunk.
	roundMost = 1000
)

// Project works off what came in, at most max entries, each terminal in order
// of place, and returns how many it looked at. It is at least once; claims and
// ledgers make that exactly once. What it cannot read it passes over and keeps
// the reason.
func (h *Headquarters) Project(ctx context.Context, max int) (int, error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return h.project(ctx, max)
}

func (h *Headquarters) project(ctx context.Context, max int) (n int, err error) {
	if err := h.arrive(ctx); err != nil {
		return 0, fmt.Errorf("project: %w", err)
	}
	if _, err := h.gather(ctx); err != nil {
		return 0, fmt.Errorf("project: %w", err)
	}
	var todo []records.Stretch
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		todo, err = readTodo(tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("project: %w", err)
	}
	var r *round
	for len(todo) > 0 && hasRoom(max, n) {
		if r == nil {
			if r, err = h.nextRound(ctx, todo, max-n, nil); err != nil {
				return n, fmt.Errorf("project: %w", err)
			}
		}
		next, err := h.projectRound(ctx, r, max-n-len(r.items))
		if err != nil {
			return n, fmt.Errorf("project: %w", err)
		}
		n += len(r.items)
		todo, r = r.left, next
	}
	return n, nil
}

// readTodo leaves out the tills of stores where something is listed and not
// believed yet.
func readTodo(tx *database.Tx) ([]records.Stretch, error) {
	rows, err := tx.Query(`
		SELECT e.terminal, e.epoch, e.branch, coalesce(p.seq, 0), e.seq
		FROM epoch e
		LEFT JOIN projected p ON p.terminal = e.terminal AND p.epoch = e.epoch AND p.branch = e.branch
		WHERE e.seq > coalesce(p.seq, 0)
		  AND NOT EXISTS (
			SELECT 1 FROM terminal t JOIN listed l ON l.store = t.store AND l.believed = 0
			WHERE t.terminal = e.terminal)
		ORDER BY e.terminal, e.epoch, e.branch`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var todo []records.Stretch
	for rows.Next() {
		var s records.Stretch
		if err := rows.Scan(&s.Terminal, &s.Epoch, &s.Branch, &s.Done, &s.UpTo); err != nil {
			return nil, err
		}
		todo = append(todo, s)
	}
	return todo, rows.Err()
}

// post claims and applies items. Where one database holds every key the transactions of
// many entries share a commit; each touches one key only, and savepoints keep them apart
// (inRuns). What belongs to a sale that comes with it, or waited for it, is posted after
// it: returns, then confirms and claims.
func (h *Headquarters) post(ctx context.Context, all []*books.Item) error {
	if err := h.noteAttachments(ctx, all); err != nil {
		return fmt.Errorf("note attachments: %w", err)
	}
	items, claims := parted(all)
	if err := h.claim(ctx, items); err != nil {
		return err
	}
	if slices.ContainsFunc(items, func(it *books.Item) bool { return it.Forward != "" }) {
		if _, err := h.gather(ctx); err != nil { // what comes next may spend of it
			return err
		}
	}
	woken, err := h.wake(ctx, items)
	if err != nil {
		return err
	}
	returns, waited := parted(woken)
	claims = append(waited, claims...)
	first, early, behind := inOrder(items)
	returns = append(returns, early...)
	if err := h.claim(ctx, returns); err != nil {
		return err
	}
	returns = append(returns, behind...)
	items = slices.Concat(first, returns)
	todo := items
	if slices.ContainsFunc(returns, wentOver) {
		todo = returns
		if err := h.applyItems(ctx, first, nil, nil); err != nil {
			return err
		}
		if _, err := h.gather(ctx); err != nil {
			return err
		}
	}
	if err := h.applyItems(ctx, todo, claims, woken); err != nil {
		return err
	}
	for _, it := range items {
		if it.Known && it.Passed == "" {
			h.retried = false // what was passed over because nobody knew who she is
		}
	}
	if err := h.retryUnnamed(ctx, items); err != nil {
		return err
	}
	return h.wakeReferrals(ctx, items)
}

// applyItems posts items, then claims, tells what is to be told of them, and takes away
// what of it was parked.
func (h *Headquarters) applyItems(ctx context.Context, items, claims, woken []*books.Item) error {
	err := inTransactions(ctx, h, append(notPassed(items), notPassed(claims)...), func(tx *database.Tx, some []*books.Item) error {
		tx.AfterCommit(func() { h.tellAll(some) })
		rest, asking := parted(some)
		if err := h.applyAll(tx, rest); err != nil {
			return err
		}
		if err := eachItem(tx, asking, func(it *books.Item) error { return h.postClaim(tx, it) }); err != nil || h.db.Apart() {
			return err
		}
		return h.unpark(tx, woken)
	})
	if err == nil && h.db.Apart() {
		err = h.update(ctx, func(tx *database.Tx) error { return h.unpark(tx, woken) })
	}
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	return nil
}

// tellAll tells what is to be told of items, which are committed.
func (h *Headquarters) tellAll(items []*books.Item) {
	for _, it := range items {
		for _, e := range it.Events {
			e.Terminal, e.Entry, e.Account = it.Place.Terminal, it.Entry.ID, string(it.Holder)
			h.notify(e)
		}
	}
}

// claim takes what each item must be the only one to have.
func (h *Headquarters) claim(ctx context.Context, items []*books.Item) error {
	if len(items) == 0 {
		return nil
	}
	err := inTransactions(ctx, h, notPassed(items), h.claimAll)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	return nil
}

func notPassed(items []*books.Item) []*books.Item {
	return slices.DeleteFunc(slices.Clone(items), func(it *books.Item) bool { return it.Passed != "" })
}

// quarantine keeps what was passed over and why; what waits for its sale is
// parked instead.
func (h *Headquarters) quarantine(tx *database.Tx, items []*books.Item) error {
	for _, it := range items {
		if it.Passed == "" {
			continue
		}
		if it.Parked {
			if err := h.park(tx, it); err != nil {
				return err
			}
			continue
		}
		_, err := tx.Exec(`
			INSERT INTO quarantine (terminal, epoch, branch, seq, reason, at_ms)
			VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (terminal, epoch, branch, seq) DO UPDATE
			SET reason = excluded.reason`,
			it.Place.Terminal, it.Place.Epoch, it.Place.Branch, it.Place.Seq, it.Passed, ledger.MillisOf(h.now()))
		if err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
		tx.AfterCommit(func() {
			h.notify(event.Event{What: event.Quarantined, Terminal: it.Place.Terminal, Reason: it.Passed})
		})
	}
	return nil
}

// Retry tries again what was passed over or waits for its sale, as each start does, and
// returns how many entries it could post.
func (h *Headquarters) Retry(ctx context.Context) (posted int, err error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return h.retry(ctx)
}

func (h *Headquarters) retry(ctx context.Context) (posted int, err error) {
	if err := h.arrive(ctx); err != nil {
		return 0, fmt.Errorf("retry quarantine: %w", err)
	}
	if _, err := h.gather(ctx); err != nil {
		return 0, fmt.Errorf("retry quarantine: %w", err)
	}
	var places []ledger.Place
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		places, err = readQuarantine(tx)
		return err
	})
	for _, at := range places {
		if err != nil {
			break
		}
		var ok bool
		if ok, err = h.retryOne(ctx, at); ok {
			posted++
		}
		err = h.unlessStuck(at, err)
	}
	if err == nil {
		err = h.retryParked(ctx)
	}
	if err != nil {
		return posted, fmt.Errorf("retry quarantine: %w", err)
	}
	return posted, nil
}

// unlessStuck tells a person of what waits, and cannot be looked at now: it goes on
// waiting, and holds up no other.
func (h *Headquarters) unlessStuck(at ledger.Place, err error) error {
	if err == nil || database.EndsAll(err) {
		return err
	}
	h.tellOnce(ledger.EntryID(books.OwnID("retry", at.String())), event.Event{What: event.Undone, Terminal: at.Terminal, Reason: err.Error()})
	return nil
}

// noteReason keeps why what was passed over before is passed over now: what it waits for
// may be another thing by now.
func (h *Headquarters) noteReason(ctx context.Context, it *books.Item) error {
	return h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`
			UPDATE quarantine SET reason = $1
			WHERE terminal = $2 AND epoch = $3 AND branch = $4 AND seq = $5 AND reason <> $6`,
			it.Passed, it.Place.Terminal, it.Place.Epoch, it.Place.Branch, it.Place.Seq, it.Passed)
		if err != nil {
			return fmt.Errorf("note why %s waits: %w", it.Place, err)
		}
		return nil
	})
}

func readQuarantine(tx *database.Tx) ([]ledger.Place, error) {
	return records.ReadPlacesOf(tx, `SELECT terminal, epoch, branch, seq FROM quarantine ORDER BY terminal, epoch, branch, seq`)
}

// waitingAt is what waits at a place, to be posted once more.
func (h *Headquarters) waitingAt(tx *database.Tx, at ledger.Place) ([]*books.Item, error) {
	items, err := records.ReadItems(tx, h.known(), records.Stretch{Terminal: at.Terminal, Epoch: at.Epoch, Branch: at.Branch, Done: at.Seq - 1}, 1)
	if err == nil && (len(items) == 0 || items[0].Place != at) {
		err = errors.New("it came in and is not in the database")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s again: %w", at, err)
	}
	return items, nil
}

func (h *Headquarters) itemsAt(ctx context.Context, at ledger.Place) (items []*books.Item, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		items, err = h.waitingAt(tx, at)
		return err
	})
	return items, err
}

func (h *Headquarters) retryOne(ctx context.Context, at ledger.Place) (bool, error) {
	items, err := h.itemsAt(ctx, at)
	if err != nil {
		return false, err
	}
	if err := h.post(ctx, items); err != nil {
		return false, err
	}
	if items[0].Passed != "" && !items[0].Parked {
		return false, h.noteReason(ctx, items[0])
	}
	return !items[0].Parked, h.update(ctx, func(tx *database.Tx) error {
		if err := h.quarantine(tx, items); err != nil {
			return err
		}
		waited, err := tx.Exec(`
			DELETE FROM quarantine
			WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq = $4`, at.Terminal, at.Epoch, at.Branch, at.Seq)
		if err != nil {
			return err
		}
		return countOnce(tx, items[0], waited)
	})
}
