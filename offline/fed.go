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

// For the plus signs see sqlitedb.Reader.Lookup. The short statements read one
// row and nothing else; what its numbers stand for is in words.
const (
	shortColumns = `
		SELECT account, as_of_s, name, applied_seq, applied, available, escrowed, pending
		FROM member`
	fullColumns = `
		SELECT m.account, m.as_of_s, m.name, m.applied_seq, e.epoch, m.available, m.escrowed, m.pending,
			e.branch, u.unit, b.unit, b.available, b.escrowed, b.pending
		FROM member m
			LEFT JOIN main_unit u ON u.one = 1 AND u.program = +?1
			LEFT JOIN applied_epoch e ON e.number = m.applied
			LEFT JOIN balance b ON b.account = m.account AND b.program = +?1`

	shortByIdentifier = shortColumns + `
		WHERE key BETWEEN +?1 AND +?2 AND rest = +?3`
	fullByIdentifier = fullColumns + `
		WHERE m.key BETWEEN +?2 AND +?3 AND m.rest = +?4`
	shortByAccount = shortColumns + `
		WHERE substr(account, 1, 4) = +?1 AND account = +?2
		LIMIT 1`
	fullByAccount = fullColumns + `
		WHERE m.key = (SELECT key FROM member WHERE substr(account, 1, 4) = +?2 AND account = +?3 LIMIT 1)`
)

// identified gives the account that a keyed hash names.
func (v *View) identified(ctx context.Context, hash ledger.KeyedHash) (f fed, err error) {
	at := slotOf(hash)
	rest := at.rest[:]
	if w, err := v.currentWords(ctx); err != nil {
		return f, err
	} else if w != nil {
		err := v.directory.Lookup(ctx, w.taker(&f), shortByIdentifier, at.key, at.last(), rest)
		if err != nil || w.version == v.directory.version() {
			return f, err
		}
		f = fed{} // it changed meanwhile
	}
	err = v.directory.Lookup(ctx, f.take, fullByIdentifier, v.opts.Program, at.key, at.last(), rest)
	return f, err
}

// fedAccount gives what the feed said of an account.
func (v *View) fedAccount(ctx context.Context, account ledger.AccountID) (f fed, err error) {
	f.account = account
	begin := account[:4]
	if w, err := v.currentWords(ctx); err != nil {
		return f, err
	} else if w != nil {
		err := v.directory.Lookup(ctx, w.taker(&f), shortByAccount, begin, account[:])
		if err != nil || w.version == v.directory.version() {
			return f, err
		}
		f = fed{account: account}
	}
	err = v.directory.Lookup(ctx, f.take, fullByAccount, v.opts.Program, begin, account[:])
	return f, err
}

// takeRow takes what is in a member's own row but for its numbers' meaning.
func (f *fed) takeRow(v *sqlitedb.Values) (known bool) {
	copy(f.account[:], v.Blob(0))
	if v.Null(1) {
		return false
	}
	f.known = true
	f.asOf, f.name = ledger.Millis(v.Int64(1)*1000), unpackName(v.Text(2))
	f.applied.seq = ledger.Seq(v.Int64(3))
	return true
}

// take adds a row of a full statement: the account, and one of its balances of
// other units.
func (f *fed) take(v *sqlitedb.Values) error {
	if !f.known {
		if !f.takeRow(v) {
			return nil
		}
		if !v.Null(4) {
			f.applied.epoch = ledger.Epoch(v.Int64(4))
			copy(f.applied.branch[:], v.Blob(8))
		}
		if !v.Null(9) {
			f.takeBalance(ledger.Unit(v.Text(9)), v, 5)
		}
	}
	if !v.Null(10) {
		f.takeBalance(ledger.Unit(v.Text(10)), v, 11)
	}
	return nil
}

// takeBalance adds the balance that stands in three columns, where one does.
func (f *fed) takeBalance(unit ledger.Unit, v *sqlitedb.Values, first int) {
	if v.Null(first) {
		return
	}
	f.balances = append(f.balances, unitBalance{
		unit:      unit,
		available: ledger.Points(v.Int64(first)),
		escrowed:  ledger.Points(v.Int64(first + 1)),
		pending:   ledger.Points(v.Int64(first + 2)),
	})
}
