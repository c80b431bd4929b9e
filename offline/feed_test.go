package offline_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A balance never flashes back: whatever the order in which acks and rows
// arrive, what is shown stays.
func TestShownNeverFlashesBack(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(100, 0)
	for range 4 {
		tl.append(tl.sale(ana, 10))
	}
	want := func(when string) {
		t.Helper()
		if got := tl.balance(ana).Shown; got != 140 {
			t.Fatalf("%s: %d shown, want 140", when, got)
		}
	}
	position := ledger.Position(10)
	// row applies a row that counts the first seq entries.
	row := func(seq ledger.Seq) {
		position++
		applied := tl.place()
		applied.Seq = seq
		if seq == 0 {
			applied = ledger.Place{}
		}
		tl.apply(tl.row(position, ana, "", ledger.Balance{
			Program: program, Unit: points, Available: 100 + 10*ledger.Points(seq),
		}, applied))
	}
	want("at first")
	row(0)
	want("a row that counts none")
	row(2) // its ack was lost
	want("a row before the ack")
	tl.ackAll()
	want("the ack")
	row(3)
	want("a row of three")
	tl.reopen()
	want("a restart")
	row(4)
	want("all")
	row(4)
	want("all again")
	tl.clean()
}

// After a new epoch a row of the old one still counts what it counted.
func TestOldEpochsRowCounts(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(100, 0)
	beginning := tl.head()
	tl.append(tl.sale(ana, 10))
	tl.append(tl.sale(ana, 10))
	second := tl.place()
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, beginning))
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, beginning))
	tl.append(tl.sale(ana, 10))
	for i, c := range []struct {
		applied ledger.Place
		counted ledger.Points
	}{
		{ledger.Place{}, 0},
		{ledger.Place{Terminal: second.Terminal, Epoch: 1, Branch: second.Branch, Seq: 1}, 10},
		{second, 20},
		{tl.place(), 30},
	} {
		tl.apply(tl.row(ledger.Position(20+i), ana, "", ledger.Balance{
			Program: program, Unit: points, Available: 100 + c.counted,
		}, c.applied))
		if got := tl.balance(ana).Shown; got != 130 {
			t.Errorf("with %d counted: %d shown, want 130", c.counted, got)
		}
	}
	tl.clean()
}

// A restored headquarters that lost what it had counted: nothing is lost or
// doubled in what is shown.
func TestShownAfterRestore(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(100, 0)
	tl.append(tl.sale(ana, 10))
	tl.append(tl.sale(ana, 10))
	tl.ackAll()
	tl.apply(tl.row(10, ana, "", ledger.Balance{Program: program, Unit: points, Available: 120}, tl.place()))
	tl.must("resume", tl.Resume(ctx, ledger.Head{}, ledger.Contact{Incarnation: 2, Token: "n"}))
	if got := tl.balance(ana).Shown; got != 120 {
		t.Errorf("%d shown before the new feed, want 120", got)
	}
	tl.must("apply", tl.Apply(ctx, []ledger.Change{
		tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 100}, ledger.Place{}),
	}, ledger.Cursor{Incarnation: 2, Position: 1}))
	if got := tl.balance(ana).Shown; got != 120 {
		t.Errorf("%d shown after the new feed, want 120", got)
	}
	tl.clean()
}

// Owed points are paid first by what is earned.
func TestReceivablePaidFirst(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	tl.apply(tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Escrowed: 50, Receivable: 30}, ledger.Place{}))
	for _, want := range []ledger.Points{50, 50, 60} {
		if got := tl.balance(ana).Shown; got != want {
			t.Errorf("shown %d, want %d", got, want)
		}
		tl.append(tl.sale(ana, 20))
	}
}

