package databasetest

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// What fails leaves nothing, and its error comes back as it is: an error, a
// panic, a context that ended.
func undone(t *testing.T, db database.DB) {
	mine := errors.New("mine")
	write := func(tx *database.Tx) {
		if _, err := tx.Exec(insert, "gone", 1, nil, nil); err != nil {
			t.Error(err)
		}
	}
	if err := db.Update(context.Background(), func(tx *database.Tx) error { write(tx); return mine }); err != mine {
		t.Errorf("error came back as %v", err)
	}
	func() {
		defer func() {
			if recover() != "on" {
				t.Error("the panic did not go on")
			}
		}()
		db.Update(context.Background(), func(tx *database.Tx) error { write(tx); panic("on") })
	}()
	ctx, cancel := context.WithCancel(context.Background())
	if err := db.Update(ctx, func(tx *database.Tx) error { write(tx); cancel(); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %v", err)
	}
	want(t, names(t, db))
	add(t, db, "next", 1)
	want(t, names(t, db), "next")
}

// What waits for the commit is done once, and only for what was kept.
func afterCommit(t *testing.T, db database.DB) {
	done := 0
	tell := func(result error) func(tx *database.Tx) error {
		return func(tx *database.Tx) error {
			tx.AfterCommit(func() { done++ })
			return result
		}
	}
	mine := errors.New("mine")
	if err := db.Update(context.Background(), tell(mine)); err != mine || done != 0 {
		t.Errorf("after a failed one it was done %d times (%v)", done, err)
	}
	update(t, db, tell(nil))
	if done != 1 {
		t.Errorf("it was done %d times", done)
	}
}

// All queries of a View see one state, whatever is committed meanwhile.
func snapshot(t *testing.T, db database.DB) {
	add(t, db, "before", 1)
	view(t, db, func(tx *database.Tx) error {
		first, err := readNames(tx)
		if err != nil {
			return err
		}
		add(t, db, "later", 1)
		second, err := readNames(tx)
		want(t, first, "before")
		want(t, second, "before")
		return err
	})
	want(t, names(t, db), "before", "later")
}

// Nothing is written in a View, whichever way it is tried, and that says
// nothing of the server or the disk.
func readOnly(t *testing.T, db database.DB) {
	err := db.View(context.Background(), func(tx *database.Tx) error {
		_, err := tx.Exec(insert, "x", 1, nil, nil)
		return err
	})
	if err == nil {
		t.Error("a View took an Exec")
	}
	err = db.View(context.Background(), func(tx *database.Tx) error {
		rows, err := tx.Query(`INSERT INTO thing (name, count) VALUES ('x', 1) RETURNING name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
		}
		return rows.Err()
	})
	if err == nil {
		t.Error("a View took an INSERT")
	}
	if errors.Is(err, database.ErrStorage) {
		t.Errorf("a View that writes is no failure of storage: %v", err)
	}
	want(t, names(t, db))
}

// A statement runs while rows of another, or of the same text, are read.
func interleaved(t *testing.T, db database.DB) {
	add(t, db, "a", 1)
	add(t, db, "b", 2)
	update(t, db, func(tx *database.Tx) error {
		rows, err := tx.Query(`SELECT name FROM thing ORDER BY name`)
		if err != nil {
			return err
		}
		defer rows.Close()
		var seen []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			seen = append(seen, name)
			if _, err := tx.Exec(`UPDATE thing SET count = count + $1 WHERE name = $2`, 10, name); err != nil {
				return err
			}
			all, err := readNames(tx)
			if err != nil {
				return err
			}
			want(t, all, "a", "b")
		}
		want(t, seen, "a", "b")
		return rows.Err()
	})
	view(t, db, func(tx *database.Tx) error {
		var sum int
		err := tx.QueryRow(`SELECT sum(count) FROM thing`).Scan(&sum)
		if sum != 23 {
			t.Errorf("sum %d", sum)
		}
		return err
	})
}

// What a constraint refuses is undone alone behind a savepoint, and is no
// failure of storage.
func savepoint(t *testing.T, db database.DB) {
	update(t, db, func(tx *database.Tx) error {
		for _, item := range []struct {
			name  string
			count int
		}{{"good", 1}, {"bad", -1}, {"good", 2}, {"better", 3}} {
			if _, err := tx.Exec(`SAVEPOINT item`); err != nil {
				return err
			}
			if _, err := tx.Exec(insert, item.name, item.count, nil, nil); err != nil {
				if errors.Is(err, database.ErrStorage) { // it may be another's doing, and runs again
					return err
				}
				if _, err := tx.Exec(`ROLLBACK TO item`); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(`RELEASE item`); err != nil {
				return err
			}
		}
		return nil
	})
	want(t, names(t, db), "better", "good")
}

// A transaction that has ended takes nothing.
func over(t *testing.T, db database.DB) {
	var late *database.Tx
	update(t, db, func(tx *database.Tx) error { late = tx; return nil })
	if _, err := late.Exec(insert, "late", 1, nil, nil); err == nil {
		t.Error("a transaction that has ended took a statement")
	}
	want(t, names(t, db))
}

// A context that has ended begins nothing.
func cancelled(t *testing.T, db database.DB) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	never := func(*database.Tx) error { t.Error("it ran"); return nil }
	if err := db.Update(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("update: %v", err)
	}
	if err := db.View(ctx, never); !errors.Is(err, context.Canceled) {
		t.Errorf("view: %v", err)
	}
}

// A closed database says so, and may be closed again.
func closed(t *testing.T, db database.DB) {
	for range 2 {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func(*database.Tx) error { return nil }
	if err := db.Update(context.Background(), nothing); !errors.Is(err, database.ErrClosed) {
		t.Errorf("update: %v", err)
	}
	if err := db.View(context.Background(), nothing); !errors.Is(err, database.ErrClosed) {
		t.Errorf("view: %v", err)
	}
}
