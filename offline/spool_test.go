package offline_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	spoolFile = "directory.db.rows"
	// aWhile is when what was read is written at the latest.
	aWhile = 30 * time.Second
)

// killed goes on with the till's files as they are, as after a kill.
func (tl *till) killed() {
	tl.t.Helper()
	was, dir := tl.Store, tl.t.TempDir()
	tl.must("copy", os.CopyFS(dir, os.DirFS(tl.opts.Dir)))
	tl.must("close", was.Close())
	tl.opts.Dir = dir
	tl.open()
}

func (tl *till) at() ledger.Cursor {
	tl.t.Helper()
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	return cursor
}

// page applies a page of a feed from a position on.
func (tl *till) page(f *feedOf, from, rows int, incarnation ledger.Incarnation) (end ledger.Cursor) {
	tl.t.Helper()
	changes := f.changes[from:min(from+rows, len(f.changes))]
	end = ledger.Cursor{Incarnation: incarnation, Position: ledger.Position(from + len(changes))}
	tl.must("apply", tl.Apply(context.Background(), changes, end))
	return end
}

// pages applies pages of 200 rows from the beginning, each of which is written.
func (tl *till) pages(f *feedOf, count int) (end ledger.Cursor) {
	tl.t.Helper()
	for i := range count {
		tl.advance(aWhile)
		end = tl.page(f, 200*i, 200, 1)
	}
	return end
}

// members is a feed of so many.
func (tl *till) members(count int) *feedOf {
	f := &feedOf{}
	for i := range count {
		f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
	}
	return f
}

