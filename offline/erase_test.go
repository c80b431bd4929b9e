package offline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// erasure is the feed's row of somebody who was alone in her account.
func erasure(serial ledger.Millis, account ledger.AccountID) ledger.Change {
	return ledger.Change{Kind: ledger.ErasureChange, Key: account.String(), Erasure: &ledger.Erasure{
		Serial: serial, Member: ledger.MemberID(account), Accounts: []ledger.AccountID{account},
	}}
}

// erase applies an erasure as the feed tells it, which moves no cursor.
func (tl *till) erase(serial ledger.Millis, account ledger.AccountID) {
	tl.t.Helper()
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	tl.must("apply", tl.Apply(context.Background(), []ledger.Change{erasure(serial, account)}, cursor))
}

// finds wants an account to be found by a number; the zero one is nobody's.
func (tl *till) finds(when, e164 string, want ledger.AccountID) {
	tl.t.Helper()
	m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, e164)
	if m.Account != want || want.IsZero() != errors.Is(err, loyalty.ErrUnknownMember) {
		tl.t.Errorf("%s: %s finds %s, %v, want %s", when, e164, m.Account, err, want)
	}
}

// erased wants the till to have heard and to have done all.
func (tl *till) erased(when string, heard, sealed ledger.Millis) {
	tl.t.Helper()
	h, s, err := tl.Erasures(context.Background())
	if h != heard || s != sealed || err != nil || tl.ErasedUpTo() != heard {
		tl.t.Errorf("%s: heard of %d, done up to %d, %v, want %d and %d", when, h, s, err, heard, sealed)
	}
}

// An erasure is all done at a till once what was written before is acknowledged, also
// where a new epoch writes it again; what it says of whom stays after a restart.
func TestErasureIsDone(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, bo := newAccountID(), newAccountID()
	tl.append(tl.enroll(ana, anasNumber))
	tl.append(tl.profile(ana, "A***"))
	tl.append(tl.enroll(bo, bobsNumber))
	tl.erased("nobody was", 0, 0)
	tl.erase(7, ana)
	tl.finds("erased", anasNumber, ledger.AccountID{})
	tl.finds("not erased", bobsNumber, bo)
	tl.erased("unsent", 7, 0)
	tl.ackAll()
	tl.erased("sent", 7, 7)
	tl.append(tl.sale(bo, 1))
	tl.erased("a later sale is unsent", 7, 7)
	tl.must("open epoch", tl.OpenEpoch(context.Background(), 0, ledger.Head{}))
	tl.erased("written again", 7, 0)
	tl.reopen()
	tl.erased("written again and started again", 7, 0)
	tl.ackAll()
	tl.erase(5, ana) // an earlier row again
	tl.erased("sent again", 7, 7)
	tl.finds("in the end", anasNumber, ledger.AccountID{})
	tl.clean()
}

