// Package databasetest is what every engine of package database must do, as
// tests over one that is given.
package databasetest

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Columns is the one table that an engine's Open must have made, but for the
// engine's own words: Integer, Text and Blob.
//
//	CREATE TABLE thing (
//	  name  Text PRIMARY KEY,
//	  count Integer NOT NULL CHECK (count >= 0),
//	  note  Text,
//	  data  Blob
//	)
//
// Open gives a new database each time.
type Open func(t *testing.T) database.DB

// Run tests an engine.
func Run(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, database.DB){
		"values":       values,
		"many":         many,
		"many first":   manyFirst,
		"many typed":   manyTyped,
		"each":         each,
		"sent ahead":   sentAhead,
		"fails ahead":  failsAhead,
		"undone":       undone,
		"after commit": afterCommit,
		"snapshot":     snapshot,
		"read only":    readOnly,
		"interleaved":  interleaved,
		"savepoint":    savepoint,
		"first wins":   firstWins,
		"over":         over,
		"cancelled":    cancelled,
		"order":        order,
		"lost updates": lostUpdates,
		"next number":  nextNumber,
		"write skew":   writeSkew,
		"closed":       closed,
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			t.Cleanup(func() { db.Close() })
			test(t, db)
		})
	}
}

const insert = `INSERT INTO thing (name, count, note, data) VALUES ($1, $2, $3, $4)`

func update(t *testing.T, db database.DB, fn func(*database.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, db database.DB, fn func(*database.Tx) error) {
	t.Helper()
	if err := db.View(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, db database.DB, name string, count int64) {
	t.Helper()
	update(t, db, func(tx *database.Tx) error {
		_, err := tx.Exec(insert, name, count, nil, nil)
		return err
	})
}

func names(t *testing.T, db database.DB) (all []string) {
	t.Helper()
	view(t, db, func(tx *database.Tx) (err error) {
		all, err = readNames(tx)
		return err
	})
	return all
}

func readNames(tx *database.Tx) ([]string, error) {
	rows, err := tx.Query(`SELECT name FROM thing ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, rows.Err()
}

func want(t *testing.T, have []string, want ...string) {
	t.Helper()
	if !slices.Equal(have, want) {
		t.Errorf("have %q, want %q", have, want)
	}
}

type word string

type points int64

// What goes in comes out, by whichever type of the program it is asked for.
func values(t *testing.T, db database.DB) {
	update(t, db, func(tx *database.Tx) error {
		if _, err := tx.Exec(insert, word("one"), points(1<<60), nil, []byte{0, 1, 255}); err != nil {
			return err
		}
		_, err := tx.Exec(insert, "two", true, "İğ\U0001f600", []byte{})
		return err
	})
	view(t, db, func(tx *database.Tx) error {
		var name word
		var count points
		var wide uint64
		var note sql.NullString
		var data []byte
		err := tx.QueryRow(`SELECT name, count, count, note, data FROM thing WHERE name = $1`, word("one")).
			Scan(&name, &count, &wide, &note, &data)
		if err != nil {
			return err
		}
		if name != "one" || count != 1<<60 || wide != 1<<60 || note.Valid || !slices.Equal(data, []byte{0, 1, 255}) {
			t.Errorf("one: %q %d %d %v %v", name, count, wide, note, data)
		}
		var is, there bool
		var text string
		err = tx.QueryRow(`SELECT count, note IS NOT NULL, note, data FROM thing WHERE name = 'two'`).Scan(&is, &there, &text, &data)
		if err != nil {
			return err
		}
		if !is || !there || text != "İğ\U0001f600" || data == nil || len(data) != 0 {
			t.Errorf("two: %v %v %q %v", is, there, text, data)
		}
		var all, sum, one int64
		err = tx.QueryRow(`SELECT count(*), coalesce(sum(count), 0), 1 FROM thing`).Scan(&all, &sum, &one)
		if err != nil {
			return err
		}
		if all != 2 || sum != 1<<60+1 || one != 1 {
			t.Errorf("sums: %d %d %d", all, sum, one)
		}
		var small int8
		if err := tx.QueryRow(`SELECT count FROM thing WHERE name = 'one'`).Scan(&small); err == nil {
			t.Error("a number that is too large was cut to fit")
		}
		if err := tx.QueryRow(`SELECT note FROM thing WHERE name = 'one'`).Scan(&text); err == nil {
			t.Error("NULL was taken for a text")
		}
		whatever := any("something")
		if err := tx.QueryRow(`SELECT note FROM thing WHERE name = 'one'`).Scan(&whatever); err != nil || whatever != nil {
			t.Errorf("NULL is %v, %v where anything may be", whatever, err)
		}
		if err := tx.QueryRow(`SELECT name FROM thing WHERE name = 'none'`).Scan(&text); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("no row: %v", err)
		}
		return nil
	})
}

// The order of texts is that of their bytes, whatever language the server
// speaks: "a" comes after "Z", and "ä" after both.
func order(t *testing.T, db database.DB) {
	for _, name := range []string{"b", "Z", "ä", "a", "a-b", "ab"} {
		add(t, db, name, 0)
	}
	want(t, names(t, db), "Z", "a", "a-b", "ab", "b", "ä")
}

// The first to claim a key has it, and a later one hears so.
func firstWins(t *testing.T, db database.DB) {
	for i, first := range []int64{1, 0} {
		update(t, db, func(tx *database.Tx) error {
			result, err := tx.Exec(`
				INSERT INTO thing (name, count, note, data)
				VALUES ($1, $2, $3, $4)
				ON CONFLICT (name) DO NOTHING`, "claim", i, nil, nil)
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n != first {
				t.Errorf("claim %d: %d rows, %v", i, n, err)
			}
			return nil
		})
	}
}
