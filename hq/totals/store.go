package totals

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// Mark is a till's day of which its store is to be told.
type Mark struct {
	Terminal ledger.TerminalID
	Day      ledger.Date
	version  uint64
}

// Marks gives some of those there are.
func Marks(tx *database.Tx, most int) (all []Mark, err error) {
	rows, err := tx.Query(`
		SELECT terminal, business_day_date, version
		FROM till_day_dirty
		ORDER BY terminal, business_day_date
		LIMIT $1`, most)
	if err != nil {
		return nil, fmt.Errorf("read marks of days: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m Mark
		if err := rows.Scan(&m.Terminal, &m.Day, &m.version); err != nil {
			return nil, fmt.Errorf("read marks of days: %w", err)
		}
		all = append(all, m)
	}
	return all, rows.Close()
}

// Unmark takes marks away whose stores were told, at the version that was read.
func Unmark(tx *database.Tx, marks []Mark) error {
	rows := make([][]any, len(marks))
	for i, m := range marks {
		rows[i] = []any{m.Terminal, m.Day, m.version}
	}
	err := tx.ExecEach(`
		DELETE FROM till_day_dirty
		WHERE terminal = $1 AND business_day_date = $2 AND version = $3`, rows)
	if err != nil {
		return fmt.Errorf("take marks of days away: %w", err)
	}
	return nil
}

// OfStore adds up what tills of a store told of a day. Its version grows with each change
// of any of them.
func OfStore(tx *database.Tx, tills []ledger.TerminalID, day ledger.Date) (told *ledger.StoreDay, version uint64, err error) {
	keys := make([]key, len(tills))
	for i, id := range tills {
		keys[i] = key{id, day}
	}
	have, err := read(tx, keys)
	if err != nil {
		return nil, 0, err
	}
	told = &ledger.StoreDay{Day: day, Tills: len(have)}
	for _, r := range have {
		version += r.version
	}
	told.Totals, err = joined(have)
	return told, version, err
}

// joined is what tills' days come to; nil where it does not fit, or one cannot be read.
func joined(days map[key]row) ([]byte, error) {
	a := report.NewAdding()
	for _, r := range days {
		if r.text == nil {
			return nil, nil
		}
		if err := addKept(a, r.text); err != nil {
			return nil, unlessUnfit(err)
		}
	}
	return encode(a)
}
