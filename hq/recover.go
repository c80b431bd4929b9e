package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A restored headquarters forgot what came after its backup. The terminals
// still have it: each hands back the grants it has, then sends its entries
// again. A right is made again as soon as its account has the points; a spend
// that comes before waits for it (handedBack). Nothing is placed or reclaimed
// until every terminal is heard up to where its journal was then, or the wait
// is over; what is still short after that is loss.

func (h *Headquarters) waiting(ctx context.Context) (yes bool, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		yes, err = records.Waiting(tx)
		return err
	})
	return yes, err
}

// waitingFor reports whether nothing of an account is given to a till now.
func (h *Headquarters) waitingFor(ctx context.Context, account ledger.AccountID) (yes bool, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		if yes, err = records.Waiting(tx); err != nil || yes {
			return err
		}
		of, err := records.Survivor(tx, books.HolderOf(account))
		if err != nil {
			return err
		}
		yes, err = records.HasHandedBack(tx, of)
		return err
	})
	return yes, err
}

// recover makes rights again and ends the wait where it is over. It returns how
// much it did.
func (h *Headquarters) recover(ctx context.Context) (int, error) {
	if n, err := h.believe(ctx); n > 0 || err != nil {
		return n, err
	}
	heard, err := h.hear(ctx)
	if err != nil {
		return 0, err
	}
	var rights []*authority.HandedBack
	var todo []records.Stretch
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		if rights, err = authority.ReadHandedBack(tx, h.keys, ledger.MillisOf(h.now()).Add(-custody.WaitLimit)); err != nil || len(rights) == 0 {
			return err
		}
		todo, err = readTodo(tx)
		return err
	})
	if err != nil || len(rights) == 0 {
		return heard, err
	}
	made, err := h.makeAgain(ctx, rights, false)
	if err != nil || made == 0 && len(todo) > 0 {
		return heard, err
	}
	if made == 0 {
		made, err = h.makeAgain(ctx, rights, true)
	}
	if err != nil || made == 0 {
		return heard + made, err
	}
	_, err = h.retry(ctx) // spends that waited for them
	return heard + made, err
}

// hear takes from the list who has caught up, and ends the wait when nobody is
// left on it or it lasted long enough.
func (h *Headquarters) hear(ctx context.Context) (n int, err error) {
	now := ledger.MillisOf(h.now())
	var seen hearing
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		seen, err = h.readHearing(tx, now)
		return err
	})
	if err != nil {
		return 0, err
	}
	if h.waits && !seen.waits { // a person said so, maybe to another process (GoOn)
		h.retried = false
	}
	if h.waits = seen.waits; seen.count() == 0 {
		return 0, nil
	}
	err = h.update(ctx, func(tx *database.Tx) (err error) {
		// One of them may have begun an epoch since, or another may be awaited.
		if seen, err = h.readHearing(tx, now); err != nil {
			return err
		}
		return seen.note(tx)
	})
	if err != nil {
		return 0, fmt.Errorf("note who was heard: %w", err)
	}
	for _, id := range seen.caughtUp {
		h.notify(event.Event{What: event.Heard, Terminal: id})
	}
	if seen.over {
		h.notify(event.Event{What: event.Recovered})
		h.retried = false // parts of rights that nobody handed back
	}
	h.fed.raise() // their feed was held back
	return seen.count(), nil
}

// hearing is how a restored headquarters stands with the terminals that it waits for.
type hearing struct {
	caughtUp    []ledger.TerminalID
	waits, over bool
}

func (h *Headquarters) readHearing(tx *database.Tx, now ledger.Millis) (s hearing, err error) {
	if s.caughtUp, err = readCaughtUp(tx); err != nil {
		return s, err
	}
	var left int
	var until, mark ledger.Millis
	err = tx.QueryRow(`SELECT waits_until_ms, clock_mark_ms, (SELECT count(*) FROM awaited) FROM chain`).
		Scan(&until, &mark, &left)
	s.waits = until > 0
	s.over = s.waits && (left == len(s.caughtUp) || now >= until && h.soundClock(mark, now))
	return s, err
}

// count is how much there is to note.
func (s hearing) count() (n int) {
	if s.over {
		n = 1
	}
	return n + len(s.caughtUp)
}

func (s hearing) note(tx *database.Tx) error {
	for _, id := range s.caughtUp {
		if _, err := tx.Exec(`DELETE FROM awaited WHERE terminal = $1`, id); err != nil {
			return err
		}
	}
	if !s.over {
		return nil
	}
	_, err := tx.Exec(`UPDATE chain SET waits_until_ms = 0`)
	return err
}

// readCaughtUp returns the awaited terminals whose journals are here up to
// where they were when their rights were handed back, each entry looked at and
// told of, and what they listed too: their directories drop what the feed's first
// page does not have.
func readCaughtUp(tx *database.Tx) ([]ledger.TerminalID, error) {
	rows, err := tx.Query(`
		SELECT a.terminal
		FROM awaited a
		LEFT JOIN projected p ON p.terminal = a.terminal AND p.epoch = a.epoch AND p.branch = a.branch
		WHERE a.handed_back = 1 AND coalesce(p.seq, 0) >= a.seq
		  AND NOT EXISTS (
			SELECT 1 FROM terminal t JOIN listed l ON l.store = t.store AND l.believed = 0
			WHERE t.terminal = a.terminal)
		  AND NOT EXISTS (
			SELECT 1 FROM feed_dirty d
			WHERE EXISTS (SELECT 1 FROM listed l WHERE l.account = d.account)
			   OR EXISTS (SELECT 1 FROM account_place w WHERE w.account = d.account AND w.terminal = a.terminal))
		ORDER BY a.terminal`)
	if err != nil {
		return nil, fmt.Errorf("read awaited terminals: %w", err)
	}
	defer rows.Close()
	var ids []ledger.TerminalID
	for rows.Next() {
		var id ledger.TerminalID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read awaited terminals: %w", err)
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// GoOn ends the wait of a restored headquarters for terminals that do not come:
// an operator decided so. Their rights may be placed a second time: what they
// spent of them is loss when they come after all.
func (h *Headquarters) GoOn(ctx context.Context) error {
	err := h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`UPDATE chain SET waits_until_ms = 0`)
		return err
	})
	if err != nil {
		return fmt.Errorf("go on without waiting: %w", err)
	}
	h.intake.raise()
	return nil
}

// makeAgain makes the rights whose points are here; with short also those for
// which none can come any more, as far as the points go.
func (h *Headquarters) makeAgain(ctx context.Context, rights []*authority.HandedBack, short bool) (made int, err error) {
	again := func(tx *database.Tx, c *authority.HandedBack) error {
		now, last := ledger.MillisOf(h.now()), false
		if short { // what is due is reclaimed again once the clock is believed
			mark, err := readClock(tx)
			if err != nil {
				return err
			}
			last = h.soundClock(mark, now)
		}
		a := h.rights()
		lost, done, err := a.MakeAgain(tx, c, last, now)
		tx.AfterCommit(func() {
			if done {
				made++
			}
			if lost > 0 {
				h.notify(event.Event{What: event.Shortfall, Terminal: c.Grant.Right.Terminal, Right: c.Right, Account: string(c.Holder), Amount: lost})
			}
		})
		return err
	}
	stuck := func(c *authority.HandedBack, err error) { h.leftUndone("make again "+c.Right.String(), c.Holder, err) }
	if _, err := eachForItself(ctx, h, rights, again, stuck); err != nil {
		return made, fmt.Errorf("make rights again: %w", err)
	}
	return made, nil
}
