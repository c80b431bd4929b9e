package sqlitedb_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// A Lookup gives every row of one statement, sees what was committed before
// it, and can be repeated.
func TestLookup(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	for n := range 3 {
		add(t, db, n+1)
		var got []int64
		err := db.Lookup(t.Context(), func(v *sqlitedb.Values) error {
			got = append(got, v.Int64(0))
			return nil
		}, "SELECT seq FROM entry WHERE seq >= +? ORDER BY seq", int64(1))
		if want := []int64{1, 2, 3}[:n+1]; err != nil || !cmp.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
}

// What goes wrong in a Lookup is told, and the connection is as good as before.
func TestLookupErrors(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	stop := errors.New("stop")
	for _, c := range []struct {
		name, query, want string
		each              func(*sqlitedb.Values) error
	}{
		{"no such table", "SELECT 1 FROM absent", "no such table", nil},
		{"two statements", "SELECT 1; SELECT 2", "more than one statement", nil},
		{"a write", "DELETE FROM entry RETURNING seq", "readonly", func(*sqlitedb.Values) error { return nil }},
		{"another type", "SELECT seq FROM entry", "column 0 is a int64", func(v *sqlitedb.Values) error { _ = v.Text(0); return nil }},
		{"its own error", "SELECT seq FROM entry", "stop", func(*sqlitedb.Values) error { return stop }},
	} {
		for range sqlitedb.DefaultReadPool + 1 {
			if err := db.Lookup(t.Context(), c.each, c.query); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
	found := 0
	err := db.Lookup(t.Context(), func(*sqlitedb.Values) error { found++; return nil }, "SELECT seq FROM entry")
	if err != nil || found != 1 {
		t.Errorf("afterwards: %d rows, %v", found, err)
	}
	add(t, db, 2) // a storage error would have broken it
}

// A closed database answers ErrClosed.
func TestLookupClosed(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Lookup(t.Context(), nil, "SELECT 1"); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkLookup measures what BenchmarkView measures.
func BenchmarkLookup(b *testing.B) {
	db := opened(b, filepath.Join(b.TempDir(), "x.db"))
	add(b, db, 1)
	for b.Loop() {
		err := db.Lookup(b.Context(), func(v *sqlitedb.Values) error { _ = v.Int64(0); return nil },
			"SELECT seq FROM entry WHERE seq = +?", int64(1))
		if err != nil {
			b.Fatal(err)
		}
	}
}

// Who has read enough reads no further row, and the next Lookup begins anew.
func TestLookupEnough(t *testing.T) {
	db := opened(t, filepath.Join(t.TempDir(), "x.db"))
	add(t, db, 1)
	add(t, db, 2)
	for range 2 {
		var got []int64
		err := db.Lookup(t.Context(), func(v *sqlitedb.Values) error {
			got = append(got, v.Int64(0))
			return sqlitedb.ErrEnough
		}, "SELECT seq FROM entry ORDER BY seq")
		if want := []int64{1}; err != nil || !cmp.Equal(got, want) {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	add(t, db, 3) // no statement is left open
}
