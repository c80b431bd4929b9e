package records

import (
	"fmt"

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
// keyed whom nobody knew. They are asked for one by one: PostgreSQL takes a list that is
// only compared for texts, and hashes are none.
func ClaimedIdentifiers(tx *database.Tx, hashes []ledger.KeyedHash) (map[ledger.KeyedHash]bool, error) {
	claimed := map[ledger.KeyedHash]bool{}
	for _, hash := range hashes {
		var is bool
		err := tx.QueryRow(`
			SELECT EXISTS (SELECT 1 FROM claim_identifier WHERE hash = $1)
			    OR EXISTS (SELECT 1 FROM suspect WHERE hash = $2)`, hash, hash).Scan(&is)
		if err != nil {
			return nil, fmt.Errorf("look up identifier: %w", err)
		}
		if is {
			claimed[hash] = true
		}
	}
	return claimed, nil
}

// KnownHolders are those of ids of which anything stands: a ledger, an account that
// they became or came to.
func KnownHolders(tx *database.Tx, ids []books.Holder) (map[books.Holder]bool, error) {
	known := map[books.Holder]bool{}
	for _, m := range []database.Many{
		{Head: `SELECT account FROM account WHERE account IN (VALUES`, Tail: `)`},
		{Head: `SELECT account FROM forward WHERE account IN (VALUES`, Tail: `)`},
		{Head: `SELECT member FROM membership WHERE member IN (VALUES`, Tail: `)`},
	} {
		some, err := Standing(tx, m, ids)
		if err != nil {
			return nil, err
		}
		for id := range some {
			known[id] = true
		}
	}
	return known, nil
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
