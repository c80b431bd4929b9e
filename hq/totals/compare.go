package totals

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// Terminals gives those of which anything is counted.
func Terminals(tx *database.Tx) (all []ledger.TerminalID, err error) {
	rows, err := tx.Query(`
		SELECT terminal FROM counted
		UNION
		SELECT terminal FROM till_day
		ORDER BY terminal`)
	if err != nil {
		return nil, fmt.Errorf("read what is counted: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ledger.TerminalID
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read what is counted: %w", err)
		}
		all = append(all, id)
	}
	return all, rows.Close()
}

// Different gives the days of a till that are not what its entries add up to, as far as
// these are counted.
func Different(tx *database.Tx, id ledger.TerminalID) ([]ledger.Date, error) {
	days, _, _, err := compare(tx, id)
	return days, err
}

// Mend writes a till's days anew that are not what its entries add up to, and marks
// them for its store. The version of one that is gone is above what it can have been.
func Mend(tx *database.Tx, id ledger.TerminalID, now ledger.Millis) error {
	days, have, want, err := compare(tx, id)
	if err != nil {
		return err
	}
	var keys []key
	for _, day := range days {
		keys = append(keys, key{id, day})
	}
	return write(tx, keys, func(k key) (row, error) {
		version := have[k.day].version + 1
		if version == 1 {
			version = uint64(now)
		}
		return row{version, want[k.day]}, nil
	})
}

// compare reads a till's days and makes them anew. A day of which nothing is told may
// be there, and says so.
func compare(tx *database.Tx, id ledger.TerminalID) (different []ledger.Date, have map[ledger.Date]row, want map[ledger.Date][]byte, err error) {
	if have, err = daysOf(tx, id); err != nil {
		return nil, nil, nil, err
	}
	if want, err = again(tx, id); err != nil {
		return nil, nil, nil, fmt.Errorf("count entries of %s: %w", id, err)
	}
	for day := range have {
		if _, told := want[day]; !told {
			if want[day], err = encode(report.NewAdding()); err != nil {
				return nil, nil, nil, err
			}
		}
	}
	for day, text := range want {
		if stands := have[day]; stands.version == 0 || !bytes.Equal(text, stands.text) || (text == nil) != (stands.text == nil) {
			different = append(different, day)
		}
	}
	slices.Sort(different)
	return different, have, want, nil
}

// again makes a till's days of its entries.
func again(tx *database.Tx, id ledger.TerminalID) (map[ledger.Date][]byte, error) {
	counted, err := countedBy(tx, [][]any{{id}})
	if err != nil {
		return nil, err
	}
	days := map[ledger.Date][]byte{}
	for b, to := range counted {
		for from := ledger.Seq(0); from < to; {
			var told []Told
			if told, from, err = posted(tx, b, from, to); err != nil {
				return nil, err
			}
			if err := addAll(days, told); err != nil {
				return nil, err
			}
		}
	}
	return days, nil
}

// addAll adds entries to days.
func addAll(days map[ledger.Date][]byte, all []Told) (err error) {
	told := map[ledger.Date][]Told{}
	for _, t := range all {
		told[t.Entry.Day] = append(told[t.Entry.Day], t)
	}
	for day, some := range told {
		have, began := days[day]
		if began && have == nil {
			continue // it did not fit before
		}
		if days[day], err = add(have, some); err != nil {
			return err
		}
	}
	return nil
}

// daysOf are a till's days as they are kept.
func daysOf(tx *database.Tx, id ledger.TerminalID) (map[ledger.Date]row, error) {
	rows, err := tx.Query(`SELECT business_day_date, version, totals FROM till_day WHERE terminal = $1`, id)
	if err != nil {
		return nil, fmt.Errorf("read days of till: %w", err)
	}
	defer rows.Close()
	days := map[ledger.Date]row{}
	for rows.Next() {
		var day ledger.Date
		var r row
		if err := rows.Scan(&day, &r.version, &r.text); err != nil {
			return nil, fmt.Errorf("read days of till: %w", err)
		}
		days[day] = r
	}
	return days, rows.Close()
}
