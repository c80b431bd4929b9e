package sqlitedb_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// A snapshot beside the daemon has all that was committed, is a database like
// its original and nothing else, and the daemon's locks survive it.
func TestSnapshot(t *testing.T) {
	dir := t.TempDir()
	db := opened(t, filepath.Join(dir, "live.db"))
	add(t, db, 1)
	beside, err := sqlitedb.OpenReadOnly(t.Context(), filepath.Join(dir, "live.db"), appID)
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	n := 1
	for name, from := range map[string]*sqlitedb.Reader{"own": db.Reader, "beside": beside} {
		to := filepath.Join(dir, name)
		if err := from.Snapshot(t.Context(), to); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n++
		add(t, db, n) // behind the snapshot
		info, err := os.Stat(to)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
		for _, beside := range []string{"-wal", "-shm", "-journal"} {
			if _, err := os.Stat(to + beside); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s left a %s: %v", name, beside, err)
			}
		}
		copied, err := sqlitedb.OpenReadOnly(t.Context(), to, appID)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		have := count(t, copied)
		copied.Close()
		if all := count(t, db); have != all-1 {
			t.Errorf("%s has %d entries of %d then", name, have, all-1)
		}
		if err := from.Snapshot(t.Context(), to); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s over a file: %v", name, err)
		}
	}
}

// A snapshot that could not be finished leaves nothing.
func TestSnapshotLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	db := opened(t, filepath.Join(dir, "live.db"))
	add(t, db, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	to := filepath.Join(dir, "copy")
	if err := db.Snapshot(ctx, to); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := os.Stat(to); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file is left: %v", err)
	}
	if err := db.Snapshot(t.Context(), filepath.Join(dir, "absent", "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}
