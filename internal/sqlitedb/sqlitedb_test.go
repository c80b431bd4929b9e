package sqlitedb_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

const appID = 0x4c594c01

const schema = `
CREATE TABLE entry (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE balance (account TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER entry_kept BEFORE DELETE ON entry BEGIN SELECT raise(ABORT, 'kept'); END;
`

func options(path string) sqlitedb.Options {
	return sqlitedb.Options{
		Path:          path,
		ApplicationID: appID,
		Migrations:    fstest.MapFS{"0001_entries.sql": {Data: []byte(schema)}},
	}
}

func opened(t testing.TB, path string) *sqlitedb.DB {
	t.Helper()
	db, err := sqlitedb.Open(context.Background(), options(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func insert(tx *sqlitedb.Tx, seq int) error {
	_, err := tx.Exec("INSERT INTO entry (seq, body) VALUES (?, ?)", seq, []byte("{}"))
	return err
}

func add(t testing.TB, db *sqlitedb.DB, seq int) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error { return insert(tx, seq) }); err != nil {
		t.Fatal(err)
	}
}

type viewer interface {
	View(context.Context, func(*sqlitedb.Tx) error) error
}

func count(t testing.TB, db viewer) (n int) {
	t.Helper()
	err := db.View(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT count(*) FROM entry").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// What was committed is there after closing, and all files are private.
func TestCommittedStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "odd name?#%41.db")
	db := opened(t, path)
	add(t, db, 1)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("mode of %q is %#o", suffix, mode)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	if err := db.Update(t.Context(), func(*sqlitedb.Tx) error { return nil }); !errors.Is(err, sqlitedb.ErrClosed) {
		t.Errorf("update after close: %v", err)
	}
	if got := count(t, opened(t, path)); got != 1 {
		t.Errorf("%d entries", got)
	}
}

// A file made readable to others by a careless copy becomes private again.
func TestTightensMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	opened(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %#o", mode)
	}
}

// Each pragma that does not hold is found by reading it back.
func TestRefusesPragmaMismatch(t *testing.T) {
	for _, statement := range []string{
		"PRAGMA synchronous = NORMAL",
		"PRAGMA journal_mode = DELETE",
		"PRAGMA foreign_keys = OFF",
		"PRAGMA recursive_triggers = OFF",
		"PRAGMA busy_timeout = 0",
		"PRAGMA trusted_schema = ON",
		"PRAGMA cell_size_check = OFF",
		"PRAGMA temp_store = FILE",
		"PRAGMA journal_size_limit = -1",
		"PRAGMA wal_autocheckpoint = 0",
		"PRAGMA mmap_size = 1048576",
		"PRAGMA secure_delete = OFF",
		"PRAGMA cache_size = 7",
		"PRAGMA query_only = ON",
	} {
		name := strings.Fields(statement)[1]
		t.Run(name, func(t *testing.T) {
			_, err := sqlitedb.OpenTampered(t.Context(), options(filepath.Join(t.TempDir(), "x.db")), statement)
			if err == nil || !strings.Contains(err.Error(), "pragma "+name) {
				t.Errorf("got %v", err)
			}
		})
	}
	db, err := sqlitedb.OpenTampered(t.Context(), options(filepath.Join(t.TempDir(), "x.db")), "PRAGMA synchronous")
	if err != nil {
		t.Fatalf("harmless statement: %v", err)
	}
	db.Close()
}

func TestRefusesOldLibrary(t *testing.T) {
	if err := sqlitedb.CheckVersion(3_051_002, "3.51.2"); err == nil || !strings.Contains(err.Error(), "3.51.2") {
		t.Errorf("3.51.2: %v", err)
	}
	if err := sqlitedb.CheckVersion(3_051_003, "3.51.3"); err != nil {
		t.Errorf("3.51.3: %v", err)
	}
}

