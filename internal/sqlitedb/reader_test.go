package sqlitedb_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// A command beside the daemon sees what is committed and leaves the WAL alone,
// also when the daemon has died.
func TestReadOnlyBesideTheDaemon(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "live.db")
	db := opened(t, live)
	add(t, db, 1)
	beside, err := sqlitedb.OpenReadOnly(t.Context(), live, appID)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	add(t, db, 2)
	if got := count(t, beside); got != 2 {
		t.Errorf("%d entries", got)
	}

	died := filepath.Join(dir, "died.db")
	for _, suffix := range []string{"", "-wal"} {
		copyFile(t, live+suffix, died+suffix)
	}
	before, err := os.Stat(died + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	post, err := sqlitedb.OpenReadOnly(t.Context(), died, appID)
	if err != nil {
		t.Fatal(err)
	}
	if got := count(t, post); got != 2 {
		t.Errorf("%d entries", got)
	}
	if err := post.Close(); err != nil {
		t.Error(err)
	}
	after, err := os.Stat(died + "-wal")
	if err != nil || after.Size() != before.Size() {
		t.Errorf("the WAL was touched: %v", err)
	}
}

func TestReadOnlyRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if _, err := sqlitedb.OpenReadOnly(t.Context(), path, appID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file was made: %v", err)
	}
	opened(t, path).Close()
	if _, err := sqlitedb.OpenReadOnly(t.Context(), path, appID+1); !errors.Is(err, sqlitedb.ErrForeign) {
		t.Errorf("another kind: %v", err)
	}
	reader, err := sqlitedb.OpenReadOnly(t.Context(), path, appID)
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	if err := reader.View(t.Context(), func(*sqlitedb.Tx) error { return nil }); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// A reader says which of the two is older, the database or the program.
func TestHasSchema(t *testing.T) {
	steps := func(n int) fstest.MapFS {
		all := fstest.MapFS{}
		for i := range n {
			all[fmt.Sprintf("%04d_step.sql", i+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "CREATE TABLE step_%d (n INTEGER) STRICT;", i)}
		}
		return all
	}
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := sqlitedb.Open(t.Context(), sqlitedb.Options{Path: path, ApplicationID: appID, Migrations: steps(2)})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	reader, err := sqlitedb.OpenReadOnly(t.Context(), path, appID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for n, want := range map[int]error{1: sqlitedb.ErrNewerSchema, 2: nil, 3: sqlitedb.ErrOlderSchema} {
		if err := reader.HasSchema(t.Context(), steps(n)); !errors.Is(err, want) {
			t.Errorf("database at 2, program at %d: %v", n, err)
		}
	}
}

// A foreign client that opens and closes the live database must not believe to
// be the last one and delete the WAL in use: our locks have to survive our own
// fsyncs through other handles.
func TestLocksSurviveReconcile(t *testing.T) {
	if os.Getenv("SQLITEDB_TOUCH") != "" {
		touch(t, os.Getenv("SQLITEDB_TOUCH"))
		return
	}
	path := filepath.Join(t.TempDir(), "x.db")
	db := opened(t, path)
	add(t, db, 1)
	if err := db.Reopen(t.Context()); err != nil {
		t.Fatal(err)
	}
	add(t, db, 2)
	cmd := exec.Command(os.Args[0], "-test.run=^TestLocksSurviveReconcile$", "-test.v")
	cmd.Env = append(os.Environ(), "SQLITEDB_TOUCH="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() == 0 {
		t.Errorf("the other process closed the WAL under us: %v", err)
	}
	add(t, db, 3)
}

func touch(t *testing.T, path string) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow("SELECT count(*) FROM entry").Scan(new(int)); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
