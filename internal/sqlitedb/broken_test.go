package sqlitedb_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func refuses(t *testing.T, db *sqlitedb.DB) {
	t.Helper()
	err := db.Update(t.Context(), func(*sqlitedb.Tx) error {
		t.Error("a broken database ran a transaction")
		return nil
	})
	if !errors.Is(err, sqlitedb.ErrBroken) || !errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("broken database answered %v", err)
	}
}

// A full disk breaks writing, not reading, until the database is reopened.
func TestFullThenReopened(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := tx.QueryRow("PRAGMA max_page_count = 8").Scan(new(int)); err != nil {
			return err
		}
		if err := insert(tx, 2); err != nil {
			return err
		}
		_, err := tx.Exec("INSERT INTO entry (seq, body) VALUES (3, zeroblob(100000))")
		if !errors.Is(err, sqlitedb.ErrStorage) {
			t.Errorf("full: %v", err)
		}
		if err := insert(tx, 4); err == nil {
			t.Error("a statement ran after the transaction had ended")
		}
		return nil // the function looks away; Update must not
	})
	if !errors.Is(err, sqlitedb.ErrStorage) {
		t.Fatalf("got %v", err)
	}
	refuses(t, db)
	if got := count(t, db); got != 1 {
		t.Errorf("%d entries while broken", got)
	}
	if err := db.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, db, 5)
	if got := count(t, db); got != 2 {
		t.Errorf("%d entries", got)
	}
}

// A COMMIT that meets a write error breaks the database. Reopening fails as
// long as the cause is there, then says what is durable.
func TestFailedCommit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := opened(t, path)
	add(t, db, 1)

	lift := limitFileSize(t, 4096)
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error { return insert(tx, 2) })
	if !errors.Is(err, sqlitedb.ErrStorage) {
		t.Fatalf("commit: %v", err)
	}
	refuses(t, db)
	if err := db.Reopen(t.Context()); !errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("reopen on a bad disk: %v", err)
	}
	refuses(t, db)
	if got := count(t, db); got != 1 {
		t.Errorf("%d entries while broken", got)
	}

	lift()
	if err := db.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := count(t, db)
	add(t, db, 3)
	if got := count(t, db); got != before+1 {
		t.Errorf("%d entries, had %d", got, before)
	}
}

// limitFileSize makes this process's writes beyond a file size fail, as a bad
// disk would.
func limitFileSize(t *testing.T, bytes uint64) (lift func()) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: old.Max}); err != nil {
		t.Fatal(err)
	}
	lift = func() {
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(lift)
	return lift
}

// A database whose files were deleted or replaced acknowledges nothing more,
// and is not opened again in place.
func TestReplacedFiles(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"deleted":     os.Remove,
		"WAL deleted": func(path string) error { return os.Remove(path + "-wal") },
		"replaced": func(path string) error {
			return errors.Join(os.Remove(path), os.WriteFile(path, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			db, err := sqlitedb.Open(t.Context(), options(path))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() // may complain: its files are gone
			add(t, db, 1)
			if err := spoil(path); err != nil {
				t.Fatal(err)
			}
			err = db.Update(t.Context(), func(tx *sqlitedb.Tx) error { return insert(tx, 2) })
			if !errors.Is(err, sqlitedb.ErrStorage) {
				t.Errorf("update: %v", err)
			}
			refuses(t, db)
			if err := db.Reopen(t.Context()); !errors.Is(err, sqlitedb.ErrStorage) {
				t.Errorf("reopen: %v", err)
			}
		})
	}
}

// Reopening a healthy database changes nothing.
func TestReopenHealthy(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	if err := db.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, db, 2)
	if got := count(t, db); got != 2 {
		t.Errorf("%d entries", got)
	}
	db.Close()
	if err := db.Reopen(t.Context()); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}
