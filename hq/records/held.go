package records

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// isHeldRow are rows of a ledger h of what is held and nobody released: the ledger
// of such an entry has one row, and a second one once it is.
const isHeldRow = `h.verdict <> 'posted' AND h.verdict = 'held'
	AND NOT EXISTS (SELECT 1 FROM ledger r WHERE r.account = h.account AND r.n = 2 AND h.account LIKE 'held:%')`

// CountHeld counts the entries that stand held.
const CountHeld = `SELECT count(*) FROM ledger h WHERE ` + isHeldRow

// HeldEntry is an entry that stands held, and where.
type HeldEntry struct {
	Holder books.Holder
	Place  ledger.Place
	Entry  *ledger.Entry
}

// ReadHeld returns those of a terminal.
func ReadHeld(tx *database.Tx, id ledger.TerminalID) (all []HeldEntry, err error) {
	rows, err := tx.Query(`
		SELECT h.account, h.decided
		FROM ledger h
		WHERE h.terminal = $1 AND h.account LIKE 'held:%' AND `+isHeldRow+`
		ORDER BY h.account`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e HeldEntry
		var decided []byte
		if err := rows.Scan(&e.Holder, &decided); err != nil {
			return nil, err
		}
		d, err := books.ReadDecision(decided)
		if err != nil {
			return nil, fmt.Errorf("read decision: %w", err)
		}
		body, err := BodyOf(tx, e.Holder, d)
		if err != nil {
			return nil, err
		}
		if e.Entry, err = ledger.Decode(body); err != nil {
			return nil, fmt.Errorf("read entry %s: %w", d.Entry, err)
		}
		e.Place = *d.Place
		all = append(all, e)
	}
	return all, rows.Err()
}

// HeldBy counts entries that stand held, by terminal.
func HeldBy(tx *database.Tx) (map[ledger.TerminalID]int, error) {
	rows, err := tx.Query(`
		SELECT h.terminal, count(*)
		FROM ledger h
		WHERE ` + isHeldRow + `
		GROUP BY h.terminal`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	held := map[ledger.TerminalID]int{}
	for rows.Next() {
		var id ledger.TerminalID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		held[id] = n
	}
	return held, rows.Err()
}