// spoilSpool damages the end or the middle of what a killed till left, as a power cut may.
func spoilSpool(t *testing.T, path string, dice *rand.Rand) {
	t.Helper()
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	at := dice.IntN(len(text))
	switch dice.IntN(4) {
	case 0:
		text = text[:at]
	case 1:
		text[at] ^= 1 << dice.IntN(8)
	case 2:
		clear(text[at:min(at+4096, len(text))])
	case 3:
		text = append(text, make([]byte, dice.IntN(9000))...)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A till that is killed again and again while it reads a feed from the beginning goes on
// where it last wrote what it had read, or, where that is damaged, before the damage; and
// it knows of everyone in the end what one knows that was never killed.
func TestKilledWhileItReads(t *testing.T) {
	t.Parallel()
	kills, further := 0, 0
	for seed := range uint64(4) {
		dice := rand.New(rand.NewPCG(seed, 11))
		slow, fast := twins(t, seed%2 == 1)
		f := newFeed(1400, dice, slow.place())
		f.applyTo(slow, 100, 1)
		written := []ledger.Cursor{{}}
		for at := 0; at < len(f.changes); {
			if dice.IntN(2) == 0 {
				fast.advance(aWhile)
			}
			end, first := fast.page(f, at, 200+dice.IntN(50), 1), at == 0
			if at = int(end.Position); first || fast.now() > slow.now() {
				written = append(written, end)
				slow.clock.Store(fast.clock.Load())
			}
			if len(f.changes)-at < 200 || dice.IntN(3) > 0 {
				continue
			}
			spoilt := dice.IntN(3) == 0
			if kills++; spoilt {
				spoilSpool(t, fast.path(spoolFile), dice)
			}
			fast.killed()
			is, last := fast.at(), written[len(written)-1]
			if is != last && !(spoilt && slices.Contains(written, is)) {
				t.Fatalf("seed %d: it goes on from %+v, of %+v", seed, is, written)
			}
			at = int(is.Position)
			written = written[:slices.Index(written, is)+1]
			if at > 0 {
				further++
			}
		}
		fast.must("end", fast.EndFeed(context.Background()))
		f.sameIn(slow, fast)
		fast.noSpool("built")
		fast.clean()
	}
	if kills < 4 || further == 0 {
		t.Errorf("of %d kills %d left anything to go on with", kills, further)
	}
}

func (tl *till) noSpool(when string) {
	tl.t.Helper()
	if _, err := os.Stat(tl.path(spoolFile)); !errors.Is(err, fs.ErrNotExist) {
		tl.t.Errorf("%s, what was read stays: %v", when, err)
	}
}

// With a fast line what was read is written long before that: a kill costs no more than
// fits in a few mebibytes. Whoever stops loses nothing.
func TestSpooledAsItGrows(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(60_000)
	for at := 0; at < len(f.changes); at += 3000 {
		tl.page(f, at, 3000, 1)
	}
	tl.killed()
	if at := tl.at(); at.Position < 30_000 || at.Position == 60_000 {
		t.Fatalf("it goes on from %+v", at)
	}
	end := tl.page(f, int(tl.at().Position), 3000, 1)
	tl.reopen()
	if at := tl.at(); at != end {
		t.Errorf("stopped at %+v it goes on from %+v", end, at)
	}
}

// What was read is gone on with by a store that would read the same again; any other
// begins anew, and leaves nothing of it.
func TestSpoolOfAnother(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(tl *till)
		goesOn bool
	}{
		"the same":                 {func(*till) {}, true},
		"another program":          {func(tl *till) { tl.opts.Program = "other" }, false},
		"another store":            {func(tl *till) { tl.opts.Store = "s2" }, false},
		"a program that remembers": {func(tl *till) { tl.opts.Recall = counted }, false},
		"another epoch": {func(tl *till) {
			tl.open()
			tl.must("open epoch", tl.OpenEpoch(context.Background(), 0, tl.head()))
			tl.must("close", tl.Close())
		}, false},
		"a journal of before": {func(tl *till) { tl.must("remove", os.Remove(tl.path("mark"))) }, false},
		"no journal":          {func(tl *till) { tl.must("remove", os.Remove(tl.path("journal.db"))) }, false},
		"another directory":   {func(tl *till) { tl.must("remove", os.Remove(tl.path("directory.db"))) }, true},
		"nothing but a name":  {func(tl *till) { tl.must("empty", os.Truncate(tl.path(spoolFile), 0)) }, false},
		"no batch":            {func(tl *till) { tl.must("cut", os.Truncate(tl.path(spoolFile), 32)) }, false},
		"another release": {func(tl *till) {
			file, err := os.OpenFile(tl.path(spoolFile), os.O_WRONLY, 0)
			tl.must("open", err)
			defer file.Close()
			_, err = file.WriteAt(make([]byte, 32), 0)
			tl.must("write", err)
		}, false},
		"what is no file": {func(tl *till) {
			tl.must("remove", os.Remove(tl.path(spoolFile)))
			tl.must("make", os.MkdirAll(tl.path(spoolFile+"/kept"), 0o700))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			f := tl.members(700)
			end := tl.pages(f, 3)
			tl.must("close", tl.Close())
			c.change(tl)
			tl.open()
			if at := tl.at(); (at == end) != c.goesOn || !c.goesOn && at != (ledger.Cursor{}) {
				t.Fatalf("it goes on from %+v, was at %+v", at, end)
			}
			if !c.goesOn && name != "what is no file" {
				tl.noSpool("begun anew")
			}
			f.applyTo(tl, 300, 1)
			if _, err := tl.Member(context.Background(), f.changes[699].Account.Account); err != nil {
				t.Error(err)
			}
		})
	}
}

// A directory that stands is not built again, whatever a kill left beside it.
func TestSpoolOutlivesItsDirectory(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(700)
	tl.pages(f, 3)
	left, err := os.ReadFile(tl.path(spoolFile))
	tl.must("read", err)
	f.applyTo(tl, 700, 1)
	tl.must("close", tl.Close())
	tl.must("leave", os.WriteFile(tl.path(spoolFile), left, 0o600))
	tl.open()
	if at := tl.at(); at.Position != 700 {
		t.Errorf("it goes on from %+v", at)
	}
	tl.noSpool("started")
}

// Nothing of whoever was erased is in what was read and written: a till that is killed
// afterwards reads all again, one that is not goes on.
func TestErasedWhileSpooled(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(900)
	ana := f.changes[5].Account
	end := tl.pages(f, 3)
	tl.reopen()
	tl.erase(7, ana.Account)
	tl.noSpool("erased")
	if at := tl.at(); at != end {
		t.Errorf("erased, it goes on from %+v, was at %+v", at, end)
	}
	tl.advance(aWhile)
	tl.page(f, 600, 200, 1)
	tl.noSpool("gone on")
	tl.killed()
	if at := tl.at(); at.Position != 0 {
		t.Errorf("killed, it goes on from %+v", at)
	}
	if end = tl.pages(f, 3); tl.ErasedUpTo() != 7 {
		t.Errorf("it heard of %d", tl.ErasedUpTo())
	}
	tl.killed()
	if at := tl.at(); at != end {
		t.Errorf("killed again, it goes on from %+v, was at %+v", at, end)
	}
}

// A batch that is whole is of no use where one before it is missing.
func TestSpoolWithAGap(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(700)
	first := tl.pages(f, 1)
	from, err := os.Stat(tl.path(spoolFile))
	tl.must("stat", err)
	tl.advance(aWhile)
	tl.page(f, 200, 200, 1)
	to, err := os.Stat(tl.path(spoolFile))
	tl.must("stat", err)
	tl.advance(aWhile)
	tl.page(f, 400, 200, 1)
	tl.must("close", tl.Close())
	text, err := os.ReadFile(tl.path(spoolFile))
	tl.must("read", err)
	tl.must("write", os.WriteFile(tl.path(spoolFile), slices.Delete(text, int(from.Size()), int(to.Size())), 0o600))
	tl.open()
	if at := tl.at(); at != first {
		t.Errorf("it goes on from %+v, want %+v", at, first)
	}
}

// What has a cursor of its own goes on too: it is not told again, and stands in the end.
func TestSpoolKeepsWhatIsApart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana, bo := newAccountID(), newAccountID()
	f := &feedOf{changes: tl.household(1, ana, bo)}
	f.add(ledger.Change{Kind: ledger.PINChange, Key: ana.String(), PINs: &ledger.PINs{Account: ana}})
	f.add(ledger.Change{Kind: ledger.StoreDayChange, Key: string(day), StoreDay: &ledger.StoreDay{Day: day, Tills: 2, Totals: []byte(`{"sales":3}`)}})
	for _, c := range tl.members(400).changes {
		f.add(c)
	}
	tl.pages(f, 2)
	heard := func() (all []ledger.Cursor) {
		t.Helper()
		for _, cursor := range []func(context.Context) (ledger.Cursor, error){tl.Cursor, tl.HouseholdCursor, tl.PINCursor, tl.DayCursor} {
			c, err := cursor(ctx)
			tl.must("cursor", err)
			all = append(all, c)
		}
		return all
	}
	before := heard()
	tl.killed()
	if after := heard(); !slices.Equal(before, after) || after[3].Position != 4 {
		t.Errorf("heard up to %+v, before the kill %+v", after, before)
	}
	tl.page(f, 400, 200, 1)
	if m, err := tl.Find(ctx, ledger.PhoneIdentifier, bobsNumber); err != nil || m.ID != ledger.MemberID(bo) || m.Household != 2 {
		t.Errorf("found as %+v, %v", m, err)
	}
	if told, err := tl.StoreDay(ctx, day); err != nil || len(told) == 0 {
		t.Errorf("of the day is told %q, %v", told, err)
	}
}

