package records

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Waiting reports whether a restored headquarters still waits for terminals.
func Waiting(tx *database.Tx) (bool, error) {
	var until ledger.Millis
	if err := tx.QueryRow(`SELECT waits_until_ms FROM chain`).Scan(&until); err != nil {
		return false, fmt.Errorf("read chain: %w", err)
	}
	return until > 0, nil
}

// HasHandedBack reports whether an account's points are wanted for rights that were
// handed back: until those are made, nothing else is placed of them.
func HasHandedBack(tx *database.Tx, of books.Holder) (bool, error) {
	var n int
	err := tx.QueryRow(`
		SELECT count(*) FROM handed_back
		WHERE account = $1 OR account IN (SELECT f.account FROM forward f WHERE f.to_account = $2)`, of, of).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for rights handed back: %w", err)
	}
	return n > 0, nil
}

// MayComeAgain reports whether a right that an account does not have, and that an entry
// spends, may still be made again: by a terminal that a restored headquarters waits for, or
// as a part of one that was handed back and waits for its points.
func MayComeAgain(tx *database.Tx, of books.Holder) (bool, error) {
	if waits, err := Waiting(tx); err != nil || waits {
		return waits, err
	}
	return HasHandedBack(tx, of)
}

// MayBePart is the same of one that is given back. Those that ended since the backup are
// many, are handed back by nobody, and are not waited for: what may come is a part, where
// the store has a hub that is waited for, or of whose rights one is not made again.
func MayBePart(tx *database.Tx, at ledger.StoreID, of books.Holder) (bool, error) {
	var hubs, awaited int
	err := tx.QueryRow(`
		SELECT count(*), count(a.terminal)
		FROM terminal t LEFT JOIN awaited a ON a.terminal = t.terminal
		WHERE t.store = $1 AND t.hub = 1`, at).Scan(&hubs, &awaited)
	if err != nil {
		return false, fmt.Errorf("look for an awaited hub: %w", err)
	}
	if hubs == 0 || awaited > 0 {
		return awaited > 0, nil
	}
	return HasHandedBack(tx, of)
}

// checkRights passes over an entry that takes from a right which was handed
// back and is not made again yet.
func checkRights(tx *database.Tx, it *books.Item) error {
	for _, id := range it.Takes() {
		waits, err := isHandedBack(tx, id)
		if err == nil && !waits {
			waits, err = partWaits(tx, id)
		}
		if err != nil {
			return err
		}
		if waits {
			it.Passed = "its right was handed back to a restored headquarters and waits for its points"
		}
	}
	return nil
}

// isHandedBack reports whether a right waits to be made again.
func isHandedBack(tx *database.Tx, id ledger.RightID) (bool, error) {
	var one int
	err := tx.QueryRow(`SELECT 1 FROM handed_back WHERE right_id = $1`, id).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up right handed back: %w", err)
	}
	return true, nil
}

// partWaits reports whether a part was handed back whose split did not come yet,
// though its right may still be made again.
func partWaits(tx *database.Tx, id ledger.RightID) (bool, error) {
	var parent ledger.RightID
	err := tx.QueryRow(`SELECT parent FROM handed_part WHERE right_id = $1`, id).Scan(&parent)
	if err := OrNone(err); err != nil {
		return false, fmt.Errorf("look up part handed back: %w", err)
	}
	if parent.IsZero() {
		return false, nil
	}
	if waits, err := Waiting(tx); err != nil || waits {
		return waits, err
	}
	return isHandedBack(tx, parent)
}
