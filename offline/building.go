package offline

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// bulkPage is the least page that a directory is built from at once; with
	// a smaller one the feed has come to its end.
	bulkPage = 200
	// lateMost bounds what is kept in memory until a directory is built.
	lateMost = 50_000
	// chunkBytes is how much of a bucket is written at once.
	chunkBytes = 16 << 10
)

// building is a directory that is read from the beginning of the feed: rows
// come in no order, and writing each to its place would take a page of the
// file each. So they are sorted first, in buckets of a file that has no name
// any more: what was read is read again after a restart.
type building struct {
	file    *os.File
	size    int64
	buckets [256]bucket
	seen    *seen
	// remembers says whether rows tell what is remembered of their accounts.
	remembers  bool
	households []ledger.Change
	// late is what comes after all sorted rows, in order: rows of accounts that
	// have come before, accounts without identifiers, merges.
	late  []ledger.Change
	next  ledger.Cursor
	asked bool // for the cursor since the last page
}

// bucket has the rows whose keys begin with the same byte.
type bucket struct {
	tail   []byte
	chunks []chunk
}

type chunk struct {
	at   int64
	size int
}

func newBuilding(opts Options) (*building, error) {
	f, err := os.CreateTemp(opts.Dir, "directory-rows-")
	if err != nil {
		return nil, fmt.Errorf("build directory: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close() // nothing was written
		return nil, fmt.Errorf("build directory: %w", err)
	}
	return &building{file: f, seen: new(seen), remembers: opts.Recall != nil}, nil
}

func (b *building) close() { b.file.Close() } // nothing in it is missed

// add takes a page in. own picks this terminal's applied place.
func (b *building) add(changes []ledger.Change, own func(*ledger.AccountState) ledger.Place) error {
	for _, c := range changes {
		if c.Household != nil {
			b.households = append(b.households, c)
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
	r := builtRow{account: a.Account, name: a.Name, asOf: a.AsOf, applied: applied, balances: a.Balances}
	if b.remembers {
		r.memory = memoryOf(a)
	}
	for i, hash := range a.Identifiers {
		r.slot, r.first = slotOf(hash), i == 0
		to := &b.buckets[r.key>>40]
		to.tail = r.append(to.tail)
		if len(to.tail) < chunkBytes {
			continue
		}
		if _, err := b.file.WriteAt(to.tail, b.size); err != nil {
			return fmt.Errorf("build directory: %w", err)
		}
		to.chunks = append(to.chunks, chunk{b.size, len(to.tail)})
		b.size += int64(len(to.tail))
		to.tail = to.tail[:0]
	}
	return nil
}

// sorted gives a bucket's rows by key; of one identifier only what came last.
func (b *building) sorted(i int) ([]builtRow, error) {
	var parts []io.Reader
	for _, c := range b.buckets[i].chunks {
		parts = append(parts, io.NewSectionReader(b.file, c.at, int64(c.size)))
	}
	parts = append(parts, bytes.NewReader(b.buckets[i].tail))
	in := bufio.NewReaderSize(io.MultiReader(parts...), chunkBytes)
	var rows []builtRow
	for {
		r, err := readBuiltRow(in)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("build directory: %w", err)
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(x, y builtRow) int {
		return cmp.Or(cmp.Compare(x.key, y.key), slices.Compare(x.rest[:], y.rest[:]))
	})
	last := rows[:0]
	for i, r := range rows {
		if i+1 == len(rows) || rows[i+1].slot != r.slot {
			last = append(last, r)
		} else if rows[i+1].account == r.account { // named twice
			rows[i+1].first = rows[i+1].first || r.first
		}
	}
	return last, nil
}
