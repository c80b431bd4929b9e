package sqlitedb_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// written makes a database with rows of all kinds and sizes, half of them in
// its WAL only, as a daemon that was killed leaves it. It returns its path and
// what the two tables hold, by key.
func written(t testing.TB, rows int) (path string, wide map[int64][]any, narrow map[string]string) {
	t.Helper()
	dir := t.TempDir()
	live, path := filepath.Join(dir, "live.db"), filepath.Join(dir, "x.db")
	db, err := sql.Open("sqlite3", "file:"+live+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("PRAGMA wal_autocheckpoint = 0")
	exec("CREATE TABLE wide (n INTEGER PRIMARY KEY, i INTEGER, r REAL, t TEXT, b BLOB) STRICT")
	exec("CREATE TABLE narrow (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID")
	wide, narrow = map[int64][]any{}, map[string]string{}
	draw := rand.New(rand.NewPCG(1, 2))
	for n := range int64(rows) {
		if n == int64(rows/2) {
			exec("PRAGMA wal_checkpoint(TRUNCATE)")
		}
		size := []int{0, 3, 400, 4050, 4100, 9000, 60_000}[draw.IntN(7)]
		number := []int64{0, 1, -1, 127, -128, 1 << 20, -1 << 40, 1<<63 - 1, -1 << 63}[draw.IntN(9)]
		values := []any{nil, number, float64(n) + 0.5, strings.Repeat("ş", size/2), []byte(strings.Repeat("\x00\x01", size/4))}
		if n%5 == 0 {
			values[3] = nil
		}
		exec("INSERT INTO wide VALUES (?, ?, ?, ?, ?)", append([]any{n + 1}, values[1:]...)...)
		wide[n+1] = values
		key := fmt.Sprintf("key %d %s", n, strings.Repeat("k", draw.IntN(1500)))
		exec("INSERT INTO narrow VALUES (?, ?)", key, fmt.Sprint(n))
		narrow[key] = fmt.Sprint(n)
	}
	copyFile(t, live, path)
	copyFile(t, live+"-wal", path+"-wal")
	return path, wide, narrow
}

// scavenged counts which of the rows are found, and fails on one that differs.
func scavenged(t testing.TB, path string, wide map[int64][]any, narrow map[string]string) (rows, keys int) {
	t.Helper()
	foundRows, foundKeys := map[int64]bool{}, map[string]bool{}
	err := sqlitedb.Scavenge(path, func(row sqlitedb.Scavenged) error {
		if len(row.Values) == 5 && row.Values[0] == nil && row.Rowid > 0 && cmp.Equal(row.Values, wide[row.Rowid]) {
			foundRows[row.Rowid] = true
		}
		if len(row.Values) != 2 {
			return nil
		}
		key, _ := row.Values[0].(string)
		if value, is := narrow[key]; is && value == row.Values[1] {
			foundKeys[key] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(foundRows), len(foundKeys)
}

// Every row of a sound database is found, whether in the file or in the WAL,
// in its page or far beyond it.
func TestScavengeFindsAll(t *testing.T) {
	path, wide, narrow := written(t, 120)
	rows, keys := scavenged(t, path, wide, narrow)
	if rows != len(wide) || keys != len(narrow) {
		t.Errorf("found %d of %d rows, %d of %d keys", rows, len(wide), keys, len(narrow))
	}
}

// What is destroyed costs only what stood there: a lost header, a page of
// noise, a cut file.
func TestScavengeFindsTheRest(t *testing.T) {
	path, wide, narrow := written(t, 120)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"no header": func(b []byte) []byte { clear(b[:100]); return b },
		"a page of noise": func(b []byte) []byte {
			draw := rand.New(rand.NewPCG(3, 4))
			for i := 10 * 4096; i < 11*4096; i++ {
				b[i] = byte(draw.Uint32())
			}
			return b
		},
		"a torn end": func(b []byte) []byte { return b[:len(b)-4096-100] },
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, spoil(append([]byte(nil), whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			rows, keys := scavenged(t, path, wide, narrow)
			if rows < len(wide)-12 || keys < len(narrow)-12 {
				t.Errorf("found %d of %d rows, %d of %d keys", rows, len(wide), keys, len(narrow))
			}
		})
	}
}

// FuzzScavenge reads whatever bytes stand in the two files, and ends.
func FuzzScavenge(f *testing.F) {
	path, _, _ := written(f, 8)
	for _, name := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content[:min(len(content), 40_000)], content[:min(len(content), 20_000)])
	}
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		path := filepath.Join(t.TempDir(), "x.db")
		for name, content := range map[string][]byte{path: db, path + "-wal": wal} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := sqlitedb.Scavenge(path, func(sqlitedb.Scavenged) error { return nil }); err != nil {
			t.Error(err)
		}
	})
}
