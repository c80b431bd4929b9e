package totals

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// atOnce is how many entries are read by one statement.
const atOnce = 500

// CatchUp counts entries that are projected and not counted, at most a few hundred, and
// reports whether there may be more.
func CatchUp(tx *database.Tx) (more bool, err error) {
	var b branch
	var from, to ledger.Seq
	err = tx.QueryRow(`
		SELECT p.terminal, p.epoch, p.branch, coalesce(c.seq, 0), p.seq
		FROM projected p
		LEFT JOIN counted c ON c.terminal = p.terminal AND c.epoch = p.epoch AND c.branch = p.branch
		WHERE p.seq > coalesce(c.seq, 0)
		ORDER BY p.terminal, p.epoch, p.branch
		LIMIT 1`).Scan(&b.terminal, &b.epoch, &b.branch, &from, &to)
	if b.terminal.IsZero() || err != nil {
		return false, records.OrNone(err)
	}
	told, last, err := posted(tx, b, from, to)
	if err != nil {
		return false, fmt.Errorf("count what is projected: %w", err)
	}
	if err := addToDays(tx, told); err != nil {
		return false, err
	}
	return true, tx.ExecMany(writeCounted, [][]any{{b.terminal, b.epoch, b.branch, last}})
}

// came is an entry that came in, and where.
type came struct {
	at    ledger.Place
	entry *ledger.Entry
}

// posted reads the next entries of a branch, up to where it is to be read, that stand
// in a ledger by the place they have here; last is how far it looked.
func posted(tx *database.Tx, b branch, from, to ledger.Seq) (told []entry, last ledger.Seq, err error) {
	all, last, err := readCame(tx, b, from, to)
	if err != nil {
		return nil, 0, err
	}
	holders, err := holdersOf(tx, all)
	if err != nil {
		return nil, 0, err
	}
	decided, err := decisionsOf(tx, all, holders)
	if err != nil {
		return nil, 0, err
	}
	for _, c := range all {
		if d := decided[c.entry.ID]; d != nil && d.Place != nil && *d.Place == c.at && d.Counts() {
			told = append(told, entry{b.terminal, c.entry, d.At})
		}
	}
	return told, last, nil
}

// readCame reads the next entries of a branch that may count.
func readCame(tx *database.Tx, b branch, from, to ledger.Seq) (all []came, last ledger.Seq, err error) {
	rows, err := tx.Query(`
		SELECT seq, body
		FROM intake
		WHERE terminal = $1 AND epoch = $2 AND branch = $3 AND seq > $4 AND seq <= $5
		ORDER BY seq
		LIMIT $6`, b.terminal, b.epoch, b.branch, from, to, atOnce)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	last = to // where nothing is left
	for n := 1; rows.Next(); n++ {
		c := came{at: ledger.Place{Terminal: b.terminal, Epoch: b.epoch, Branch: b.branch}}
		var body []byte
		if err := rows.Scan(&c.at.Seq, &body); err != nil {
			return nil, 0, err
		}
		if n == atOnce {
			last = c.at.Seq
		}
		if c.entry, err = ledger.Decode(body); err != nil || c.entry.Day == "" {
			continue // what cannot be read is posted nowhere
		}
		all = append(all, c)
	}
	return all, last, rows.Close()
}

var (
	findHolders = database.Many{Head: `
		SELECT entry, account
		FROM claim_entry
		WHERE account IS NOT NULL AND entry IN (VALUES`, Tail: `)`}
	findDecisions = database.Many{Head: `
		SELECT decided
		FROM ledger
		WHERE (account, entry) IN (VALUES`, Tail: `)`}
)

// holdersOf are whose ledgers entries were resolved to.
func holdersOf(tx *database.Tx, all []came) (map[ledger.EntryID]books.Holder, error) {
	list := make([][]any, len(all))
	for i, c := range all {
		list[i] = []any{c.entry.ID}
	}
	holders := map[ledger.EntryID]books.Holder{}
	err := tx.QueryMany(findHolders, list, func(rows *database.Rows) error {
		var id ledger.EntryID
		var of books.Holder
		if err := rows.Scan(&id, &of); err != nil {
			return err
		}
		holders[id] = of
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up whose entries are: %w", err)
	}
	return holders, nil
}

// decisionsOf are what ledgers have of entries. A sale that stood by itself stays in
// its own ledger, also while it is on its way to her account.
func decisionsOf(tx *database.Tx, all []came, holders map[ledger.EntryID]books.Holder) (map[ledger.EntryID]*books.Decision, error) {
	var list [][]any
	for id, of := range holders {
		list = append(list, []any{of, id})
	}
	for _, c := range all {
		of := books.HolderOfSale(c.entry.ID)
		if _, alone := c.entry.Subject.Sale(); alone && holders[c.entry.ID] != of && holders[c.entry.ID] != "" {
			list = append(list, []any{of, c.entry.ID})
		}
	}
	decided := map[ledger.EntryID]*books.Decision{}
	err := tx.QueryMany(findDecisions, list, func(rows *database.Rows) error {
		var text []byte
		if err := rows.Scan(&text); err != nil {
			return err
		}
		d, err := books.ReadDecision(text)
		if err != nil {
			return fmt.Errorf("read decision: %w", err)
		}
		if have := decided[d.Entry]; have == nil || !have.Counts() {
			decided[d.Entry] = d
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look up what was posted: %w", err)
	}
	return decided, nil
}
