package offline

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// epoch is one life of the journal: its rows are base + seq.
type epoch struct {
	number  ledger.Epoch
	branch  ledger.Branch
	begins  ledger.Hash // the hash its chain goes on from
	base    int64
	from    ledger.Epoch // where it goes on from; 0 from nothing
	fromSeq ledger.Seq
}

// lineage is every epoch of a journal, oldest first.
type lineage []epoch

// run is a stretch of journal rows of one epoch, first to last inclusive.
type run struct {
	epoch       epoch
	first, last int64
}

func readLineage(tx *sqlitedb.Tx) (lineage, error) {
	rows, err := tx.Query(`
		SELECT epoch, branch, begins, base_n, from_epoch, from_seq
		FROM epoch
		ORDER BY epoch`)
	if err != nil {
		return nil, fmt.Errorf("read epochs: %w", err)
	}
	defer rows.Close()
	var l lineage
	for rows.Next() {
		var e epoch
		if err := rows.Scan(&e.number, &e.branch, &e.begins, &e.base, &e.from, &e.fromSeq); err != nil {
			return nil, fmt.Errorf("read epochs: %w", err)
		}
		l = append(l, e)
	}
	return l, rows.Err()
}

func (l lineage) current() epoch { return l[len(l)-1] }

// index finds an epoch by its number; -1 where it is not ours.
func (l lineage) index(number ledger.Epoch) int {
	i, found := slices.BinarySearchFunc(l, number, func(e epoch, n ledger.Epoch) int {
		return int(int64(e.number) - int64(n))
	})
	if !found {
		return -1
	}
	return i
}

// row gives the journal row of a place; false where the place cannot be in
// this journal, whose last row is last.
func (l lineage) row(number ledger.Epoch, branch ledger.Branch, seq ledger.Seq, last int64) (int64, bool) {
	i := l.index(number)
	if i < 0 || l[i].branch != branch {
		return 0, false
	}
	if i+1 < len(l) {
		last = l[i+1].base
	}
	if count := last - l[i].base; uint64(seq) > uint64(count) {
		return 0, false
	}
	return l[i].base + int64(seq), true
}

// of gives the epoch that a journal row belongs to.
func (l lineage) of(n int64) epoch {
	for _, e := range slices.Backward(l) {
		if n > e.base {
			return e
		}
	}
	return l[0]
}

// place gives the place of a journal row.
func (l lineage) place(terminal ledger.TerminalID, n int64) ledger.Place {
	e := l.of(n)
	return ledger.Place{Terminal: terminal, Epoch: e.number, Branch: e.branch, Seq: ledger.Seq(n - e.base)}
}

// after gives the rows that follow a head on the way to the end of the
// journal: those of its own epoch up to where the next one goes on from it,
// and so forth. Entries that a later epoch wrote again are in it once.
func (l lineage) after(number ledger.Epoch, seq ledger.Seq, last int64) []run {
	var runs []run
	for i := len(l) - 1; i >= 0 && l[i].number >= number; i = l.index(l[i].from) {
		e := l[i]
		first := e.base + 1
		if e.number == number {
			first += int64(seq)
		}
		if first <= last {
			runs = append(runs, run{epoch: e, first: first, last: last})
		}
		if e.number == number || e.from == 0 {
			break
		}
		last = l[l.index(e.from)].base + int64(e.fromSeq)
	}
	slices.Reverse(runs)
	return runs
}
