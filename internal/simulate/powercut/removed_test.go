package powercut_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// A program removes a database with all that is beside it and begins another under its
// name: a power cut then does not bring what lay beside the first one back to that.
func TestRemovedWithItsWAL(t *testing.T) {
	dir := folder(t)
	disk, err := powercut.Watch(dir, 1)
	must(t, err)
	path := filepath.Join(dir, "cache.db")
	options := sqlitedb.Options{Path: path, ApplicationID: 1, Migrations: fstest.MapFS{
		"0001_cache.sql": {Data: []byte("CREATE TABLE cache (row INTEGER PRIMARY KEY) STRICT")},
	}}
	db, err := sqlitedb.Open(ctx, options)
	must(t, err)
	must(t, db.Update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO cache (row) VALUES (1)")
		return err
	}))
	disk.Fail(powercut.Fault{Kind: powercut.Unplugged, ForEver: true}) // closed, it leaves its WAL
	db.Close()
	disk.Fail(powercut.Fault{})
	for _, beside := range []string{"", "-wal", "-shm"} {
		must(t, os.Remove(path+beside))
	}
	disk.StopAfter(5)
	if db, err := sqlitedb.Open(ctx, options); err == nil {
		db.Close()
		t.Fatal("the machine did not end while it was made")
	}
	next, err := disk.Restart(powercut.Kept, folder(t), 2)
	must(t, err)
	defer next.Forget()
	if _, err := os.Stat(filepath.Join(next.Dir(), "cache.db-wal")); !os.IsNotExist(err) {
		t.Errorf("the first one's WAL lies beside the second: %v", err)
	}
}
