// Package totals adds up what tills told of their business days, once per entry, when
// it is posted, and gives each store what its tills told of a day.
//
// A till's days stand by the till, as its journal does, with how far that is counted:
// all of it is one key's. A store's day is the sum of its tills'.
package totals

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// mostBytes bounds about what a till's day takes: no till of ours tells of so many units.
// perName is what each takes beside its name.
const (
	mostBytes = 64 << 10
	perName   = 256
)

// entry is what counts of an entry: once it is posted, by the place that its ledger has
// it from.
type entry struct {
	terminal ledger.TerminalID
	entry    *ledger.Entry
	at       ledger.Millis // when it took effect
}

// toldBy is what counts of an item; ok says whether it is anything.
func toldBy(it *books.Item) (t entry, ok bool) {
	if it.Passed != "" || !it.Counts || it.Entry.Day == "" {
		return t, false
	}
	return entry{it.Place.Terminal, it.Entry, it.Effective()}, true
}

// key is a till's day.
type key struct {
	terminal ledger.TerminalID
	day      ledger.Date
}

var (
	readDays = database.Many{Head: `
		SELECT terminal, business_day_date, version, totals
		FROM till_day
		WHERE (terminal, business_day_date) IN (VALUES`, Tail: `)`}
	writeDays = database.Many{Head: `
		INSERT INTO till_day (terminal, business_day_date, version, totals)
		VALUES`, Tail: `
		ON CONFLICT (terminal, business_day_date) DO UPDATE
		SET version = excluded.version, totals = excluded.totals`}
	markDays = database.Many{Head: `
		INSERT INTO till_day_dirty (terminal, business_day_date, version)
		VALUES`, Tail: `
		ON CONFLICT (terminal, business_day_date) DO UPDATE
		SET version = excluded.version`}
)

// addToDays counts entries in the days of their tills, and marks these for their stores.
// Whoever calls sees to it that each is counted once.
func addToDays(tx *database.Tx, all []entry) error {
	if len(all) == 0 {
		return nil
	}
	told, keys := map[key][]entry{}, []key{}
	for _, t := range all {
		k := key{t.terminal, t.entry.Day}
		if told[k] == nil {
			keys = append(keys, k)
		}
		told[k] = append(told[k], t)
	}
	have, err := read(tx, keys)
	if err != nil {
		return err
	}
	return write(tx, keys, func(k key) (row, error) {
		r := have[k]
		r.version++
		if r.version > 1 && r.text == nil {
			return r, nil // it did not fit before, or could not be read
		}
		text, err := add(r.text, told[k])
		r.text = text
		return r, err
	})
}

// row is a till's day as it is kept: text is nil where it does not fit, or where nobody
// could read what it was.
type row struct {
	version uint64
	text    []byte
}

func read(tx *database.Tx, keys []key) (map[key]row, error) {
	list := make([][]any, len(keys))
	for i, k := range keys {
		list[i] = []any{k.terminal, k.day}
	}
	have := map[key]row{}
	err := tx.QueryMany(readDays, list, func(rows *database.Rows) error {
		var k key
		var r row
		if err := rows.Scan(&k.terminal, &k.day, &r.version, &r.text); err != nil {
			return err
		}
		have[k] = r
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read days of tills: %w", err)
	}
	return have, nil
}

func write(tx *database.Tx, keys []key, make func(key) (row, error)) error {
	var days, marks [][]any
	for _, k := range keys {
		r, err := make(k)
		if err != nil {
			return fmt.Errorf("day %s of %s: %w", k.day, k.terminal, err)
		}
		days = append(days, []any{k.terminal, k.day, r.version, r.text})
		marks = append(marks, []any{k.terminal, k.day, r.version})
	}
	if err := tx.ExecMany(writeDays, days); err != nil {
		return fmt.Errorf("write days of tills: %w", err)
	}
	if err := tx.ExecMany(markDays, marks); err != nil {
		return fmt.Errorf("mark days of tills: %w", err)
	}
	return nil
}

// add is what totals come to with more; nil where that does not fit, or they cannot be
// read.
func add(text []byte, more []entry) ([]byte, error) {
	a := report.NewAdding()
	if text != nil {
		if err := addKept(a, text); err != nil {
			return nil, unlessUnfit(err)
		}
	}
	for _, t := range more {
		if err := a.Entry(t.entry, t.at); err != nil {
			return nil, unlessUnfit(err)
		}
	}
	return encode(a)
}

// encode writes what is added up; nil where it does not fit. Amounts and names only
// become more, so what does not fit would with nothing more, nor in another order.
func encode(a *report.Adding) ([]byte, error) {
	sum, err := a.Sum()
	if err != nil {
		return nil, unlessUnfit(err)
	}
	size := 0
	for _, u := range sum.Units {
		size += perName + len(u.Program) + len(u.Unit)
	}
	for _, g := range sum.Given {
		size += perName + len(g.To) + len(g.Reward)
	}
	if size += perName * len(sum.Money); size > mostBytes {
		return nil, nil
	}
	return json.Marshal(sum)
}

// errUnread says that nobody can read what was added up.
var errUnread = errors.New("what was added up cannot be read")

// unlessUnfit takes what does not fit, or cannot be read, for nothing: the store is told
// that much, and `hq rebuild` makes the day anew of its entries, which are all there. It
// holds up neither them nor what other stores are told.
func unlessUnfit(err error) error {
	if errors.Is(err, ledger.ErrOverflow) || errors.Is(err, errUnread) {
		return nil
	}
	return err
}

// addKept adds totals as they are kept.
func addKept(a *report.Adding, text []byte) error {
	var t report.Totals
	if err := json.Unmarshal(text, &t); err != nil {
		return errUnread
	}
	return a.Totals(t)
}