// Somebody who reads keeps a file from being cleaned, and nobody waits for that: it is
// done once nobody reads.
func TestErasureBesideAReader(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	tl.append(tl.enroll(ana, anasNumber))
	tl.ackAll()
	hash := tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, anasNumber)
	left := func() bool {
		var all []byte
		for _, name := range []string{"journal.db", "journal.db-wal"} {
			text, err := os.ReadFile(tl.path(name))
			tl.must("read file", err)
			all = append(all, text...)
		}
		return bytes.Contains(all, hash[:])
	}
	if !left() {
		t.Fatal("her hash is not in the files")
	}
	view, err := sqlitedb.OpenReadOnly(context.Background(), tl.path("journal.db"), 0x6c6f796a)
	tl.must("open", err)
	defer view.Close()
	err = view.View(context.Background(), func(tx *sqlitedb.Tx) error {
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM local`).Scan(&n); err != nil {
			return err
		}
		tl.erase(7, ana)
		tl.erased("beside a reader", 7, 0)
		return nil
	})
	tl.must("read", err)
	tl.finds("erased", anasNumber, ledger.AccountID{})
	tl.erased("alone", 7, 7)
	if left() {
		t.Error("her hash is in the files")
	}
}

// Whoever is erased while a directory is read from the beginning is in neither, the one
// that is read or the one that is built; nothing of all else is lost.
func TestErasedWhileADirectoryIsBuilt(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, bo := newAccountID(), newAccountID()
	tl.apply(tl.row(1, ana, anasNumber, ledger.Balance{}, ledger.Place{}))
	page := []ledger.Change{
		tl.row(1, ana, anasNumber, ledger.Balance{}, ledger.Place{}), tl.row(2, bo, bobsNumber, ledger.Balance{}, ledger.Place{}),
	}
	for i := range 300 {
		page = append(page, ledger.Change{Position: ledger.Position(3 + i), Kind: ledger.AccountChange, Account: &ledger.AccountState{
			Account: newAccountID(), Identifiers: []ledger.KeyedHash{{byte(i), byte(i >> 8), 1}},
		}})
	}
	ctx := context.Background()
	tl.must("first page", tl.Apply(ctx, page, ledger.Cursor{Incarnation: 2, Position: 302}))
	tl.finds("as it was", anasNumber, ana)
	tl.erase(7, ana)
	tl.finds("erased", anasNumber, ledger.AccountID{})
	last := []ledger.Change{tl.row(303, newAccountID(), "+905320000000", ledger.Balance{}, ledger.Place{})}
	tl.must("last page", tl.Apply(ctx, last, ledger.Cursor{Incarnation: 2, Position: 303}))
	tl.finds("built", anasNumber, ledger.AccountID{})
	tl.finds("built", bobsNumber, bo)
}

// One of several members is found no more; the others are, by the same account.
func TestErasedHousemate(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	account, bo := newAccountID(), newAccountID()
	tl.apply(tl.household(1, account, bo)...)
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	row := ledger.Change{Kind: ledger.ErasureChange, Erasure: &ledger.Erasure{Serial: 7, Member: ledger.MemberID(bo)}}
	tl.must("apply", tl.Apply(context.Background(), []ledger.Change{row}, cursor))
	tl.finds("erased", bobsNumber, ledger.AccountID{})
	tl.finds("stays", anasNumber, account)
}

// What was moved aside before an erasure goes with it; what a damaged journal left long
// after it, of which somebody may want to know more, stays its thirty days.
func TestErasedAside(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	aside := func(at time.Time) string {
		dir := filepath.Join(tl.opts.Dir, "damaged", at.UTC().Format("20060102T150405Z"))
		tl.must("move aside", os.MkdirAll(dir, 0o700))
		return dir
	}
	before, after := aside(start.Add(-time.Hour)), aside(start.Add(48*time.Hour))
	never := aside(start.Add(5 * 365 * 24 * time.Hour)) // the clock was years ahead
	tl.advance(72 * time.Hour)
	tl.heard(tl.now())
	tl.erase(ledger.Millis(start.UnixMilli()), newAccountID())
	if _, err := os.Stat(before); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("from before: %v", err)
	}
	if _, err := os.Stat(never); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("by a clock that was wrong, nobody knows when: %v", err)
	}
	if _, err := os.Stat(after); err != nil {
		t.Errorf("from long after: %v", err)
	}
}

// A till that was stopped between what its journal and what its directory erase is told
// again, and knows meanwhile that it had heard.
func TestErasureWithoutItsDirectory(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := newAccountID()
	tl.apply(tl.row(1, ana, anasNumber, ledger.Balance{}, ledger.Place{}))
	tl.reopen() // into the file
	before, err := os.ReadFile(tl.path("directory.db"))
	tl.must("read directory", err)
	view, err := sqlitedb.OpenReadOnly(context.Background(), tl.path("journal.db"), 0x6c6f796a)
	tl.must("open", err)
	err = view.View(context.Background(), func(tx *sqlitedb.Tx) error { // so that it is not done at once
		var n int
		if err := tx.QueryRow(`SELECT count(*) FROM local`).Scan(&n); err != nil {
			return err
		}
		tl.erase(7, ana)
		return nil
	})
	tl.must("read", errors.Join(err, view.Close()))
	tl.must("close", tl.Close())
	tl.must("put the directory back", os.WriteFile(tl.path("directory.db"), before, 0o600))
	tl.open()
	tl.finds("stopped in between", anasNumber, ana)
	if h, s, err := tl.Erasures(context.Background()); h != 0 || s != 0 || err != nil || tl.ErasedUpTo() != 7 {
		t.Errorf("stopped in between: to be told after %d, done up to %d, %v; entries say %d", h, s, err, tl.ErasedUpTo())
	}
	tl.erase(7, ana)
	tl.finds("told again", anasNumber, ledger.AccountID{})
	tl.erased("told again", 7, 7)
}
