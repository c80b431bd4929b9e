package hq

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// markAllForFeed lets every account be told again, to a store that is new.
func markAllForFeed(tx *database.Tx) error {
	_, err := tx.Exec(`
		INSERT INTO feed_dirty (account, version, since_n)
		SELECT account, version, 0 FROM account WHERE true
		ON CONFLICT (account) DO UPDATE
		SET version = excluded.version, since_n = 0`)
	if err != nil {
		return fmt.Errorf("mark accounts for the feed: %w", err)
	}
	return nil
}

// hasEntry reports whether a ledger has a row of this entry.
func hasEntry(tx *database.Tx, of books.Holder, entry ledger.EntryID) (bool, error) {
	var one int
	err := tx.QueryRow(`SELECT 1 FROM ledger WHERE account = $1 AND entry = $2`, of, entry).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up entry: %w", err)
	}
	return true, nil
}
