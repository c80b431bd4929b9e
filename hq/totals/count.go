package totals

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// branch is one branch of a journal.
type branch struct {
	terminal ledger.TerminalID
	epoch    ledger.Epoch
	branch   ledger.Branch
}

func branchOf(p ledger.Place) branch { return branch{p.Terminal, p.Epoch, p.Branch} }

var (
	readCounted = database.Many{Head: `
		SELECT terminal, epoch, branch, seq
		FROM counted
		WHERE terminal IN (VALUES`, Tail: `)`}
	writeCounted = database.Many{Head: `
		INSERT INTO counted (terminal, epoch, branch, seq)
		VALUES`, Tail: `
		ON CONFLICT (terminal, epoch, branch) DO UPDATE
		SET seq = excluded.seq`}
)

// Count counts items of journals, in order of their places, in the transaction in which
// they are noted as projected. What is counted already is not again. Where others
// before them are not, because a release that counts nothing projected those, none of
// that branch are: behind says so, and CatchUp counts them.
func Count(tx *database.Tx, items []*books.Item) (behind bool, err error) {
	counted, err := countedOf(tx, items)
	if err != nil {
		return false, err
	}
	var told []entry
	moved := map[branch]bool{}
	for _, it := range items {
		b := branchOf(it.Place)
		switch at := counted[b]; {
		case it.Place.Seq <= at:
			continue
		case it.Place.Seq > at+1:
			behind = true
			continue
		}
		counted[b], moved[b] = it.Place.Seq, true
		if t, ok := toldBy(it); ok {
			told = append(told, t)
		}
	}
	if err := addToDays(tx, told); err != nil {
		return behind, err
	}
	var rows [][]any
	for b := range moved {
		rows = append(rows, []any{b.terminal, b.epoch, b.branch, counted[b]})
	}
	if err := tx.ExecMany(writeCounted, rows); err != nil {
		return behind, fmt.Errorf("note what is counted: %w", err)
	}
	return behind, nil
}

// CountLate counts items that are posted later than their place, in the transaction in
// which they are noted as waiting no more. One whose place is not counted yet is
// counted with it.
func CountLate(tx *database.Tx, items []*books.Item) error {
	counted, err := countedOf(tx, items)
	if err != nil {
		return err
	}
	var told []entry
	for _, it := range items {
		if t, ok := toldBy(it); ok && it.Place.Seq <= counted[branchOf(it.Place)] {
			told = append(told, t)
		}
	}
	return addToDays(tx, told)
}

// countedOf reads up to where the journals of items are counted.
func countedOf(tx *database.Tx, items []*books.Item) (map[branch]ledger.Seq, error) {
	var list [][]any
	listed := map[ledger.TerminalID]bool{}
	for _, it := range items {
		if id := it.Place.Terminal; !listed[id] {
			listed[id] = true
			list = append(list, []any{id})
		}
	}
	return countedBy(tx, list)
}

// countedBy reads up to where journals of terminals are counted.
func countedBy(tx *database.Tx, terminals [][]any) (map[branch]ledger.Seq, error) {
	counted := map[branch]ledger.Seq{}
	err := tx.QueryMany(readCounted, terminals, func(rows *database.Rows) error {
		var b branch
		var seq ledger.Seq
		if err := rows.Scan(&b.terminal, &b.epoch, &b.branch, &seq); err != nil {
			return err
		}
		counted[b] = seq
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is counted: %w", err)
	}
	return counted, nil
}
