package powercut_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// madeRows are in each of two transactions more than the writer keeps in memory.
const madeRows = 40_000

func madeOptions(path string) sqlitedb.Options {
	return sqlitedb.Options{Path: path, ApplicationID: 7, Migrations: fstest.MapFS{
		"0001_entries.sql": {Data: []byte(`CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT`)},
	}}
}

func makeOne(ctx context.Context, path string) error {
	seq := 0
	return sqlitedb.Make(ctx, madeOptions(path), func(tx *sqlitedb.Tx) (more bool, err error) {
		for end := seq + madeRows/2; seq < end && err == nil; seq++ {
			_, err = tx.Exec(`INSERT INTO entry (seq, body) VALUES (?, zeroblob(300))`, seq)
		}
		return seq < madeRows, err
	})
}

// wholeMade reports whether a database has all that makeOne writes.
func wholeMade(path string) bool {
	db, err := sqlitedb.Open(context.Background(), madeOptions(path))
	if err != nil {
		return false
	}
	defer db.Close()
	var rows int
	var check string
	err = db.View(context.Background(), func(tx *sqlitedb.Tx) error {
		return errors.Join(
			tx.QueryRow(`SELECT count(*) FROM entry`).Scan(&rows),
			tx.QueryRow(`PRAGMA integrity_check`).Scan(&check))
	})
	return err == nil && rows == madeRows && check == "ok"
}

func watched(t *testing.T) *powercut.Disk {
	t.Helper()
	disk, err := powercut.Watch(t.TempDir(), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(disk.Forget)
	return disk
}

// What Make has made is whole, alone, and nobody else's to read, and stays so where
// power is cut behind it; a disk that syncs nothing is found out.
func TestMake(t *testing.T) {
	for name, lies := range map[string]powercut.Lies{"honest": {}, "never syncs": {Never: true}} {
		t.Run(name, func(t *testing.T) {
			disk := watched(t)
			disk.Lies = lies
			record := disk.Record()
			if err := makeOne(t.Context(), filepath.Join(disk.Dir(), "x.db")); err != nil {
				t.Fatal(err)
			}
			entries, err := os.ReadDir(disk.Dir())
			if err != nil || len(entries) != 1 {
				t.Fatalf("%v, %v", entries, err)
			}
			content, err := os.ReadFile(filepath.Join(disk.Dir(), "x.db"))
			if err != nil || content[18] != 2 || content[19] != 2 {
				t.Errorf("it is not marked as one with a WAL, %v", err)
			}
			if info, err := entries[0].Info(); err != nil || info.Mode() != 0o600 {
				t.Errorf("%v, %v", info, err)
			}
			left := t.TempDir()
			if err := record.Image(record.Len(), powercut.Lost, left, rand.New(rand.NewPCG(1, 1))); err != nil {
				t.Fatal(err)
			}
			if whole := wholeMade(filepath.Join(left, "x.db")); whole != (lies == powercut.Lies{}) {
				t.Errorf("behind a power cut: whole is %t", whole)
			}
		})
	}
}

// Whichever call of the disk fails, Make says so unless what it made is whole.
func TestMakeFails(t *testing.T) {
	for _, kind := range powercut.Kinds {
		failed := 0
		for after := 0; ; after = after*2 + 1 {
			disk := watched(t)
			path := filepath.Join(disk.Dir(), "x.db")
			disk.Fail(powercut.Fault{Kind: kind, After: after, ForEver: true})
			err := makeOne(t.Context(), path)
			disk.Fail(powercut.Fault{})
			disk.Forget()
			if err == nil {
				if !wholeMade(path) {
					t.Errorf("%s after %d: it is told whole and is not", kind, after)
				}
				break
			}
			if failed++; !errors.Is(err, sqlitedb.ErrStorage) {
				t.Errorf("%s after %d: %v", kind, after, err)
			}
		}
		if failed == 0 {
			t.Errorf("%s: it was never told", kind)
		}
	}
}
