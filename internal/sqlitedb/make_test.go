package sqlitedb_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// Whoever gives up gets that said, and a file is not taken for another's.
func TestMakeRefuses(t *testing.T) {
	nothing := func(*sqlitedb.Tx) (more bool, err error) { return false, nil }
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := sqlitedb.Make(gone, options(filepath.Join(t.TempDir(), "x.db")), nothing); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left: %v", err)
	}
	path := filepath.Join(t.TempDir(), "x.db")
	other := options(path)
	other.ApplicationID++
	if err := sqlitedb.Make(t.Context(), other, nothing); err != nil {
		t.Fatal(err)
	}
	if err := sqlitedb.Make(t.Context(), options(path), nothing); !errors.Is(err, sqlitedb.ErrForeign) {
		t.Errorf("another's file: %v", err)
	}
}
