package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// KeptRights returns the next rights after one, in order of their ids, of which
// something was spent or is open, at most so many, and the journal's head at
// that time. What of a right was given back, or ended before it was spent, is
// headquarters' again and not among it.
func (s *Store) KeptRights(ctx context.Context, after ledger.RightID, most int) (kept []ledger.KeptRight, head ledger.Head, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		kept, err = readKept(tx, after, most)
		return err
	})
	return kept, s.head, err
}

func readKept(tx *sqlitedb.Tx, after ledger.RightID, most int) ([]ledger.KeptRight, error) {
	rows, err := tx.Query(`
		SELECT body, signature, kept
		FROM (SELECT right_id, body, signature,
		             CASE WHEN closed IS NULL THEN amount - returned ELSE spent + held END AS kept
		      FROM rights)
		WHERE right_id > coalesce(?, '') AND kept > 0
		ORDER BY right_id
		LIMIT ?`, after, most)
	if err != nil {
		return nil, fmt.Errorf("read rights: %w", err)
	}
	defer rows.Close()
	var kept []ledger.KeptRight
	for rows.Next() {
		var k ledger.KeptRight
		if err := rows.Scan(&k.Grant.Body, &k.Grant.Signature, &k.Kept); err != nil {
			return nil, fmt.Errorf("read rights: %w", err)
		}
		kept = append(kept, k)
	}
	return kept, rows.Err()
}