// unanswered tells the till that headquarters does not answer.
func (tl *till) unanswered() {
	tl.t.Helper()
	tl.must("greet", tl.Greeted(context.Background(), false))
}

// inDirectory reports whether a member of a feed is in the directory.
func (tl *till) inDirectory(f *feedOf, i int) bool {
	_, err := tl.Member(context.Background(), f.changes[i].Account.Account)
	return err == nil
}

// A till whose line is gone while it reads waits for it a few minutes, as one does that is
// started again after a power cut, and serves those then whom it has read of. Nothing of
// what it read is lost by that: the rest is put to it, also after a kill, and all of it is
// built at the end.
func TestMakesDoWithoutALine(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(*till){
		"an outage": func(*till) {}, "a kill before": (*till).killed, "a stop before": func(tl *till) { tl.reopen() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			f := tl.members(1100)
			end := tl.pages(f, 3)
			between(tl)
			knows := func(when string, want bool) {
				t.Helper()
				for range 3 {
					tl.unanswered()
				}
				if at := tl.at(); at != end || tl.inDirectory(f, 0) != want {
					t.Errorf("%s: it is at %+v and knows the first member: %v", when, at, !want)
				}
			}
			knows("no line", false)
			tl.advance(4 * time.Minute)
			knows("no line yet", false)
			tl.advance(time.Minute)
			knows("no line for minutes", true)
			tl.killed()
			knows("killed then", true)
			if !tl.Builds() {
				t.Fatal("the rest is written row by row")
			}
			tl.page(f, 600, 300, 1)
			if tl.inDirectory(f, 700) {
				t.Fatal("a page was written row by row")
			}
			tl.page(f, 900, 200, 1)
			tl.must("end", tl.EndFeed(t.Context()))
			tl.noSpool("at the end")
			if !tl.inDirectory(f, 0) || !tl.inDirectory(f, 1099) || tl.Builds() {
				t.Error("it does not know all members")
			}
			tl.clean()
		})
	}
}

