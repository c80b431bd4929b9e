package sqlitedb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// An error of the function undoes its work and comes back as it was.
func TestFunctionErrorRollsBack(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	mine := errors.New("no")
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := insert(tx, 1); err != nil {
			t.Fatal(err)
		}
		return mine
	})
	if err != mine {
		t.Errorf("got %v", err)
	}
	add(t, db, 2)
	if got := count(t, db); got != 1 {
		t.Errorf("%d entries", got)
	}
}

// A panic undoes the work, goes on, and leaves the database usable.
func TestPanicRollsBack(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	func() {
		defer func() {
			if recover() != "boom" {
				t.Error("panic was swallowed")
			}
		}()
		db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
			if err := insert(tx, 1); err != nil {
				t.Fatal(err)
			}
			panic("boom")
		})
	}()
	func() {
		defer func() { recover() }()
		db.View(t.Context(), func(*sqlitedb.Tx) error { panic("boom") })
	}()
	add(t, db, 2)
	if got := count(t, db); got != 1 {
		t.Errorf("%d entries", got)
	}
}

// A context cancelled between two statements leaves neither of them behind.
func TestCancelledMidway(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	ctx, cancel := context.WithCancel(t.Context())
	err := db.Update(ctx, func(tx *sqlitedb.Tx) error {
		if err := insert(tx, 1); err != nil {
			return err
		}
		cancel()
		return insert(tx, 2)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := count(t, db); got != 0 {
		t.Errorf("%d entries", got)
	}
}

// A cancelled context ends a scan between rows.
func TestCancelledScan(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	add(t, db, 2)
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := db.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("SELECT seq FROM entry")
		if err != nil {
			return err
		}
		for rows.Next() {
			seen++
			cancel()
		}
		return rows.Err()
	})
	if !errors.Is(err, context.Canceled) || seen != 1 {
		t.Errorf("saw %d rows, then %v", seen, err)
	}
}

// Rows of one query text may be open twice at once; each goes its own way.
func TestSameQueryNested(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	for seq := 1; seq <= 3; seq++ {
		add(t, db, seq)
	}
	var got []string
	for range 2 { // the second time from the kept statements
		got = nil
		err := db.View(t.Context(), func(tx *sqlitedb.Tx) error {
			return each(tx, func(outer int) error {
				return each(tx, func(inner int) error {
					got = append(got, fmt.Sprint(outer, inner))
					return nil
				})
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"1 1", "1 2", "1 3", "2 1", "2 2", "2 3", "3 1", "3 2", "3 3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func each(tx *sqlitedb.Tx, fn func(int) error) error {
	rows, err := tx.Query("SELECT seq FROM entry ORDER BY seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		if err := fn(seq); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Rows that were not closed hold nothing after their transaction, which is
// what a checkpoint of everything needs.
func TestForgottenRows(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	add(t, db, 2)
	forget := func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query("SELECT seq FROM entry")
		if err != nil {
			return err
		}
		rows.Next()
		return nil
	}
	if err := db.View(t.Context(), forget); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), forget); err != nil {
		t.Fatal(err)
	}
	if err := db.Reopen(t.Context()); err != nil {
		t.Error(err)
	}
}

// A statement after SQLite itself ended the transaction would be committed
// alone: it is refused, even when the function looks away.
func TestNothingRunsAfterSQLiteRolledBack(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := insert(tx, 2); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT OR ROLLBACK INTO entry (seq, body) VALUES (1, x'')"); err == nil {
			t.Error("duplicate accepted")
		}
		insert(tx, 3)
		return nil
	})
	if err == nil || errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("got %v", err)
	}
	add(t, db, 4)
	if got := count(t, db); got != 2 {
		t.Errorf("%d entries", got)
	}
}

// A constraint undoes its statement only, and breaks nothing.
func TestConstraintIsNoStorageError(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := insert(tx, 1); err != nil {
			return err
		}
		if err := insert(tx, 1); err == nil || errors.Is(err, sqlitedb.ErrStorage) {
			t.Errorf("duplicate: %v", err)
		}
		_, err := tx.Exec("DELETE FROM entry")
		if err == nil {
			t.Error("deleted")
		}
		return insert(tx, 2)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := count(t, db); got != 2 {
		t.Errorf("%d entries", got)
	}
}

func TestRefusesMisuse(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	var late *sqlitedb.Tx
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		late = tx
		_, err := tx.Exec("DELETE FROM balance; DELETE FROM balance")
		return err
	})
	if err == nil {
		t.Error("two statements in one call")
	}
	if err := insert(late, 1); err == nil {
		t.Error("exec after the transaction")
	}
	err = db.View(t.Context(), func(tx *sqlitedb.Tx) error { return insert(tx, 1) })
	if err == nil {
		t.Error("exec in a read transaction")
	}
	err = db.View(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("INSERT INTO entry (seq, body) VALUES (9, x'') RETURNING seq").Scan(new(int))
	})
	if err == nil || errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("write through a reader: %v", err)
	}
	err = db.View(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT seq FROM entry").Scan(new(int))
	})
	if !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("no row: %v", err)
	}
	add(t, db, 1)
}

// Writers take turns, readers see whole transactions only.
func TestConcurrentUse(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	const writers, rounds = 4, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range rounds {
				first := 2 * (w*rounds + i)
				err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
					return errors.Join(insert(tx, first), insert(tx, first+1))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range rounds {
				var n int
				err := db.View(t.Context(), func(tx *sqlitedb.Tx) error {
					return tx.QueryRow("SELECT count(*) FROM entry").Scan(&n)
				})
				if err != nil || n%2 != 0 {
					t.Errorf("%d entries, %v", n, err)
				}
			}
		})
	}
	wg.Wait()
	if got := count(t, db); got != 2*writers*rounds {
		t.Errorf("%d entries", got)
	}
}
