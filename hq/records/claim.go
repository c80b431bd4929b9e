package records

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Survivor follows a forward. Forwards lead to whoever survives at once, never
// to another forward.
func Survivor(tx *database.Tx, of books.Holder) (books.Holder, error) {
	to := of
	err := tx.QueryRow(`SELECT to_account FROM forward WHERE account = $1`, of).Scan(&to)
	if err := OrNone(err); err != nil {
		return "", fmt.Errorf("follow forward: %w", err)
	}
	return to, nil
}

// ResolvedTo is the ledger that an entry was resolved to; empty where it was not yet.
func ResolvedTo(tx *database.Tx, entry ledger.EntryID) (of books.Holder, err error) {
	err = tx.QueryRow(`SELECT coalesce(account, '') FROM claim_entry WHERE entry = $1`, entry).Scan(&of)
	if err := OrNone(err); err != nil {
		return "", fmt.Errorf("look up whose an entry is: %w", err)
	}
	return of, nil
}

// ClaimedSale returns the entry that has a sale's key; zero where none has.
func ClaimedSale(tx *database.Tx, of ledger.SaleRef) (sale ledger.EntryID, err error) {
	err = tx.QueryRow(`
		SELECT entry FROM claim_sale
		WHERE terminal = $1 AND business_day_date = $2 AND sale_id = $3`, of.Terminal, of.Day, of.ID).Scan(&sale)
	if err := OrNone(err); err != nil {
		return sale, fmt.Errorf("look up sale: %w", err)
	}
	return sale, nil
}

var claimedSales = database.Many{Head: `
	SELECT terminal, business_day_date, sale_id, entry
	FROM claim_sale
	WHERE (terminal, business_day_date, sale_id) IN (VALUES`, Tail: `)`}

// ClaimedSales returns the entries that have sales' keys, without those that none has.
func ClaimedSales(tx *database.Tx, keys []ledger.SaleRef) (map[ledger.SaleRef]ledger.EntryID, error) {
	list := make([][]any, len(keys))
	for i, key := range keys {
		list[i] = []any{key.Terminal, key.Day, key.ID}
	}
	found := map[ledger.SaleRef]ledger.EntryID{}
	err := tx.QueryMany(claimedSales, list, func(rows *database.Rows) error {
		var key ledger.SaleRef
		var winner ledger.EntryID
		err := rows.Scan(&key.Terminal, &key.Day, &key.ID, &winner)
		found[key] = winner
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look up sales: %w", err)
	}
	return found, nil
}

// Claimant returns who has an identifier, or "".
func Claimant(tx *database.Tx, hash ledger.KeyedHash) (books.Holder, error) {
	var who books.Holder
	err := tx.QueryRow(`SELECT account FROM claim_identifier WHERE hash = $1`, hash).Scan(&who)
	if err := OrNone(err); err != nil {
		return "", fmt.Errorf("look up identifier: %w", err)
	}
	return who, nil
}

// IsEnrolled reports whether somebody is enrolled under an account, or will be
// by what was claimed.
func IsEnrolled(tx *database.Tx, of books.Holder) (enrolled bool, err error) {
	err = tx.QueryRow(`
		SELECT EXISTS (SELECT 1 FROM claim_account WHERE account = $1)
		    OR EXISTS (SELECT 1 FROM person WHERE account = $2)`, of, of).Scan(&enrolled)
	if err != nil {
		return false, fmt.Errorf("look up account: %w", err)
	}
	return enrolled, nil
}

// DeedOf returns the entry that has an activity's ref under its program.
func DeedOf(tx *database.Tx, e *ledger.Entry) (winner ledger.EntryID, err error) {
	did := e.Activity
	err = tx.QueryRow(`SELECT entry FROM claim_deed WHERE activity = $1 AND name = $2 AND ref = $3 AND program = $4`,
		did.On, did.Name, did.Ref, ProgramNamed(e)).Scan(&winner)
	if err := OrNone(err); err != nil {
		return winner, fmt.Errorf("look up activity: %w", err)
	}
	return winner, nil
}

// ProgramNamed is the program that an entry names; empty where it names none.
func ProgramNamed(e *ledger.Entry) string {
	if e.Program == nil {
		return ""
	}
	return e.Program.ID
}

// Inserted reports whether a claim was the first.
func Inserted(result sql.Result) (bool, error) {
	n, err := result.RowsAffected()
	return n == 1, err
}

// OrNone takes a row that is not there for none.
func OrNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
