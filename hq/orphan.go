package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// orphaned is how long room stays taken for a right that is not granted: a
// process may be between the two.
const orphaned = 10 * time.Minute

// returnRoom gives back room that a grant took and a crash of its process kept
// from using. A process that has the database to itself does so at its start.
func (h *Headquarters) returnRoom(ctx context.Context) (int, error) {
	if h.lead == nil {
		return 0, nil
	}
	var found []roomUse
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		found, err = readOrphans(tx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for room: %w", err)
	}
	now, still := h.now(), map[roomUse]time.Time{}
	var over []roomUse
	for _, u := range found {
		since, seen := h.orphans[u]
		if !seen {
			since = now
		}
		still[u] = since
		if now.Sub(since) >= orphaned {
			over = append(over, u)
		}
	}
	h.orphans = still
	if len(over) == 0 {
		return 0, nil
	}
	return len(over), h.update(ctx, func(tx *database.Tx) error {
		for _, u := range over {
			if err := u.settle(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

func readOrphans(tx *database.Tx) ([]roomUse, error) {
	rows, err := tx.Query(`
		SELECT m.terminal, m.right_id
		FROM room m
		WHERE NOT EXISTS (
			SELECT 1 FROM account_right r
			WHERE r.account = m.account AND r.right_id = m.right_id AND r.state = 'open')
		LIMIT $1`, chunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []roomUse
	for rows.Next() {
		var u roomUse
		if err := rows.Scan(&u.terminal, &u.right); err != nil {
			return nil, err
		}
		all = append(all, u)
	}
	return all, rows.Err()
}