// A till that had read all of a feed when it was killed builds the directory without a
// line, and waits for nobody.
func TestKilledWhileItBuilds(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(700)
	end := tl.pages(f, 3)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tl.EndFeed(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	tl.killed()
	tl.unanswered()
	if at := tl.at(); at != end || !tl.inDirectory(f, 0) {
		t.Errorf("it is at %+v, and knows the first member: %v", at, tl.inDirectory(f, 0))
	}
	tl.noSpool("built")
}

// A page that comes once the end was reached, before the directory was built, is no end.
func TestReadOnBehindTheEnd(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	f := tl.members(900)
	tl.pages(f, 3)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tl.EndFeed(ended); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	end := tl.page(f, 600, 300, 1)
	tl.reopen()
	tl.unanswered()
	if at := tl.at(); at != end || tl.inDirectory(f, 0) {
		t.Errorf("it is at %+v, and knows the first member: %v", at, tl.inDirectory(f, 0))
	}
	tl.must("end", tl.EndFeed(t.Context()))
	if !tl.inDirectory(f, 0) || !tl.inDirectory(f, 899) {
		t.Error("it does not know all members")
	}
}

// A till whose disk is full while it reads gives the room back to those who sell, and
// begins anew once there is some.
func TestSpoolOnAFullDisk(t *testing.T) {
	if testkit.Alone(t) {
		return
	}
	tl := newTill(t)
	f := tl.members(700)
	tl.pages(f, 2)
	free := testkit.FillDisk(t, 8192)
	tl.advance(aWhile)
	err := tl.Apply(context.Background(), f.changes[400:600], ledger.Cursor{Incarnation: 1, Position: 600})
	free()
	if err == nil {
		t.Fatal("it was written")
	}
	tl.noSpool("full")
	f.applyTo(tl, 300, 1)
	tl.clean()
}

// What this release writes of rows is what it reads. Where this fails, raise spoolFormat.
func TestSpoolFormat(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	tl.opts.Recall = counted
	tl.reopen()
	f := &feedOf{}
	for i := range 200 {
		a := &ledger.AccountState{Name: "A*** B***", AsOf: 1234, BirthMonth: 7, Segments: []string{"a"}, State: []byte(`{"visits":3}`)}
		binary.BigEndian.PutUint64(a.Account[:], uint64(i%190+1)) // some come late
		for j := range 2 {
			hash := ledger.KeyedHash(sha256.New().Sum(nil)[:16])
			hash[0], hash[1] = byte(i), byte(j)
			a.Identifiers = append(a.Identifiers, hash)
		}
		a.Balances = []ledger.Balance{{Program: program, Unit: points, Available: 300, Escrowed: 2, Pending: 1}, {Program: program, Unit: "stamps", Receivable: 4}}
		a.Applied = []ledger.Place{{Terminal: tl.opts.Terminal, Epoch: 3, Branch: ledger.Branch{1, 2}, Seq: 4000}}
		f.add(ledger.Change{Kind: ledger.AccountChange, Key: a.Account.String(), Account: a})
	}
	f.changes[199].Account.Applied = nil
	tl.page(f, 0, 200, 1)
	text, err := os.ReadFile(tl.path(spoolFile))
	tl.must("read", err)
	const want = "a2b3051fbe654198"
	notes := 32 + 1048
	rows := text[notes+int(binary.BigEndian.Uint32(text[36:])):] // late ones name the terminal
	if sum := sha256.Sum256(rows); hex.EncodeToString(sum[:8]) != want {
		t.Errorf("rows are written otherwise: %x", sum[:8])
	}
}
