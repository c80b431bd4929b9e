package hq

import (
	"encoding/json"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// feedWriter writes rows of one store's feed, in one transaction with the
// store's position: they are collected first, so that the versions which the feed
// has are read by one statement, and what is new is written by one.
type feedWriter struct {
	tx       *database.Tx
	store    records.Store
	tills    tills
	now      ledger.Millis
	position ledger.Position
	feed     feedRows
	// apart are rows that tills of the release before would not understand.
	apart feedRows
	// pins are those that tell of PINs.
	pins feedRows
	// days are those that tell of business days.
	days feedRows
}

// feedRows are rows to be told, in the order in which they get their positions.
type feedRows []feedRow

type feedRow struct {
	version uint64
	change  ledger.Change
	// ended says that it tells nothing to whoever was not told before.
	ended bool
	// until is until when an account's row tells all of it; says is not 0 of one that
	// tells what the directory has, and then a hash of that.
	until ledger.Millis
	says  int64
}

// toldRow is a row as the feed has it; the zero value where it has none.
type toldRow struct {
	version uint64
	says    int64
}

// newer reports whether a row is to be told to whoever was told another. One of the
// same version is where the store joined or left those who are told all of it.
func (r *feedRow) newer(than toldRow) bool {
	switch {
	case than == (toldRow{}):
		return !r.ended
	case than.version == r.version:
		return than.says != r.says
	}
	return r.version > than.version && (r.says == 0 || r.says != than.says)
}

// rowKey is a row of a store's feed.
type rowKey struct {
	kind ledger.ChangeKind
	key  string
}

func (w *feedWriter) put(version uint64, change ledger.Change) {
	w.feed = append(w.feed, feedRow{version: version, change: change})
}

// feedTable is a table that has a feed's rows. Until when a row tells all and what it says
// are columns of each, though there are tables in which they are always NULL: so all are
// read and written by the same statements.
type feedTable struct{ told, tell database.Many }

func tableOf(name string) feedTable {
	return feedTable{
		told: database.Many{Head: `
			SELECT kind, key, version, coalesce(says, 0)
			FROM ` + name + `
			WHERE (store, kind, key) IN (VALUES`, Tail: `)`},
		tell: database.Many{Head: `
			INSERT INTO ` + name + ` (store, kind, key, version, position, change, whole_until_ms, says)
			VALUES`, Tail: `
			ON CONFLICT (store, kind, key) DO UPDATE
			SET version = excluded.version, position = excluded.position, change = excluded.change,
			    whole_until_ms = excluded.whole_until_ms, says = excluded.says`},
	}
}

var inFeed, inApart, inPINs, inDays = tableOf("feed"), tableOf("feed_apart"), tableOf("feed_pin"), tableOf("feed_day")

// flush writes the rows that were collected and moves the store's position past
// them.
func (w *feedWriter) flush() error {
	err := w.tx.QueryRow(`SELECT position FROM store WHERE store = $1`, w.store.ID).Scan(&w.position)
	if err != nil {
		return fmt.Errorf("read position: %w", err)
	}
	before := w.position
	for _, part := range []struct {
		rows  feedRows
		table feedTable
	}{{w.apart, inApart}, {w.pins, inPINs}, {w.days, inDays}, {w.feed, inFeed}} {
		if err := w.writeRows(part.rows, part.table); err != nil {
			return fmt.Errorf("write feed rows: %w", err)
		}
	}
	if w.position == before {
		return nil
	}
	_, err = w.tx.Exec(`UPDATE store SET position = $1 WHERE store = $2`, w.position, w.store.ID)
	return err
}

// writeRows writes each row at the feed's next position, unless the feed has the
// same or a later version of it.
func (w *feedWriter) writeRows(all feedRows, in feedTable) error {
	have, err := w.versions(all, in.told)
	if err != nil {
		return err
	}
	at, rows := map[rowKey]int{}, [][]any{}
	for i := range all {
		r := &all[i]
		key := rowKey{r.change.Kind, r.change.Key}
		if !r.newer(have[key]) {
			continue
		}
		have[key] = toldRow{r.version, r.says}
		w.position++
		r.change.Position = w.position
		text, err := json.Marshal(&r.change)
		if err != nil {
			return fmt.Errorf("encode: %w", err)
		}
		row := []any{w.store.ID, key.kind, key.key, r.version, w.position, text, some(int64(r.until)), some(r.says)}
		if n, twice := at[key]; twice {
			rows[n] = row
			continue
		}
		at[key] = len(rows)
		rows = append(rows, row)
	}
	return w.tx.ExecMany(in.tell, rows)
}

// versions are those that the feed has of rows.
func (w *feedWriter) versions(all feedRows, told database.Many) (map[rowKey]toldRow, error) {
	list := make([][]any, len(all))
	for i, r := range all {
		list[i] = []any{w.store.ID, r.change.Kind, r.change.Key}
	}
	have := map[rowKey]toldRow{}
	return have, w.tx.QueryMany(told, list, func(rows *database.Rows) error {
		var key rowKey
		var stands toldRow
		if err := rows.Scan(&key.kind, &key.key, &stands.version, &stands.says); err != nil {
			return err
		}
		have[key] = stands
		return nil
	})
}

// some is a number that is there where it is not 0.
func some(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}
