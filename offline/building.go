package offline

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// bulkPage is the least page that a directory is built from at once; with
	// a smaller one the feed has come to its end.
	bulkPage = 200
	// lateMost bounds what is kept in memory until a directory is built.
	lateMost = 50_000
)

// building is a directory that is read from the beginning of the feed: rows
// come in no order, and writing each to its place would take a page of the
// file each. So they are sorted first, from a heap for each byte that keys begin
// with.
type building struct {
	rows *spool
	seen *seen
	// heap and order are of the heap that is being written.
	heap  []byte
	order []piled
	// remembers says whether rows tell what is remembered of their accounts.
	remembers bool
	apart     map[*apart][]ledger.Change
	// late is what comes after all sorted rows, in order: rows of accounts that
	// have come before, accounts without identifiers, merges.
	late  []ledger.Change
	next  ledger.Cursor
	ended bool      // that is the feed's end, or as much as is built at once
	heard time.Time // when headquarters was heard last, or what a process before this one read was taken up
}

func newBuilding(rows *spool, remembers bool) *building {
	return &building{rows: rows, seen: new(seen), remembers: remembers, apart: map[*apart][]ledger.Change{}}
}

func (b *building) close() { b.rows.close() }

// take takes a page in that ends at a cursor. own picks this terminal's applied place.
func (b *building) take(changes []ledger.Change, next ledger.Cursor, own func(*ledger.AccountState) ledger.Place, now time.Time) error {
	if err := b.add(changes, own); err != nil {
		return err
	}
	b.next, b.ended, b.heard = next, false, now
	if !b.rows.due(now) {
		return nil
	}
	return b.rows.write(next, now)
}

// end writes what is in memory, and that it is all.
func (b *building) end(now time.Time) error {
	if b.ended {
		return nil
	}
	if err := b.write(now); err != nil {
		return err
	}
	b.ended = true
	return b.rows.write(b.next, now)
}

// keep writes what is in memory, past a power cut too: the directory that is built of it
// has all that stands before it.
func (b *building) keep(now time.Time) error {
	if err := b.write(now); err != nil {
		return err
	}
	return datasync(b.rows.file)
}

// write writes what is in memory, where anything is.
func (b *building) write(now time.Time) error {
	if b.rows.upTo == b.next {
		return nil
	}
	return b.rows.write(b.next, now)
}

func (b *building) add(changes []ledger.Change, own func(*ledger.AccountState) ledger.Place) error {
	for i, c := range changes {
		apart := b.addApart(&changes[i])
		late := (c.Account != nil || c.Forward != nil) && b.comesLate(c)
		if late {
			b.late = append(b.late, c)
		}
		if late || apart {
			if err := b.rows.note(c); err != nil {
				return err
			}
		}
		if c.Account != nil && !late {
			b.addRows(c.Account, own(c.Account))
		}
	}
	return nil
}

// addApart reports whether a change is of a kind that is kept apart, and takes it in.
func (b *building) addApart(c *ledger.Change) (is bool) {
	for _, kind := range aparts {
		if kind.is(c) {
			b.apart[kind] = append(b.apart[kind], *c)
			is = true
		}
	}
	return is
}

func (b *building) comesLate(c ledger.Change) bool {
	if c.Forward != nil {
		b.seen.before(c.Forward.From) // what comes of it later comes later
		return true
	}
	return b.seen.before(c.Account.Account) || len(c.Account.Identifiers) == 0
}

func (b *building) addRows(a *ledger.AccountState, applied ledger.Place) {
	r := builtRow{state: ledger.AccountState{Account: a.Account, Name: a.Name, AsOf: a.AsOf, Balances: a.Balances}, applied: applied}
	if b.remembers {
		r.memory = memoryOf(a)
	}
	for i, hash := range a.Identifiers {
		r.slot, r.first = slotOf(hash), i == 0
		b.rows.add(hash[0], r.append)
	}
}

// sorted gives a heap's rows by key, until another is asked for; of one identifier only
// what came last.
func (b *building) sorted(i int) (rows []piled, err error) {
	if b.heap, err = b.rows.heap(i, b.heap); err != nil {
		return nil, err
	}
	if b.order, err = split(b.heap, b.order[:0]); err != nil {
		return nil, err
	}
	rows = b.order
	slices.SortFunc(rows, func(x, y piled) int {
		if x.key != y.key { // as a rule
			return cmp.Compare(x.key, y.key)
		}
		return cmp.Or(bytes.Compare(x.rest[:], y.rest[:]), cmp.Compare(x.n, y.n))
	})
	last := rows[:0]
	for i, r := range rows {
		if i+1 == len(rows) || rows[i+1].slot != r.slot {
			last = append(last, r)
		} else if next := rows[i+1]; next.account() == r.account() { // named twice
			next.row[firstAt] |= r.row[firstAt]
		}
	}
	return last, nil
}
