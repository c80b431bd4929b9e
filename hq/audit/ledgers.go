package audit

import (
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// holdersAtOnce bounds how many ledgers are read together.
const holdersAtOnce = 128

// look is what is looked at in ledgers.
type look struct {
	// ahead reads what is asked for rows that come next, of one ledger or of several;
	// nil where nothing is.
	ahead func([]*ledgerRow) error
	// each looks at a row that is to follow the books; nil where only sums are wanted.
	each func(*books.Books, *ledgerRow) error
	// end looks at what all rows of a ledger add up to, beside what the tables keep.
	end func(*books.Books, *kept) error
}

// eachLedger looks at whatever has a ledger, or a row that is a ledger's, in order.
func (a *Auditor) eachLedger(l look) error {
	for last, more := books.Holder(""), true; more; {
		var some []books.Holder
		var err error
		if some, more, err = HoldersBehind(a.tx, last); err != nil {
			return err
		}
		if err := a.lookAt(some, l); err != nil {
			return err
		}
		if len(some) > 0 {
			last = some[len(some)-1]
		}
	}
	return nil
}

// lookAt looks at the ledgers of some holders: of as many together as have no more rows
// than are read by one statement, of one that has more by itself.
func (a *Auditor) lookAt(some []books.Holder, l look) error {
	sizes, err := a.sizes(some)
	if err != nil {
		return err
	}
	for len(some) > 0 {
		n, rows := 1, sizes[some[0]]
		for n < min(len(some), holdersAtOnce) && rows+sizes[some[n]] <= atOnce {
			rows += sizes[some[n]]
			n++
		}
		if err := a.together(some[:n], rows, l); err != nil {
			return err
		}
		some = some[n:]
	}
	return nil
}

// together looks at the ledgers of holders, which have so many rows. Where they cannot be
// read together each is read by itself: a person is to know which it is.
func (a *Auditor) together(some []books.Holder, rows int, l look) error {
	k, read, err := a.readTogether(some, rows, l)
	switch {
	case database.EndsAll(err):
		return err
	case err != nil && len(some) > 1:
		for i := range some {
			if err := a.together(some[i:i+1], rows, l); err != nil {
				return err
			}
		}
		return nil
	case err != nil:
		return fmt.Errorf("ledger of %s: %w", some[0], err)
	}
	for _, of := range some {
		f := a.fold(of, l.each)
		if rows > atOnce {
			err = a.longFold(f, l.ahead)
		} else {
			err = f.rows(read[of])
		}
		if err == nil && !f.broken {
			err = l.end(f.Books, k)
		}
		if err != nil {
			return fmt.Errorf("ledger of %s: %w", of, err)
		}
	}
	return nil
}

// readTogether reads what is looked at of ledgers; no rows of one that has more than are
// read at once.
func (a *Auditor) readTogether(some []books.Holder, rows int, l look) (k *kept, read map[books.Holder][]*ledgerRow, err error) {
	if k, err = a.kept(some); err == nil && rows <= atOnce {
		read, err = a.rowsOf(some, l.ahead)
	}
	return k, read, err
}

var (
	countRows = database.Many{Head: `
		SELECT account, count(*)
		FROM ledger
		WHERE account IN (VALUES`, Tail: `)
		GROUP BY account`}
	readRows = database.Many{Head: `
		SELECT account, n, entry, verdict, decided, hash, recorded_at_ms
		FROM ledger
		WHERE account IN (VALUES`, Tail: `)`}
)

// sizes are how many rows ledgers have.
func (a *Auditor) sizes(of []books.Holder) (map[books.Holder]int, error) {
	sizes := map[books.Holder]int{}
	err := a.tx.QueryMany(countRows, records.ListOf(of), func(rows *database.Rows) error {
		var one books.Holder
		var n int
		err := rows.Scan(&one, &n)
		sizes[one] = n
		return err
	})
	return sizes, err
}

// rowsOf reads the rows of ledgers, each ledger's in order.
func (a *Auditor) rowsOf(some []books.Holder, ahead func([]*ledgerRow) error) (map[books.Holder][]*ledgerRow, error) {
	var all []*ledgerRow
	err := a.tx.QueryMany(readRows, records.ListOf(some), func(rows *database.Rows) error {
		r, err := scanRow(rows)
		all = append(all, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := readAhead(all, ahead); err != nil {
		return nil, err
	}
	read := map[books.Holder][]*ledgerRow{}
	for _, r := range all {
		read[r.of] = append(read[r.of], r)
	}
	for _, rows := range read {
		slices.SortFunc(rows, func(a, b *ledgerRow) int { return int(a.n) - int(b.n) })
	}
	return read, nil
}

// longFold folds a ledger that has more rows than are read at once.
func (a *Auditor) longFold(f *folding, ahead func([]*ledgerRow) error) error {
	for last, more := int64(math.MinInt64), true; more && !f.broken; {
		page, err := a.pageOf(f.Holder, last)
		if err == nil {
			err = readAhead(page, ahead)
		}
		if err == nil {
			err = f.rows(page)
		}
		if err != nil {
			return err
		}
		if more = len(page) == atOnce; more {
			last = int64(page[len(page)-1].n)
		}
	}
	return nil
}

// pageOf reads the next rows of a ledger behind one.
func (a *Auditor) pageOf(of books.Holder, last int64) (page []*ledgerRow, err error) {
	rows, err := a.tx.Query(`
		SELECT account, n, entry, verdict, decided, hash, recorded_at_ms
		FROM ledger
		WHERE account = $1 AND n > $2
		ORDER BY n
		LIMIT $3`, of, last, atOnce)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		page = append(page, r)
	}
	return page, rows.Close()
}

// ledgerRow is a row as it stands in a ledger.
type ledgerRow struct {
	of       books.Holder
	where    string
	n        uint64
	entry    ledger.EntryID
	verdict  ledger.Verdict
	decision *books.Decision
	unread   error // why what was decided cannot be read
	unasked  error // why what stands beside it cannot be
	decided  []byte
	hash     ledger.Hash
	recorded ledger.Millis
}

func scanRow(rows *database.Rows) (*ledgerRow, error) {
	r := new(ledgerRow)
	err := rows.Scan(&r.of, &r.n, &r.entry, &r.verdict, &r.decided, &r.hash, &r.recorded)
	r.where = fmt.Sprintf("ledger of %s, row %d", r.of, r.n)
	return r, err
}

// readAhead reads what rows decided, and whatever else is asked for those that can be
// read.
func readAhead(all []*ledgerRow, ahead func([]*ledgerRow) error) error {
	readable := make([]*ledgerRow, 0, len(all))
	for _, r := range all {
		if r.decision, r.unread = books.ReadDecision(r.decided); r.unread == nil {
			readable = append(readable, r)
		}
	}
	if ahead == nil {
		return nil
	}
	return ahead(readable)
}
