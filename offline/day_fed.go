package offline

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

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
	case errors.Is(err, sql.ErrNoRows), isNoDirectory(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read %s of the store: %w", day, err)
	}
	return told, nil
}

// apartDays tell of the store's business days.
var apartDays = &apart{
	what:  "the store's days",
	heard: `SELECT coalesce(max(incarnation), 0), coalesce(max(position), 0) FROM store_day_cursor`,
	clear: `DELETE FROM store_day`,
	note:  `INSERT OR REPLACE INTO store_day_cursor (one, incarnation, position) VALUES (1, ?, ?)`,
	is:    func(c *ledger.Change) bool { return c.StoreDay != nil },
	keep:  func(p *directoryPen, c *ledger.Change) error { return p.keepStoreDay(c.StoreDay) },
}

// DayCursor returns up to where the feed was heard of the store's business days: the
// beginning where the directory is read from it.
func (s *Store) DayCursor(ctx context.Context) (ledger.Cursor, error) {
	return s.apartCursor(ctx, apartDays)
}

// keepStoreDay keeps a business day in place of what was said of it; of all, the last.
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
