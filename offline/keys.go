package offline

import (
	"bytes"
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Keys returns what the till learned of headquarters' signing keys.
func (v *View) Keys(ctx context.Context) (kept ledger.Successions, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT body, by_old, by_new, heard FROM headquarters_key ORDER BY n`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s ledger.SignedSuccession
			var heard bool
			if err := rows.Scan(&s.Body, &s.ByOld, &s.ByNew, &heard); err != nil {
				return err
			}
			if said, err := s.Read(); err == nil && heard {
				kept.Heard = said.New
			}
			kept.All = append(kept.All, s)
		}
		return rows.Err()
	})
	if err != nil {
		return kept, fmt.Errorf("read headquarters' keys: %w", err)
	}
	return kept, nil
}

// KeepKeys keeps what the till learned of headquarters' signing keys, in place of
// what it had.
func (s *Store) KeepKeys(ctx context.Context, learned ledger.Successions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error {
		if _, err := p.tx.Exec(`DELETE FROM headquarters_key`); err != nil {
			return err
		}
		for n, link := range learned.All {
			said, err := link.Read()
			if err != nil {
				return err
			}
			_, err = p.tx.Exec(`
				INSERT INTO headquarters_key (n, body, by_old, by_new, heard)
				VALUES (?1, ?2, ?3, ?4, ?5)`, n+1, link.Body, link.ByOld, link.ByNew, bytes.Equal(said.New, learned.Heard))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep headquarters' keys: %w", err)
	}
	return nil
}
