package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// PINCursor returns up to where the feed was heard of members' PINs: the beginning
// where the directory is read from it.
func (s *Store) PINCursor(ctx context.Context) (c ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if b := s.building; b != nil {
		return ledger.Cursor{Incarnation: b.next.Incarnation, Position: lastOf(b.pins)}, nil
	}
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		if at, err := readCursor(tx); err != nil || at.Position == 0 {
			return err
		}
		c, err = readPINCursor(tx)
		return err
	})
	return c, err
}

func readPINCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	err = tx.QueryRow(`SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0) FROM pin_cursor`).Scan(&c.Incarnation, &c.Position)
	if err != nil {
		return c, fmt.Errorf("read how far PINs were heard of: %w", err)
	}
	return c, nil
}

// keepPINs keeps the rows of a page that say which PINs an account's members have, and
// up to where they were heard of. What an earlier incarnation said is dropped.
func (p *directoryPen) keepPINs(changes []ledger.Change, now ledger.Incarnation) error {
	heard, err := readPINCursor(p.tx)
	if err != nil {
		return err
	}
	if heard.Incarnation != now {
		heard = ledger.Cursor{Incarnation: now}
		if _, err := p.tx.Exec(`DELETE FROM pin`); err != nil {
			return fmt.Errorf("clear PINs: %w", err)
		}
	}
	up := heard.Position
	for _, c := range changes {
		if c.PINs == nil || c.Position <= heard.Position {
			continue
		}
		up = max(up, c.Position)
		if err := p.keepPINsOf(c.PINs); err != nil {
			return fmt.Errorf("keep PINs: %w", err)
		}
	}
	_, err = p.tx.Exec(`INSERT OR REPLACE INTO pin_cursor (one, incarnation, position) VALUES (1, ?, ?)`, now, up)
	if err != nil {
		return fmt.Errorf("note how far PINs were heard of: %w", err)
	}
	return nil
}

// keepPINsOf replaces the PINs of an account's members.
func (p *directoryPen) keepPINsOf(pins *ledger.PINs) error {
	if _, err := p.tx.Exec(`DELETE FROM pin WHERE account = ?`, pins.Account[:]); err != nil {
		return err
	}
	for _, m := range pins.Members {
		_, err := p.tx.Exec(`INSERT OR REPLACE INTO pin (account, member, hash) VALUES (?, ?, ?)`, pins.Account[:], m.Member[:], m.Hash)
		if err != nil {
			return err
		}
	}
	return nil
}
