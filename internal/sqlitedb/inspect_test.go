package sqlitedb_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func fileSize(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size())
}

// Damage that SQLite would pass over in silence is seen before it does; what a
// power cut leaves is none.
func TestInspect(t *testing.T) {
	dir := t.TempDir()
	live := filepath.Join(dir, "live.db")
	db := opened(t, live)
	for seq := range 19 {
		add(t, db, seq+1)
	}
	last := fileSize(t, live+"-wal") // where the last transaction begins
	add(t, db, 20)
	wal, err := os.ReadFile(live + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(live)
	if err != nil {
		t.Fatal(err)
	}
	frame := 24 + 4096
	frames := (len(wal) - 32) / frame
	flipped := func(at int) []byte {
		b := append([]byte(nil), wal...)
		b[at] ^= 0x10
		return b
	}
	for name, c := range map[string]struct {
		db, wal []byte
		damaged bool
	}{
		"sound":                     {content, wal, false},
		"no file":                   {nil, nil, false},
		"no WAL":                    {content, nil, false},
		"a header of zeroes":        {make([]byte, len(content)), nil, true},
		"half a header":             {content[:10], nil, true},
		"a WAL without header":      {content, append(make([]byte, 32), wal[32:]...), true},
		"a bit in the WAL's header": {content, flipped(20), true},
		"a bit in the first frame":  {content, flipped(32 + 100), true},
		"a bit in the middle":       {content, flipped(32 + frames/2*frame + 2000), true},
		"a torn last frame":         {content, wal[:len(wal)-1000], false},
		"a bit in the last frame":   {content, flipped(len(wal) - 1000), false},
		"a torn last transaction":   {content, flipped(last + 100), false},
		"a cut off tail":            {content, wal[:32+frames/2*frame], false},
		"a WAL of zeroes":           {content, make([]byte, 5*frame), false},
		"an empty WAL":              {content, []byte{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			for name, content := range map[string][]byte{path: c.db, path + "-wal": c.wal} {
				if content == nil {
					continue
				}
				if err := os.WriteFile(name, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := sqlitedb.Inspect(path); errors.Is(err, sqlitedb.ErrDamaged) != c.damaged {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A power cut while pages are copied out of the WAL may spoil the database's first
// sector. The WAL has that page still, and SQLite reads it there: nothing is damaged,
// unless a page is spoilt that the WAL does not have. Either way both files stay as they
// are: what can be saved of damaged ones is in them.
func TestInspectSpoiltFront(t *testing.T) {
	live := filepath.Join(t.TempDir(), "live.db")
	db := opened(t, live)
	add(t, db, 1)
	if err := db.Reopen(t.Context()); err != nil { // all is in the database
		t.Fatal(err)
	}
	err := db.Update(t.Context(), func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec("INSERT INTO entry (seq, body) VALUES (2, ?)", make([]byte, 10_000)) // more pages, as the first one says
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(live)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(live + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	spoilt := func(bytes int) []byte {
		b := append([]byte(nil), content...)
		for i := range bytes {
			b[i] = 0xa5
		}
		return b
	}
	for name, c := range map[string]struct {
		db, wal []byte
		damaged bool
	}{
		"its first sector":              {spoilt(512), wal, false},
		"without the WAL":               {spoilt(512), nil, true},
		"with pages the WAL has not":    {spoilt(len(content)), wal, true},
		"and the page is not committed": {spoilt(512), wal[:32+24+4096], true},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			if err := errors.Join(os.WriteFile(path, c.db, 0o600), os.WriteFile(path+"-wal", c.wal, 0o600)); err != nil {
				t.Fatal(err)
			}
			if err := sqlitedb.Inspect(path); errors.Is(err, sqlitedb.ErrDamaged) != c.damaged {
				t.Fatalf("got %v", err)
			}
			for name, was := range map[string][]byte{path: c.db, path + "-wal": c.wal} {
				if is, err := os.ReadFile(name); err != nil || !bytes.Equal(is, was) {
					t.Errorf("%s has %d bytes, %v, and is not as it was: %d bytes", filepath.Base(name), len(is), err, len(was))
				}
			}
			if !c.damaged {
				if n := count(t, opened(t, path)); n != 2 {
					t.Errorf("%d rows, want 2", n)
				}
			}
		})
	}
}
