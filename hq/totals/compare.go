package totals

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

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

// Difference is a day of a till that is not what its entries add up to.
type Difference struct {
	Day   ledger.Date
	stood uint64 // version
	want  []byte
}

// Compare makes a till's days anew of its entries, as far as these are counted, and gives
// those that are different, in order. A day of which nothing is told may be there, and
// says so.
func Compare(tx *database.Tx, id ledger.TerminalID) (different []Difference, err error) {
	have, err := daysOf(tx, id)
	if err != nil {
		return nil, err
	}
	want, err := again(tx, id)
	if err != nil {
		return nil, fmt.Errorf("count entries of %s: %w", id, err)
	}
	for day := range have {
		if _, told := want[day]; !told {
			if want[day], err = encode(report.NewAdding()); err != nil {
				return nil, err
			}
		}
	}
	for day, text := range want {
		stands := have[day]
		if stands.version == 0 || !bytes.Equal(text, stands.text) || (text == nil) != (stands.text == nil) {
			different = append(different, Difference{day, stands.version, text})
		}
	}
	slices.SortFunc(different, func(a, b Difference) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return different, nil
}

// Mend writes days of a till as they are to be, and marks them for its store. Whoever
// calls sees to it that nothing was counted since they were compared. The version of one
// that is gone is above what it can have been.
func Mend(tx *database.Tx, id ledger.TerminalID, different []Difference, now ledger.Millis) error {
	var keys []key
	mended := map[key]row{}
	for _, d := range different {
		k, version := key{id, d.Day}, d.stood+1
		if version == 1 {
			version = uint64(now)
		}
		keys, mended[k] = append(keys, k), row{version, d.want}
	}
	return write(tx, keys, func(k key) (row, error) { return mended[k], nil })
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
			var told []entry
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
func addAll(days map[ledger.Date][]byte, all []entry) (err error) {
	told := map[ledger.Date][]entry{}
	for _, t := range all {
		told[t.entry.Day] = append(told[t.entry.Day], t)
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
