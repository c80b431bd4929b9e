package sqlitedb_test

import (
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
		"a header of zeroes":        {make([]byte, len(content)), wal, true},
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
