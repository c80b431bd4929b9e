package offline

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// fed is what the feed said of an account.
type fed struct {
	account  ledger.AccountID // zero where nobody was found
	known    bool             // the feed spoke of the account, not only of its identifier
	name     string
	asOf     ledger.Millis
	applied  applied
	balances []unitBalance
}

// For the plus signs see sqlitedb.Reader.Lookup.
const (
	fedColumns = `
		a.name, a.as_of_ms, a.applied_epoch, a.applied_branch, a.applied_seq,
		b.unit, b.available, b.escrowed, b.pending, b.receivable`
	fedByIdentifier = `
		SELECT i.account, ` + fedColumns + `
		FROM identifier i
			LEFT JOIN account a ON a.account = i.account
			LEFT JOIN balance b ON b.account = i.account AND b.program = +?
		WHERE i.key BETWEEN +? AND +? AND i.rest = +?`
	fedByAccount = `
		SELECT a.account, ` + fedColumns + `
		FROM account a LEFT JOIN balance b ON b.account = a.account AND b.program = +?
		WHERE a.account = +?`
)

// identified gives the account that a keyed hash names.
func (v *View) identified(ctx context.Context, hash ledger.KeyedHash) (f fed, err error) {
	first, last, rest := slots(hash)
	err = v.directory.Lookup(ctx, f.take, fedByIdentifier, v.opts.Program, first, last, rest)
	return f, err
}

// fedAccount gives what the feed said of an account.
func (v *View) fedAccount(ctx context.Context, account ledger.AccountID) (fed, error) {
	f := fed{account: account}
	err := v.directory.Lookup(ctx, f.take, fedByAccount, v.opts.Program, account[:])
	return f, err
}

// take adds a row: the account, and one of its balances.
func (f *fed) take(v *sqlitedb.Values) error {
	if !f.known {
		copy(f.account[:], v.Blob(0))
	}
	if v.Null(1) {
		return nil
	}
	if !f.known {
		f.known = true
		f.name, f.asOf = v.Text(1), ledger.Millis(v.Int64(2))
		f.applied.epoch, f.applied.seq = ledger.Epoch(v.Int64(3)), ledger.Seq(v.Int64(5))
		copy(f.applied.branch[:], v.Blob(4))
	}
	if !v.Null(6) {
		f.balances = append(f.balances, unitBalance{
			unit:      ledger.Unit(v.Text(6)),
			available: ledger.Points(v.Int64(7)), escrowed: ledger.Points(v.Int64(8)),
			pending: ledger.Points(v.Int64(9)), receivable: ledger.Points(v.Int64(10)),
		})
	}
	return nil
}
