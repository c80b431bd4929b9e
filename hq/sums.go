package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// checkSums compares what a terminal sealed its batches to sum up to with what
// their entries say. A difference stops nothing: it is a fault of the terminal
// that a person must hear of. items are shortened to whole batches. A batch
// that repeated entries of the one before is not compared.
func (r *round) checkSums(tx *database.Tx, s records.Stretch, items []*books.Item) ([]*books.Item, error) {
	differ := func(reason string) {
		r.told = append(r.told, notice{Event: event.Event{What: event.Sums, Terminal: s.Terminal, Reason: reason}})
	}
	rows, err := tx.Query(`
		SELECT last, seal
		FROM seal
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND last > $4 AND last <= $5
		ORDER BY last`, s.Terminal, s.Epoch, s.Branch, s.Done, s.Done+ledger.Seq(len(items)))
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	defer rows.Close()
	done := s.Done
	for rows.Next() {
		var last ledger.Seq
		var text []byte
		if err := rows.Scan(&last, &text); err != nil {
			return nil, fmt.Errorf("read seals: %w", err)
		}
		var seal ledger.Seal
		if err := ledger.DecodeJSON(text, &seal); err != nil {
			differ(fmt.Sprintf("batch up to %d.%d: its seal cannot be read: %s", s.Epoch, last, err))
		}
		if seal.First == done+1 && !sumsMatch(seal.Sums, items[done-s.Done:last-s.Done]) {
			differ(fmt.Sprintf("batch up to %d.%d", s.Epoch, last))
		}
		done = last
	}
	if err := rows.Close(); err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	if done == s.Done {
		return items, nil // the caller wants less than one batch
	}
	return items[:done-s.Done], nil
}

// sumsMatch reports whether entries issue and redeem what was sealed. What
// cannot be read cannot be summed, so such a batch matches.
func sumsMatch(sealed []ledger.UnitSum, items []*books.Item) bool {
	type sum struct{ issued, redeemed ledger.Points }
	left := map[ledger.Unit]sum{}
	for _, s := range sealed {
		left[s.Unit] = sum{s.Issued, s.Redeemed}
	}
	for _, it := range items {
		if it.Entry == nil {
			return true
		}
		for _, p := range it.Entry.Postings {
			have := left[p.Unit]
			if p.From == ledger.Issued {
				have.issued -= p.Amount
			}
			if p.To == ledger.Redeemed {
				have.redeemed -= p.Amount
			}
			left[p.Unit] = have
		}
	}
	for _, s := range left {
		if s != (sum{}) {
			return false
		}
	}
	return true
}