// A member enrolled here is found at once, and as the feed has her when that
// brings her; her account's survivor answers for her after a merge.
func TestEnrollFeedForward(t *testing.T) {
	ctx := context.Background()
	const typed = "+905321234567"
	tl := newTill(t)
	if _, err := tl.Find(ctx, ledger.PhoneIdentifier, typed); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Fatalf("nobody: %v", err)
	}
	ana, survivor := newAccountID(), newAccountID()
	tl.append(tl.enroll(ana, typed))
	tl.append(tl.sale(ana, 10))
	m, err := tl.Find(ctx, ledger.PhoneIdentifier, typed)
	tl.must("find", err)
	if m.Name != "***4567" || m.AsOf != 0 || m.Balance(points).Shown != 10 {
		t.Errorf("enrolled here: %+v", m)
	}
	tl.apply(tl.row(1, ana, typed, ledger.Balance{Program: program, Unit: points}, ledger.Place{}))
	m, err = tl.Find(ctx, ledger.PhoneIdentifier, typed)
	tl.must("find", err)
	if m.Name != "A*** B***" || m.AsOf != tl.now() || m.Balance(points).Shown != 10 {
		t.Errorf("as fed: %+v", m)
	}
	right := tl.addRight(ana, 500, 3600e9)
	tl.apply(
		ledger.Change{Position: 2, Kind: ledger.ForwardChange, Key: ana.String(), Forward: &ledger.Forward{From: ana, To: survivor}},
		tl.row(3, survivor, "", ledger.Balance{Program: program, Unit: points, Available: 7, Escrowed: 500}, ledger.Place{}),
	)
	for _, find := range []func() (loyalty.Member, error){
		func() (loyalty.Member, error) { return tl.Find(ctx, ledger.PhoneIdentifier, typed) },
		func() (loyalty.Member, error) { return tl.Member(ctx, ana) },
		func() (loyalty.Member, error) { return tl.Member(ctx, survivor) },
	} {
		m, err := find()
		tl.must("find after the merge", err)
		if b := m.Balance(points); m.Account != survivor || b.Shown != 517 || b.Spendable != 500 {
			t.Errorf("after the merge: %+v", m)
		}
	}
	tl.append(tl.sale(ana, 3)) // a screen that still had the old account
	if got := tl.balance(survivor).Shown; got != 520 {
		t.Errorf("shown %d, want 520", got)
	}
	if hold := tl.hold(ana, 500); hold.Parts[0].Right != right {
		t.Errorf("hold: %+v", hold)
	}
	tl.clean()
}

// Two members whose hashes begin alike are both found, and one who changes her
// number is no longer found by the old one.
func TestDirectoryIdentifiers(t *testing.T) {
	tl := newTill(t)
	ctx := context.Background()
	key := tl.opts.LookupKey
	ana, bela := newAccountID(), newAccountID()
	hash := ledger.KeyedHash(key.Hash("phone", "ana"))
	twin := hash
	twin[15] ^= 1
	row := func(position ledger.Position, account ledger.AccountID, hashes ...ledger.KeyedHash) {
		c := tl.row(position, account, "", ledger.Balance{Program: program, Unit: points}, ledger.Place{})
		c.Account.Identifiers = hashes
		tl.apply(c)
	}
	found := func(want ledger.AccountID) {
		t.Helper()
		m, err := tl.Find(ctx, "phone", "ana")
		if want.IsZero() && !errors.Is(err, loyalty.ErrUnknownMember) || !want.IsZero() && m.Account != want {
			t.Errorf("found %v, %v; want %v", m.Account, err, want)
		}
	}
	row(1, bela, twin)
	found(ledger.AccountID{})
	row(2, ana, hash)
	found(ana)
	row(3, bela)
	found(ana)
	row(4, ana, key.Hash("phone", "new"))
	found(ledger.AccountID{})
	row(5, bela, hash)
	found(bela)
}

// Pages arrive once more or late: older ones change nothing.
func TestOlderPages(t *testing.T) {
	tl := newTill(t)
	ana := newAccountID()
	row := func(position ledger.Position, available ledger.Points) ledger.Change {
		return tl.row(position, ana, "", ledger.Balance{Program: program, Unit: points, Available: available}, ledger.Place{})
	}
	tl.apply(row(1, 100))
	tl.apply(row(2, 200))
	tl.apply(row(1, 100))
	if got := tl.balance(ana).Shown; got != 200 {
		t.Errorf("shown %d, want 200", got)
	}
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	if cursor != (ledger.Cursor{Incarnation: 1, Position: 2}) {
		t.Errorf("cursor %+v", cursor)
	}
}

// Another incarnation of headquarters drops what it does not tell of.
func TestOtherIncarnation(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana, bela := tl.known(100, 0), tl.known(100, 0)
	change := tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 50}, ledger.Place{})
	tl.must("apply", tl.Apply(ctx, []ledger.Change{change}, ledger.Cursor{Incarnation: 2, Position: 1}))
	if got := tl.balance(ana).Shown; got != 50 {
		t.Errorf("shown %d, want 50", got)
	}
	if _, err := tl.Member(ctx, bela); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("dropped: %v", err)
	}
}