// An upgrade keeps the rows; the older program then refuses the file.
func TestSchemaVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := opened(t, path)
	add(t, db, 1)
	db.Close()

	newer := options(path)
	newer.Migrations = fstest.MapFS{
		"0001_entries.sql": {Data: []byte("this one is done and not run again")},
		"0002_note.sql":    {Data: []byte("ALTER TABLE entry ADD COLUMN note TEXT; CREATE INDEX entry_note ON entry (note);")},
	}
	db, err := sqlitedb.Open(t.Context(), newer)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("UPDATE entry SET note = ? WHERE seq = 1", "kept")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()

	if _, err := sqlitedb.Open(t.Context(), options(path)); !errors.Is(err, sqlitedb.ErrNewerSchema) {
		t.Errorf("older program: %v", err)
	}
}

// A migration that fails leaves the schema before it, whole.
func TestFailedMigration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	opened(t, path).Close()
	bad := options(path)
	bad.Migrations = fstest.MapFS{
		"0001_entries.sql": {Data: []byte(schema)},
		"0002_bad.sql":     {Data: []byte("CREATE TABLE half (x INTEGER) STRICT; CREATE TABLE entry (y INTEGER) STRICT;")},
	}
	if _, err := sqlitedb.Open(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "0002_bad.sql") {
		t.Fatalf("got %v", err)
	}
	err := opened(t, path).View(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.QueryRow("SELECT x FROM half").Scan(new(int))
	})
	if err == nil || !strings.Contains(err.Error(), "no such table") {
		t.Errorf("half a migration is left: %v", err)
	}
}

func TestRefusesMigrationNames(t *testing.T) {
	for _, names := range [][]string{{}, {"0002_a.sql"}, {"0001_a.sql", "0003_b.sql"}, {"0001_a.sql", "0001_b.sql"}, {"1_a.sql"}, {"0001_.sql"}} {
		files := fstest.MapFS{}
		for _, name := range names {
			files[name] = &fstest.MapFile{Data: []byte("SELECT 1")}
		}
		path := filepath.Join(t.TempDir(), "x.db")
		opts := options(path)
		opts.Migrations = files
		if _, err := sqlitedb.Open(t.Context(), opts); err == nil {
			t.Errorf("%q accepted", names)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: a file was made: %v", names, err)
		}
	}
}

// A database of another program is refused and not changed by a byte.
func TestRefusesForeign(t *testing.T) {
	for name, setup := range map[string]string{
		"another application": "PRAGMA application_id = 77; CREATE TABLE a (x)",
		"no application":      "CREATE TABLE a (x)",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			other, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := other.Exec(setup); err != nil {
				t.Fatal(err)
			}
			other.Close()
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sqlitedb.Open(t.Context(), options(path)); !errors.Is(err, sqlitedb.ErrForeign) {
				t.Errorf("got %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(after) != string(before) {
				t.Error("file was changed")
			}
		})
	}
}

// What is no database is a storage error.
func TestRefusesGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlitedb.Open(t.Context(), options(path)); !errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("got %v", err)
	}
}

// An open in an uncheckpointed state leaves the WAL empty: everything is in
// the database file, past fsync.
func TestOpenEmptiesTheWAL(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "live.db")
	db := opened(t, live)
	add(t, db, 1)
	crashed := filepath.Join(dir, "crashed.db")
	for _, suffix := range []string{"", "-wal"} {
		copyFile(t, live+suffix, crashed+suffix)
	}
	if info, err := os.Stat(crashed + "-wal"); err != nil || info.Size() == 0 {
		t.Fatalf("no WAL to begin with: %v", err)
	}

	again := opened(t, crashed)
	info, err := os.Stat(crashed + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() != 0 {
		t.Errorf("WAL has %d bytes after open", info.Size())
	}
	if got := count(t, again); got != 1 {
		t.Errorf("%d entries", got)
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// While another process reads an old state the checkpoint cannot be whole, and
// Open says so instead of starting.
func TestOpenBesideALongReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := opened(t, path)
	add(t, db, 1)
	reader, err := sqlitedb.OpenReadOnly(t.Context(), path, appID)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	err = reader.View(t.Context(), func(tx *sqlitedb.Tx) error {
		if err := tx.QueryRow("SELECT count(*) FROM entry").Scan(new(int)); err != nil {
			return err
		}
		add(t, db, 2)
		_, err := sqlitedb.Open(t.Context(), options(path))
		return err
	})
	if !errors.Is(err, sqlitedb.ErrStorage) || !strings.Contains(err.Error(), "another process is reading") {
		t.Errorf("got %v", err)
	}
}
