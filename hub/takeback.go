package hub

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// takeBack takes back what a terminal told that is no lane any more, as after it was
// fenced: headquarters may hold its entries for ever, and no row would count them. What
// it has of before, a row brings. Other lanes hear of such an entry once more, that it
// adds nothing.
func takeBack(tx *sqlitedb.Tx) (some bool, err error) {
	entries, err := readOrphans(tx)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		at, err := nextPosition(tx)
		if err != nil {
			return false, err
		}
		if _, err := tx.Exec(`UPDATE news SET settled = 2, deltas = '[]', position = ? WHERE entry = ?`, at, entry); err != nil {
			return false, fmt.Errorf("take news back: %w", err)
		}
	}
	withdrawn, err := withdraw(tx)
	return withdrawn || len(entries) > 0, err
}

// readOrphans are the news of terminals that are no lanes.
func readOrphans(tx *sqlitedb.Tx) (entries []ledger.EntryID, err error) {
	rows, err := tx.Query(`
		SELECT entry FROM news
		WHERE settled = 0 AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.terminal = news.terminal)
		ORDER BY position`)
	if err != nil {
		return nil, fmt.Errorf("read news: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var entry ledger.EntryID
		if err := rows.Scan(&entry); err != nil {
			return nil, fmt.Errorf("read news: %w", err)
		}
		entries = append(entries, entry)
	}
	return entries, rows.Err()
}