// A directory that is damaged or gone is fed again from the beginning; the
// journal stands.
func TestDirectoryRebuilt(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, spoil := range map[string]func(tl *till) error{
		"garbage": func(tl *till) error { return os.WriteFile(tl.path("directory.db"), make([]byte, 9000), 0o600) },
		"foreign": func(tl *till) error {
			return raw(tl.t, tl.path("directory.db"), `PRAGMA application_id = 7`)
		},
		"gone": func(tl *till) error { return os.Remove(tl.path("directory.db")) },
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			ana := tl.known(100, 0)
			tl.append(tl.sale(ana, 10))
			tl.must("close", tl.Close())
			tl.must("spoil", spoil(tl))
			tl.open()
			if rebuilt := tl.Opening().DirectoryRebuilt; rebuilt != (name != "gone") {
				t.Errorf("rebuilt: %v", rebuilt)
			}
			cursor, err := tl.Cursor(ctx)
			if err != nil || cursor != (ledger.Cursor{}) {
				t.Fatalf("cursor %+v, %v", cursor, err)
			}
			tl.apply(tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 100}, ledger.Place{}))
			if got := tl.balance(ana).Shown; got != 110 {
				t.Errorf("shown %d, want 110", got)
			}
			tl.clean()
		})
	}
}

// A directory that breaks under the running store is rebuilt by the next page.
func TestDirectoryBreaks(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	tl.known(100, 0)
	spoilt := make([]byte, 64<<10)
	for _, name := range []string{"directory.db", "directory.db-wal"} {
		f, err := os.OpenFile(tl.path(name), os.O_RDWR, 0)
		tl.must("open", err)
		info, err := f.Stat()
		tl.must("stat", err)
		_, err = f.WriteAt(spoilt[:min(int64(len(spoilt)), info.Size())], 0)
		tl.must("spoil", err)
		tl.must("close", f.Close())
	}
	ana := newAccountID()
	change := tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, ledger.Place{})
	for i := 0; ; i++ {
		cursor, err := tl.Cursor(ctx)
		if err == nil {
			err = tl.Apply(ctx, []ledger.Change{change}, ledger.Cursor{Incarnation: 1, Position: cursor.Position + 2})
		}
		if err == nil {
			break
		}
		if i == 5 {
			t.Fatalf("does not mend: %v", err)
		}
	}
	if got := tl.balance(ana).Shown; got != 5 {
		t.Errorf("shown %d, want 5", got)
	}
}

// A member whose account became another's is found as the other by all that
// led to her, though this till knows nothing else of her, before and after a
// restart.
func TestMergedIsFound(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	const phone = "+905321234567"
	ana, bea := newAccountID(), newAccountID()
	tl.apply(
		tl.row(1, ana, phone, ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}),
		tl.row(2, bea, "", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}),
	)
	tl.apply(ledger.Change{Position: 3, Kind: ledger.ForwardChange, Key: ana.String(), Forward: &ledger.Forward{From: ana, To: bea}})
	for range 2 {
		for name, find := range map[string]func() (loyalty.Member, error){
			"by number":  func() (loyalty.Member, error) { return tl.Find(ctx, ledger.PhoneIdentifier, phone) },
			"by account": func() (loyalty.Member, error) { return tl.Member(ctx, ana) },
		} {
			if m, err := find(); err != nil || m.Account != bea || m.Balance(points).Shown != 7 {
				t.Errorf("%s: %+v, %v", name, m, err)
			}
		}
		tl.reopen()
	}
}

// However many rows of a page concern the journal, each is kept.
func TestManyMergesInOnePage(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	survivor := newAccountID()
	var merged []ledger.AccountID
	var page []ledger.Change
	for i := range 120 {
		merged = append(merged, newAccountID())
		page = append(page, ledger.Change{
			Position: ledger.Position(i + 1), Kind: ledger.ForwardChange, Key: merged[i].String(),
			Forward: &ledger.Forward{From: merged[i], To: survivor},
		})
	}
	page = append(page, tl.row(121, survivor, "", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}))
	tl.apply(page...)
	for i, account := range merged {
		if m, err := tl.Member(context.Background(), account); err != nil || m.Account != survivor {
			t.Fatalf("merge %d leads to %s, %v", i, m.Account, err)
		}
	}
}
