package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// giveBackOwn ends the holds of a process that is gone whose ids it alone had: no
// sale will name them. Where the disk does not let it, Healthy says so and their age
// frees them; a till opens all the same.
func (s *Store) giveBackOwn(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var own []ledger.Hold
	err := s.journal.View(ctx, func(tx *sqlitedb.Tx) (err error) {
		own, err = readHolds(tx, `SELECT hold_id FROM hold WHERE own = 1`)
		return err
	})
	if err != nil || len(own) == 0 {
		return err
	}
	err = s.write(ctx, func(p *pen) error {
		for _, hold := range own {
			if err := p.dropHold(hold); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, sqlitedb.ErrStorage) {
		return fmt.Errorf("give back what was set aside: %w", err)
	}
	return nil
}

// readHolds gives the holds whose ids a query finds.
func readHolds(tx *sqlitedb.Tx, query string, args ...any) ([]ledger.Hold, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read holds: %w", err)
	}
	defer rows.Close()
	var ids []ledger.HoldID
	for rows.Next() {
		var id ledger.HoldID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read holds: %w", err)
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	holds := make([]ledger.Hold, len(ids))
	for i, id := range ids {
		if holds[i], err = readHold(tx, id); err != nil {
			return nil, err
		}
	}
	return holds, nil
}
