package offline

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// mostStoreDays is how many last business days of the store are kept.
const mostStoreDays = 40

// StoreDay gives what the feed said last of a business day of the store, as JSON of
// ledger.StoreDay; nil where it said nothing. A directory that is not there or cannot be
// read says nothing: reports are of the journal, and whoever feeds the directory mends it.
func (v *View) StoreDay(ctx context.Context, day ledger.Date) (told []byte, err error) {
	err = v.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT told FROM store_day WHERE business_day_date = ?`, string(day)).Scan(&told)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows), errors.Is(err, fs.ErrNotExist), errors.Is(err, sqlitedb.ErrStorage):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read %s of the store: %w", day, err)
	}
	return told, nil
}

// DayCursor returns up to where the feed was heard of the store's business days: the
// beginning where the directory is read from it.
func (s *Store) DayCursor(ctx context.Context) (c ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if b := s.building; b != nil {
		return ledger.Cursor{Incarnation: b.next.Incarnation, Position: lastOf(b.days)}, nil
	}
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		if at, err := readCursor(tx); err != nil || at.Position == 0 {
			return err
		}
		c, err = readDayCursor(tx)
		return err
	})
	return c, err
}

func readDayCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	err = tx.QueryRow(`
		SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0)
		FROM store_day_cursor`).Scan(&c.Incarnation, &c.Position)
	if err != nil {
		return c, fmt.Errorf("read how far the store's days were heard of: %w", err)
	}
	return c, nil
}

// keepStoreDays keeps the rows of a page that tell of the store's business days, the
// last ones of them, and up to where they were heard of. What an earlier incarnation
// said is dropped.
func (p *directoryPen) keepStoreDays(changes []ledger.Change, now ledger.Incarnation) error {
	heard, err := readDayCursor(p.tx)
	if err != nil {
		return err
	}
	if heard.Incarnation != now {
		heard = ledger.Cursor{Incarnation: now}
		if _, err := p.tx.Exec(`DELETE FROM store_day`); err != nil {
			return fmt.Errorf("clear the store's days: %w", err)
		}
	}
	up := heard.Position
	for _, c := range changes {
		if c.StoreDay == nil || c.Position <= heard.Position {
			continue
		}
		up = max(up, c.Position)
		if err := p.keepStoreDay(c.StoreDay); err != nil {
			return fmt.Errorf("keep the store's day: %w", err)
		}
	}
	_, err = p.tx.Exec(`INSERT OR REPLACE INTO store_day_cursor (one, incarnation, position) VALUES (1, ?, ?)`, now, up)
	if err != nil {
		return fmt.Errorf("note how far the store's days were heard of: %w", err)
	}
	return nil
}

func (p *directoryPen) keepStoreDay(d *ledger.StoreDay) error {
	told, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if _, err := p.tx.Exec(`INSERT OR REPLACE INTO store_day (business_day_date, told) VALUES (?, ?)`, string(d.Day), told); err != nil {
		return err
	}
	_, err = p.tx.Exec(`
		DELETE FROM store_day
		WHERE business_day_date NOT IN (SELECT business_day_date FROM store_day ORDER BY business_day_date DESC LIMIT ?)`, mostStoreDays)
	return err
}
