package sqlitedb_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// A checkpoint empties the WAL; a reader that needs it makes it say that it
// did not, soon, and neither keeps a writer from writing.
func TestCheckpoint(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "t.db")
	db := opened(t, path)
	seq := 0
	write := func() { seq++; add(t, db, seq) }
	write()
	if whole, err := db.Checkpoint(ctx); !whole || err != nil {
		t.Errorf("alone: %v, %v", whole, err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the WAL is %v, %v", info, err)
	}
	write()
	err := db.View(ctx, func(tx *sqlitedb.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM entry`).Scan(&n); err != nil {
			return err
		}
		write() // what the reader does not see
		began := time.Now()
		whole, err := db.Checkpoint(ctx)
		if whole || err != nil {
			t.Errorf("beside a reader: %v, %v", whole, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
		write()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := db.Checkpoint(ctx); !whole || err != nil {
		t.Errorf("after the reader: %v, %v", whole, err)
	}
}
