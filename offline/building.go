package offline

import (
	"bytes"
	"cmp"
	"slices"

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
// with; what was read is read again after a restart.
type building struct {
	rows *pile
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
	asked bool // for the cursor since the last page
}

func newBuilding(opts Options) (*building, error) {
	rows, err := newPile(opts.Dir)
	if err != nil {
		return nil, err
	}
	return &building{rows: rows, seen: new(seen), remembers: opts.Recall != nil, apart: map[*apart][]ledger.Change{}}, nil
}

func (b *building) close() { b.rows.close() }

// add takes a page in. own picks this terminal's applied place.
func (b *building) add(changes []ledger.Change, own func(*ledger.AccountState) ledger.Place) error {
	for i, c := range changes {
		for _, kind := range aparts {
			if kind.is(&changes[i]) {
				b.apart[kind] = append(b.apart[kind], c)
			}
		}
		if c.Account == nil && c.Forward == nil {
			continue
		}
		if b.comesLate(c) {
			b.late = append(b.late, c)
		} else if err := b.addRows(c.Account, own(c.Account)); err != nil {
			return err
		}
	}
	return nil
}

func (b *building) comesLate(c ledger.Change) bool {
	if c.Forward != nil {
		b.seen.before(c.Forward.From) // what comes of it later comes later
		return true
	}
	return b.seen.before(c.Account.Account) || len(c.Account.Identifiers) == 0
}

func (b *building) addRows(a *ledger.AccountState, applied ledger.Place) error {
	r := builtRow{state: ledger.AccountState{Account: a.Account, Name: a.Name, AsOf: a.AsOf, Balances: a.Balances}, applied: applied}
	if b.remembers {
		r.memory = memoryOf(a)
	}
	for i, hash := range a.Identifiers {
		r.slot, r.first = slotOf(hash), i == 0
		if err := b.rows.add(hash[0], r.append); err != nil {
			return err
		}
	}
	return nil
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
