package sqlitedb_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// What a row leaves between others is found, wherever it lies in the file, and a vacuum
// leaves nothing of it; rows that stand are there as before.
func TestVacuumLeavesNoTrace(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "t.db")
	db := opened(t, path)
	add(t, db, 1)
	secret, filler := make([]byte, 32), make([]byte, 900)
	rand.Read(secret)
	rand.Read(filler)
	update(t, db, `CREATE TABLE secret (one INTEGER PRIMARY KEY, text BLOB, filler BLOB) STRICT`)
	const last = 3000
	marked := func(one int) []byte { return append([]byte{byte(one), byte(one >> 8)}, secret...) }
	err := db.Update(ctx, func(tx *sqlitedb.Tx) error {
		for one := range last {
			if _, err := tx.Exec(`INSERT INTO secret VALUES (?, ?, ?)`, one, marked(one), filler); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkpointed(t, db)
	holds := func(when string, want bool, traces ...[]byte) {
		t.Helper()
		if have, err := db.Holds(traces); have != want || err != nil {
			t.Errorf("%s: holds it %t, %v", when, have, err)
		}
	}
	holds("nothing asked", false)
	holds("a row", true, []byte("no row has this text"), secret)
	text, err := os.ReadFile(path)
	if err != nil || len(text) < 2<<20 {
		t.Fatalf("the file has %d bytes, %v", len(text), err)
	}
	holds("where the file is cut for looking", true, text[1<<20-700:1<<20+700])

	// Another program deletes, and does not overwrite.
	other, err := sql.Open("sqlite3", "file:"+path+"?_secure_delete=off")
	if err == nil {
		_, err = other.Exec(`DELETE FROM secret WHERE one <> 7`)
	}
	if err != nil || other.Close() != nil {
		t.Fatal(err)
	}
	gone := marked(last / 2)
	checkpointed(t, db)
	holds("deleted", true, gone)
	if whole, err := db.Vacuum(ctx); !whole || err != nil {
		t.Fatalf("vacuum: %t, %v", whole, err)
	}
	holds("vacuumed", false, gone)
	holds("a row that stands", true, marked(7))
	if text, err := os.ReadFile(path + "-wal"); err != nil || bytes.Contains(text, gone) {
		t.Errorf("the WAL has it, or %v", err)
	}
	add(t, db, 2)
}

func update(t *testing.T, db *sqlitedb.DB, query string, args ...any) {
	t.Helper()
	err := db.Update(context.Background(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkpointed(t *testing.T, db *sqlitedb.DB) {
	t.Helper()
	if whole, err := db.Checkpoint(context.Background()); !whole || err != nil {
		t.Fatalf("checkpoint: %t, %v", whole, err)
	}
}
