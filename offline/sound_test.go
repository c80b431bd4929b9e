package offline_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Whoever deletes or replaces the files of a running till takes nothing from
// it: it acknowledges nothing more, says why, and goes on with all it had told
// once it was opened again.
func TestFilesTakenAway(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(tl *till) error{
		"the journal deleted": func(tl *till) error { return os.Remove(tl.path("journal.db")) },
		"its WAL deleted":     func(tl *till) error { return os.Remove(tl.path("journal.db-wal")) },
		"both deleted": func(tl *till) error {
			return both(os.Remove(tl.path("journal.db")), os.Remove(tl.path("journal.db-wal")), os.Remove(tl.path("journal.db-shm")))
		},
		"moved away": func(tl *till) error { return os.Rename(tl.path("journal.db"), tl.path("old.db")) },
		"replaced": func(tl *till) error {
			return both(os.WriteFile(tl.path("x"), []byte("another file"), 0o600), os.Rename(tl.path("x"), tl.path("journal.db")))
		},
		"the directory deleted": func(tl *till) error { return os.Remove(tl.path("directory.db")) },
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			ana := newAccountID()
			tl.append(tl.enroll(ana, "+905321234567"))
			for range 5 {
				tl.append(tl.sale(ana, 10))
			}
			if err := tl.Sound(); err != nil {
				t.Fatalf("sound: %v", err)
			}
			tl.must("take away", take(tl))
			if err := tl.Sound(); !errors.Is(err, offline.ErrUnsound) {
				t.Errorf("got %v", err)
			}
			refused := tl.sale(ana, 10)
			if err := tl.Append(t.Context(), refused); err == nil && name != "the directory deleted" {
				t.Error("a sale was acknowledged")
			}
			before := tl.head()
			tl.must("close", tl.Close())
			tl.open()
			if err := tl.Sound(); err != nil {
				t.Errorf("after opening again: %v", err)
			}
			if head := tl.head(); head != before {
				t.Errorf("head %+v, want %+v", head, before)
			}
			tl.append(refused)
			member, err := tl.Find(t.Context(), ledger.PhoneIdentifier, "+905321234567")
			tl.must("find", err)
			if shown := member.Balance(points).Shown; shown != 60 {
				t.Errorf("balance %d", shown)
			}
			tl.clean()
			left, err := filepath.Glob(tl.path("*rescued*"))
			if tl.must("look", err); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// Damage that shows itself only in the middle of business is salvaged at the
// next opening, where the start alone would not see it.
func TestDamageWhileOpen(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	for range 300 {
		tl.append(tl.sale(ana, 10))
	}
	tl.reopen() // all in the file, none in the WAL
	file, err := os.OpenFile(tl.path("journal.db"), os.O_RDWR, 0)
	tl.must("open file", err)
	info, err := file.Stat()
	tl.must("stat", err)
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = 0xa5
	}
	for page := int64(20); page < info.Size()/4096-20; page++ {
		_, err := file.WriteAt(noise, page*4096)
		tl.must("spoil", err)
	}
	var failed error
	for range 50 {
		if failed = tl.Append(t.Context(), tl.sale(ana, 10)); failed != nil {
			break
		}
	}
	if failed == nil || !errors.Is(tl.Sound(), offline.ErrUnsound) {
		t.Fatalf("damage not noticed: %v, %v", failed, tl.Sound())
	}
	tl.must("close", tl.Close())
	tl.must("close file", file.Close())
	tl.open()
	tl.salvaged()
	tl.append(tl.sale(ana, 10))
	if err := tl.Sound(); err != nil {
		t.Errorf("after salvage: %v", err)
	}
}

// A till that cannot delete what it has to delete is not opened, and leaves nothing open.
func TestAsideCannotBeForgotten(t *testing.T) {
	tl := newTill(t)
	tl.must("close", tl.Close())
	tl.must("spoil", os.WriteFile(tl.path("damaged"), nil, 0o600))
	store, err := offline.Open(t.Context(), tl.opts)
	if err == nil || store != nil {
		t.Errorf("%v, %v", store, err)
	}
}

// What was moved aside within one second stays apart: nothing of the first is written over.
func TestMovedAsideTwiceAtOnce(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	kept := map[string][]byte{}
	for range 3 {
		tl.append(tl.sale(newAccountID(), 10))
		tl.must("close", tl.Close())
		tl.must("condemn", os.WriteFile(tl.path("journal.damaged"), nil, 0o600))
		tl.open()
		salvaged := tl.Opening().Salvaged
		if salvaged == nil || kept[salvaged.Aside] != nil {
			t.Fatalf("salvaged %+v, and before %d", salvaged, len(kept))
		}
		journal, err := os.ReadFile(filepath.Join(salvaged.Aside, "journal.db"))
		tl.must("read what is aside", err)
		kept[salvaged.Aside] = journal
	}
	for aside, journal := range kept {
		now, err := os.ReadFile(filepath.Join(aside, "journal.db"))
		tl.must("read what is aside", err)
		if !bytes.Equal(now, journal) {
			t.Errorf("%s was written over", aside)
		}
	}
}
