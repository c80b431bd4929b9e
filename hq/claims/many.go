package claims

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

var (
	forwards = database.Many{Head: `
		SELECT account, to_account
		FROM forward
		WHERE account IN (VALUES`, Tail: `)`}
	claimEntries = database.Many{Head: `
		INSERT INTO claim_entry (entry, body_hash, account)
		VALUES`, Tail: `
		ON CONFLICT (entry) DO NOTHING`}
	claimSales = database.Many{Head: `
		INSERT INTO claim_sale (terminal, business_day_date, sale_id, entry)
		VALUES`, Tail: `
		ON CONFLICT (terminal, business_day_date, sale_id) DO NOTHING`}
)

// errSecond says that somebody else was first: who, and what becomes of it, is
// asked one by one.
var errSecond = errors.New("an entry of several was not the first to claim what it claims")

// Together claims entries of which each is the first.
func Together(tx *database.Tx, run []*books.Item) error {
	if err := Resolve(tx, run); err != nil {
		return err
	}
	return First(tx, run)
}

// Resolve says of entries whose ledgers they belong to if each is the first to claim
// what it claims, and writes nothing.
func Resolve(tx *database.Tx, run []*books.Item) error {
	to, err := survivors(tx, run)
	if err != nil {
		return err
	}
	for _, it := range run {
		it.Ruling = books.Ruling{Holder: books.Holder(it.Entry.Subject), Fresh: true}
		if survivor, is := to[it.Holder]; is {
			it.Holder = survivor
		}
	}
	return nil
}

// First claims what entries claim that were resolved so: each must be the first.
func First(tx *database.Tx, run []*books.Item) error {
	entries, sales := make([][]any, len(run)), make([][]any, 0, len(run))
	for i, it := range run {
		e := it.Entry
		entries[i] = []any{e.ID, it.Hash, it.Holder}
		if e.Kind == ledger.Sold {
			sales = append(sales, []any{it.Place.Terminal, e.Day, e.Sale.ID, e.ID})
		}
	}
	if err := Entries(tx, entries); err != nil {
		return err
	}
	if err := claimFirst(tx, claimSales, sales); err != nil {
		return fmt.Errorf("claim sales: %w", err)
	}
	return nil
}

// Entries claims ids for bodies and the ledgers they are resolved to: rows of entry, hash
// and holder, each the first.
func Entries(tx *database.Tx, rows [][]any) error {
	if err := claimFirst(tx, claimEntries, rows); err != nil {
		return fmt.Errorf("claim entries: %w", err)
	}
	return nil
}

// claimFirst fails unless each row is the first of its key.
func claimFirst(tx *database.Tx, claim database.Many, rows [][]any) error {
	won, err := tx.CountMany(claim, rows)
	if err == nil && won < int64(len(rows)) {
		return errSecond
	}
	return err
}

// survivors follows the forwards of subjects.
func survivors(tx *database.Tx, run []*books.Item) (map[books.Holder]books.Holder, error) {
	of := make([]books.Holder, len(run))
	for i, it := range run {
		of[i] = books.Holder(it.Entry.Subject)
	}
	to := map[books.Holder]books.Holder{}
	err := tx.QueryMany(forwards, records.ListOf(of), func(rows *database.Rows) error {
		var from, survivor books.Holder
		if err := rows.Scan(&from, &survivor); err != nil {
			return err
		}
		to[from] = survivor
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("follow forwards: %w", err)
	}
	return to, nil
}
