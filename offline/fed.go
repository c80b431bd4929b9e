package offline

import (
	"context"
	"database/sql/driver"

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
	key      int64 // of the row; known of a short statement's alone
}

// For the plus signs see sqlitedb.Reader.Lookup. The short statements read one
// row and nothing else; what its numbers stand for is in words. Those by account
// look for it between two keys; see seek.
const (
	shortColumns = `
		SELECT account, as_of_s, name, available, more, key
		FROM member`
	fullColumns = `
		SELECT m.account, m.as_of_s, m.name, m.available, m.more, e.epoch, e.branch, u.unit,
			b.unit, b.available, b.escrowed, b.pending
		FROM member m
			LEFT JOIN main_unit u ON u.one = 1 AND u.program = +?1
			LEFT JOIN applied_epoch e ON e.number = m.more ->> 2
			LEFT JOIN balance b ON b.account = m.account AND b.program = +?1`

	shortByIdentifier = shortColumns + `
		WHERE key BETWEEN +?1 AND +?2 AND rest = +?3`
	fullByIdentifier = fullColumns + `
		WHERE m.key BETWEEN +?2 AND +?3 AND m.rest = +?4`
	shortByAccount = shortColumns + `
		WHERE key BETWEEN +?1 AND +?2 AND account = +?3
		LIMIT 1`
	fullByAccount = fullColumns + `
		WHERE m.key = (SELECT key FROM member WHERE key BETWEEN +?2 AND +?3 AND account = +?4 LIMIT 1)`
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
			v.noteRow(f)
			return f, err
		}
		f = fed{} // it changed meanwhile
	}
	err = v.directory.Lookup(ctx, f.take, fullByIdentifier, v.opts.Program, at.key, at.last(), rest)
	return f, err
}

// fedAccount gives what the feed said of an account.
func (v *View) fedAccount(ctx context.Context, account ledger.AccountID) (f fed, err error) {
	if w, err := v.currentWords(ctx); err != nil {
		return f, err
	} else if w != nil {
		f, err := v.readAccount(ctx, account, w.taker, shortByAccount)
		if err != nil || w.version == v.directory.version() {
			v.noteRow(f)
			return f, err
		}
	}
	return v.readAccount(ctx, account, (*fed).taker, fullByAccount, v.opts.Program)
}

// noteRow notes where a row stood that a short statement read.
func (v *View) noteRow(f fed) {
	if f.known {
		v.recent.note(f.account, f.key)
	}
}

// readAccount reads an account's row with a statement that has the keys and the
// account as its last arguments.
func (v *View) readAccount(
	ctx context.Context, account ledger.AccountID, taker func(*fed) func(*sqlitedb.Values) error, statement string, first ...driver.Value,
) (f fed, err error) {
	f.account = account
	take := taker(&f)
	err = v.seek(ctx, account, func(keys keyRange) (found bool, err error) {
		err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
			found = true
			return take(row)
		}, statement, append(first[:len(first):len(first)], keys.first, keys.last, account[:])...)
		return found, err
	})
	return f, err
}

// takeRow takes what is in a member's own row but for its numbers' meaning.
func (f *fed) takeRow(v *sqlitedb.Values) (m more, known bool, err error) {
	copy(f.account[:], v.Blob(0))
	if v.Null(1) {
		return m, false, nil
	}
	f.known = true
	f.asOf, f.name = ledger.Millis(v.Int64(1)*1000), unpackName(v.Text(2))
	if !v.Null(4) {
		m, err = readMore(v.Text(4))
	}
	f.applied.seq = m.seq
	return m, true, err
}

func (f *fed) taker() func(*sqlitedb.Values) error { return f.take }

// take adds a row of a full statement: the account, and one of its balances of
// other units.
func (f *fed) take(v *sqlitedb.Values) error {
	if !f.known {
		m, known, err := f.takeRow(v)
		if !known || err != nil {
			return err
		}
		if !v.Null(5) {
			f.applied.epoch = ledger.Epoch(v.Int64(5))
			copy(f.applied.branch[:], v.Blob(6))
		}
		if !v.Null(7) {
			f.takeMain(ledger.Unit(v.Text(7)), v, m)
		}
	}
	if !v.Null(8) {
		f.balances = append(f.balances, unitBalance{
			unit: ledger.Unit(v.Text(8)), available: ledger.Points(v.Int64(9)), escrowed: ledger.Points(v.Int64(10)), pending: ledger.Points(v.Int64(11)),
		})
	}
	return nil
}

// takeMain adds the balance that stands in the row, where one does.
func (f *fed) takeMain(unit ledger.Unit, v *sqlitedb.Values, m more) {
	if !v.Null(3) {
		f.balances = append(f.balances, unitBalance{unit: unit, available: ledger.Points(v.Int64(3)), escrowed: m.escrowed, pending: m.pending})
	}
}
