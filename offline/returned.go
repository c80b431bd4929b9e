package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// saleKey is the POS's own name of a sale, return or void, or what an activity
// counts once under.
type saleKey struct {
	day ledger.Date
	id  string
}

// everyDay is the day of what counts once for ever.
const everyDay ledger.Date = "ever"

// keyOf gives the key of an entry that has one. Sales and returns share one
// set of ids per business day.
func keyOf(e *ledger.Entry) (key saleKey, keyed bool) {
	switch e.Kind {
	case ledger.Sold:
		return saleKey{e.Day, e.Sale.ID}, true
	case ledger.Returned, ledger.Voided:
		return saleKey{e.Day, e.Return.ID}, true
	case ledger.Done:
		return saleKey{everyDay, e.Activity.Key()}, e.Activity.Ref != ""
	case ledger.Adjust:
		return saleKey{everyDay, e.Adjust.Key()}, e.Adjust.ID != ""
	case ledger.Confirm, ledger.Claim:
		return saleKey{everyDay, e.Claiming.Key(e.Kind, e.Subject)}, true
	}
	return saleKey{}, false
}

// checkReturn makes sure that a return is about its sale and nobody else.
func checkReturn(e *ledger.Entry) error {
	if e.Return == nil || e.Return.Of.Entry.IsZero() {
		return nil
	}
	if e.Subject != ledger.SaleSubject(e.Return.Of.Entry) {
		return fmt.Errorf("%s about %q: its subject is the sale", e.Kind, string(e.Subject))
	}
	return nil
}

// findSale makes sure that a return's sale is in the journal, where it says so.
func (p *pen) findSale(e *ledger.Entry) error {
	if e.Return == nil || e.Return.Of.Entry.IsZero() {
		return nil
	}
	subject, err := saleSubject(p.tx, e.Return.Of.Entry)
	if err == nil && subject == "" {
		err = fmt.Errorf("%s of a sale, entry %s, that is not in this journal", e.Kind, e.Return.Of.Entry)
	}
	return err
}

// key takes the id that a sale, return, void or activity must be the only one
// to have. With it stands by what it is found: a sale by the number on its paper, a
// return by its sale.
func (p *pen) key(r ledger.Record) error {
	key, keyed := keyOf(r.Entry)
	if !keyed {
		return nil
	}
	p.store.ids.add(key)
	var receipt, of any
	switch {
	case r.Entry.Sale != nil:
		receipt = orNull(r.Entry.Sale.Receipt)
	case r.Entry.Return != nil && !r.Entry.Return.Of.Entry.IsZero():
		of = r.Entry.Return.Of.Entry.String()
	}
	_, err := p.tx.Exec(`
		INSERT INTO sale (business_day_date, sale_id, entry, request, receipt, of_entry)
		VALUES (?, ?, ?, ?, ?, ?)`,
		string(key.day), key.id, r.Entry.ID.String(), r.Request[:], receipt, of)
	if err != nil {
		return fmt.Errorf("key %s: %w", r.Entry.Kind, err)
	}
	return nil
}

// subjectOf gives the account an entry is about, before merges; false where it
// is about none that is known here. A return's is that of its sale.
func subjectOf(tx *sqlitedb.Tx, e *ledger.Entry) (account ledger.AccountID, ok bool, err error) {
	subject := e.Subject
	if !e.Joins.IsZero() {
		return e.Joins, true, nil
	}
	if e.Return != nil {
		if e.Return.Of.Entry.IsZero() {
			return account, false, nil // headquarters knows whose it was
		}
		if subject, err = saleSubject(tx, e.Return.Of.Entry); err != nil {
			return account, false, err
		}
	}
	account, ok = subject.Account()
	return account, ok, nil
}

// saleSubject gives whom a sale was about, "" where this journal does not have
// it.
func saleSubject(tx *sqlitedb.Tx, sale ledger.EntryID) (subject ledger.Subject, err error) {
	err = tx.QueryRow(`SELECT subject FROM journal WHERE id = ? AND kind = 'sale' LIMIT 1`, sale).Scan(&subject)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up sale: %w", err)
	}
	return subject, nil
}

// SaleByReceipt returns the last sale with a number on its paper, or nil where
// this terminal made none, or its body is gone, or of a release to come.
func (v *View) SaleByReceipt(ctx context.Context, receipt string) (sale *ledger.Entry, err error) {
	sales, err := v.readable(ctx, `
		SELECT j.body
		FROM sale s JOIN journal j ON j.id = s.entry
		WHERE s.receipt = +?
		ORDER BY j.n DESC
		LIMIT 1`, receipt)
	if err != nil || len(sales) == 0 {
		return nil, err
	}
	return sales[0], nil
}

// Returns returns the returns and voids of a sale that this terminal made, in order,
// without those whose bodies are gone. One that cannot be read is an error: nobody knows
// here what is left of the sale.
func (v *View) Returns(ctx context.Context, sale ledger.EntryID) (found []*ledger.Entry, err error) {
	err = v.journal.Lookup(ctx, func(row *sqlitedb.Values) error {
		body := []byte(row.Text(0))
		if isPruned(body) {
			return nil
		}
		e, err := ledger.Decode(body)
		found = append(found, e)
		return err
	}, returnsOf, sale.String())
	if err != nil {
		return nil, fmt.Errorf("find returns of a sale: %w", err)
	}
	return found, nil
}

const returnsOf = `
	SELECT j.body
	FROM sale s JOIN journal j ON j.id = s.entry AND j.orig_n IS NULL
	WHERE s.of_entry = +?
	ORDER BY j.n`
