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

// Reclaim asks for rights past their last instant of spending, and takes back
// those that nobody answered for within the grace: by an entry, into their
// lots. It returns how many it took back; none while the clock stands
// unconfirmed (ConfirmClock).
func (h *Headquarters) Reclaim(ctx context.Context) (int, error) {
	end, err := h.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return h.reclaim(ctx)
}

func (h *Headquarters) reclaim(ctx context.Context) (int, error) {
	now := ledger.MillisOf(h.now())
	sound, err := h.markClock(ctx, now)
	if err != nil || !sound {
		return 0, err
	}
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err // what a right was spent of may still come
	}
	var past, due []accountRight
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		past, err = readAccountRights(tx, `
			SELECT r.account, r.right_id
			FROM account_right r
			LEFT JOIN recall c ON c.account = r.account AND c.right_id = r.right_id
			WHERE r.state = 'open' AND r.spend_until_ms < $1 AND c.right_id IS NULL
			ORDER BY r.account, r.right_id
			LIMIT $2`, now)
		if err != nil {
			return err
		}
		due, err = readAccountRights(tx, `
			SELECT account, right_id
			FROM account_right
			WHERE state = 'open' AND reclaim_at_ms <= $1
			ORDER BY account, right_id
			LIMIT $2`, now)
		return err
	})
	if err != nil || len(past)+len(due) == 0 {
		return 0, err
	}
	err = oneByOne(ctx, h, past, func(tx *database.Tx, r accountRight) error {
		return posting.Recall(tx, r.holder, []*books.Right{{Right: ledger.Right{ID: r.right}}})
	})
	if err != nil {
		return 0, err
	}
	err = oneByOne(ctx, h, due, func(tx *database.Tx, r accountRight) error {
		if err := h.reclaimOne(tx, r, now); err != nil {
			return fmt.Errorf("reclaim %s: %w", r.right, err)
		}
		return nil
	})
	return len(due), err
}

type accountRight struct {
	holder books.Holder
	right  ledger.RightID
}

func readAccountRights(tx *database.Tx, query string, now ledger.Millis) ([]accountRight, error) {
	rows, err := tx.Query(query, now, chunk)
	if err != nil {
		return nil, fmt.Errorf("read rights due: %w", err)
	}
	defer rows.Close()
	var due []accountRight
	for rows.Next() {
		var r accountRight
		if err := rows.Scan(&r.holder, &r.right); err != nil {
			return nil, fmt.Errorf("read rights due: %w", err)
		}
		due = append(due, r)
	}
	return due, rows.Err()
}

// reclaimOne ends a right unproven, in a transaction of its account.
func (h *Headquarters) reclaimOne(tx *database.Tx, due accountRight, now ledger.Millis) error {
	b, err := records.OpenBooks(tx, due.holder)
	if err != nil {
		return err
	}
	r, err := b.Right(due.right)
	if err != nil || r == nil || r.State != books.RightOpen {
		return err
	}
	rest := r.Rest()
	e, d, err := b.Reclaiming(r, now)
	if err != nil {
		return err
	}
	if rest > 0 {
		tx.AfterCommit(func() {
			h.notify(event.Event{What: event.Unproven, Terminal: r.Terminal, Account: string(due.holder), Right: r.ID, Amount: rest})
		})
	}
	return posting.FoldOwn(tx, h.keys, b, e, d, now)
}
