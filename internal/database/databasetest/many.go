package databasetest

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

var (
	addMany = database.Many{Head: `
		INSERT INTO thing (name, count, note, data)
		VALUES`, Tail: `
		ON CONFLICT (name) DO UPDATE SET count = excluded.count`}
	addNew = database.Many{Head: `
		INSERT INTO thing (name, count)
		VALUES`, Tail: `
		ON CONFLICT (name) DO NOTHING`}
	counts = database.Many{Head: `
		SELECT name, count FROM thing
		WHERE name IN (VALUES`, Tail: `)`}
	noted = database.Many{Head: `
		SELECT name FROM thing
		WHERE (count, data) IN (VALUES`, Tail: `)`}
	raise = database.Many{Head: `
		UPDATE thing SET count = count + 1000
		WHERE name IN (VALUES`, Tail: `)`}
)

// A statement over a list does what it would do for each, however long the list is.
func many(t *testing.T, db database.DB) {
	for _, size := range []int{0, 1, 2, 3, 255, 256, 257, 700} {
		update(t, db, func(tx *database.Tx) error {
			if _, err := tx.Exec(`DELETE FROM thing`); err != nil {
				return err
			}
			var rows, list [][]any
			for i := range size {
				rows = append(rows, []any{word(fmt.Sprint("thing ", i)), points(i), nil, []byte{1}})
				list = append(list, []any{fmt.Sprint("thing ", i)})
			}
			list = append(list, []any{"none"})
			for range 2 { // the second changes what the first made
				if err := tx.ExecMany(addMany, rows); err != nil {
					return err
				}
			}
			if err := tx.ExecMany(raise, list); err != nil {
				return err
			}
			found, sum := 0, 0
			err := tx.QueryMany(counts, list, func(rows *database.Rows) error {
				var name string
				var count int
				found++
				err := rows.Scan(&name, &count)
				sum += count - 1000
				return err
			})
			if found != size || sum != size*(size-1)/2 {
				t.Errorf("of %d: found %d, which sum up to %d", size, found, sum)
			}
			return err
		})
	}
}

// What is looked for in a list may be of any type.
func manyTyped(t *testing.T, db database.DB) {
	for _, size := range []int{1, 2, 257} {
		update(t, db, func(tx *database.Tx) error {
			var rows, list [][]any
			for i := range size {
				data := []byte{byte(i), 0xff}
				rows = append(rows, []any{word(fmt.Sprint("typed ", i)), points(i), nil, data})
				list = append(list, []any{points(i), data}, []any{points(i), []byte{0xff}})
			}
			if err := tx.ExecMany(addMany, rows); err != nil {
				return err
			}
			found := 0
			err := tx.QueryMany(noted, list, func(*database.Rows) error { found++; return nil })
			if found != size {
				t.Errorf("of %d: found %d", size, found)
			}
			return err
		})
	}
}

// A statement that is run for each of rows is run in their order, and where one fails
// those before it stand only as long as nobody goes back behind them.
func each(t *testing.T, db database.DB) {
	add(t, db, "a", 0)
	for _, size := range []int{0, 1, 2, 700} {
		var rows [][]any
		for i := range size {
			rows = append(rows, []any{i, "a"})
		}
		update(t, db, func(tx *database.Tx) error {
			if err := tx.ExecEach(`UPDATE thing SET count = $1 WHERE name = $2`, rows); err != nil {
				return err
			}
			var count int
			err := tx.QueryRow(`SELECT count FROM thing`).Scan(&count)
			if count != max(0, size-1) {
				t.Errorf("of %d: the last set %d", size, count)
			}
			return err
		})
	}
	update(t, db, func(tx *database.Tx) error {
		if _, err := tx.Exec(`SAVEPOINT here`); err != nil {
			return err
		}
		if err := tx.ExecEach(`UPDATE thing SET count = $1 WHERE name = $2`, [][]any{{5, "a"}, {-1, "a"}, {6, "a"}}); err == nil {
			t.Error("a negative count was taken")
		}
		if _, err := tx.Exec(`ROLLBACK TO here`); err != nil {
			return err
		}
		var count int
		err := tx.QueryRow(`SELECT count FROM thing`).Scan(&count)
		if count != 699 {
			t.Errorf("it says %d behind the one that failed", count)
		}
		return err
	})
}

// Of the keys of a list those are counted that it was the first to have, each once,
// however long it is.
func manyFirst(t *testing.T, db database.DB) {
	add(t, db, "b", 1)
	for i, size := range []int{0, 1, 50, 700} {
		update(t, db, func(tx *database.Tx) error {
			first := fmt.Sprint("a", i)
			list := [][]any{{first, 1}, {"b", 2}, {fmt.Sprint("c", i), 3}, {first, 4}}
			for n := range size {
				list = append(list, []any{fmt.Sprint("thing ", i, n), n})
			}
			won, err := tx.CountMany(addNew, list)
			if won != int64(size)+2 {
				t.Errorf("%d were the first, want %d", won, size+2)
			}
			return err
		})
	}
}
