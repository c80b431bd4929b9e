package records

import (
	"fmt"
	"maps"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ClaimedEntries are those of entries whose ids were taken.
func ClaimedEntries(tx *database.Tx, ids []ledger.EntryID) (map[ledger.EntryID]bool, error) {
	return Standing(tx, database.Many{Head: `
		SELECT entry FROM claim_entry WHERE entry IN (VALUES`, Tail: `)`}, ids)
}

// ClaimedIdentifiers are those of identifiers that somebody has, or that somebody
// keyed whom nobody knew.
func ClaimedIdentifiers(tx *database.Tx, hashes []ledger.KeyedHash) (map[ledger.KeyedHash]bool, error) {
	return standingIn(tx, hashes,
		database.Many{Head: `SELECT hash FROM claim_identifier WHERE hash IN (VALUES`, Tail: `)`},
		database.Many{Head: `SELECT hash FROM suspect WHERE hash IN (VALUES`, Tail: `)`})
}

// KnownHolders are those of ids of which anything stands: a ledger, an account that
// they became or came to.
func KnownHolders(tx *database.Tx, ids []books.Holder) (map[books.Holder]bool, error) {
	return standingIn(tx, ids,
		database.Many{Head: `SELECT account FROM account WHERE account IN (VALUES`, Tail: `)`},
		database.Many{Head: `SELECT account FROM forward WHERE account IN (VALUES`, Tail: `)`},
		database.Many{Head: `SELECT member FROM membership WHERE member IN (VALUES`, Tail: `)`})
}

// standingIn are those of keys that any of some queries finds.
func standingIn[K comparable](tx *database.Tx, keys []K, queries ...database.Many) (map[K]bool, error) {
	all := map[K]bool{}
	for _, find := range queries {
		some, err := Standing(tx, find, keys)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, some)
	}
	return all, nil
}

// Standing are those of keys that a query finds.
func Standing[K comparable](tx *database.Tx, find database.Many, keys []K) (map[K]bool, error) {
	found := map[K]bool{}
	err := tx.QueryMany(find, listOf(keys), func(rows *database.Rows) error {
		var key K
		if err := rows.Scan(&key); err != nil {
			return err
		}
		found[key] = true
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for what stands: %w", err)
	}
	return found, nil
}

// listOf is a list of one column.
func listOf[K any](keys []K) [][]any {
	list := make([][]any, len(keys))
	for i := range keys {
		list[i] = []any{keys[i]}
	}
	return list
}
