package offline_test

import (
	"context"
	"crypto/ed25519"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// noHeader destroys what SQLite reads first.
func noHeader(b []byte) []byte { clear(b[:64]); return b }

// noisy destroys pages from one to another as well, all but their first byte.
func noisy(from, to int) func([]byte) []byte {
	return func(b []byte) []byte {
		draw := rand.New(rand.NewPCG(5, 6))
		for page := from; page < to; page++ {
			for i := range 4095 {
				b[page*4096+1+i] = byte(draw.Uint32())
			}
		}
		return noHeader(b)
	}
}

// worked is a till in the middle of business: enrolled, earned, redeemed, half
// of it sent.
func worked(t *testing.T, sales int) (tl *till, r *receiver, ana ledger.AccountID) {
	t.Helper()
	tl, r = newTill(t), newReceiver(t)
	ana = newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.addRight(ana, 1000, 48*time.Hour)
	for i := range sales {
		tl.append(tl.sale(ana, 10))
		if i == sales/2 {
			tl.drain(r, 500, 1<<20)
		}
	}
	tl.append(tl.redeem(ana, tl.hold(ana, 300)))
	return tl, r, ana
}

// spoiled is a copy of a till's files as a power cut left them, with damage.
func (tl *till) spoiled(t *testing.T, spoil func([]byte) []byte) *till {
	t.Helper()
	other := &till{t: t, opts: tl.opts, clock: tl.clock, sales: tl.sales}
	other.opts.Dir = t.TempDir()
	for _, name := range []string{"journal.db", "journal.db-wal", "directory.db", "directory.db-wal", "mark"} {
		content, err := os.ReadFile(tl.path(name))
		if os.IsNotExist(err) {
			continue
		}
		tl.must("copy", err)
		switch name {
		case "journal.db":
			content = spoil(content)
		case "journal.db-wal":
			clear(content[:min(len(content), 32)]) // or SQLite would have a good first page there
		}
		tl.must("copy", os.WriteFile(other.path(name), content, 0o600))
	}
	return other
}

func (tl *till) salvaged() offline.Salvaged {
	tl.t.Helper()
	opening := tl.Opening()
	if opening.Salvaged == nil {
		tl.t.Fatalf("nothing was salvaged: %+v", opening)
	}
	if _, err := os.Stat(filepath.Join(opening.Salvaged.Aside, "journal.db")); err != nil {
		tl.t.Errorf("the damaged file is gone: %v", err)
	}
	return *opening.Salvaged
}

// A journal that lost its header alone loses no entry: all of it is kept at its
// place, the till earns again, and headquarters gets each entry once. What was
// set aside under the old branch is not spent twice.
func TestSalvageLosesNothingReadable(t *testing.T) {
	t.Parallel()
	was, r, ana := worked(t, 40)
	entries, acked := len(r.entries), was.head()
	tl := was.spoiled(t, noHeader)
	tl.open()
	if got := tl.salvaged(); got.Entries != 42 || got.Lost != 0 {
		t.Errorf("salvaged %+v", got)
	}
	if head := tl.head(); head.Epoch != acked.Epoch+1 {
		t.Errorf("goes on in epoch %d", head.Epoch)
	}
	tl.clean()
	member, err := tl.Find(context.Background(), ledger.PhoneIdentifier, "+905321234567")
	tl.must("find", err)
	if b := member.Balance(points); member.Account != ana || b.Shown != 100 || b.Spendable != 0 {
		t.Errorf("member %+v", b)
	}
	tl.greet()
	tl.append(tl.sale(ana, 7))
	tl.drain(r, 500, 1<<20)
	if got := len(r.known); got != 43 {
		t.Errorf("headquarters knows %d entries, had %d", got, entries)
	}
	if _, err := os.Stat(tl.path("salvaged")); !os.IsNotExist(err) {
		t.Errorf("the swap did not end: %v", err)
	}
}

// What headquarters published is kept as it was told last, and in that order: a
// till that cannot reach it goes on under its own program.
func TestSalvageKeepsPublications(t *testing.T) {
	t.Parallel()
	was, _, _ := worked(t, 40)
	_, key, err := ed25519.GenerateKey(nil)
	was.must("make key", err)
	program := func(position ledger.Position, name, source string) ledger.Change {
		return ledger.Change{Position: position, Kind: ledger.ProgramChange, Key: name,
			Program: &ledger.SignedProgram{Source: []byte(source), Signature: ledger.Sign(key, ledger.ProgramDomain, []byte(source))}}
	}
	stop, err := ledger.SignStop(key, ledger.Stop{Program: "p", Rule: "more", Version: 1, Reason: "too much", Operator: "-", At: 1})
	was.must("sign", err)
	long := "two" + strings.Repeat("# words\n", 2000) // beyond its page
	was.apply(program(20, "p/1", "one"), program(21, "q/2", long), ledger.Change{Position: 22, Kind: ledger.StopChange, Key: "p/1/more", Stop: &stop})
	was.apply(program(23, "p/1", "one"))
	want, err := was.Published(context.Background())
	was.must("read", err)
	tl := was.spoiled(t, noHeader)
	tl.open()
	tl.salvaged()
	got, err := tl.Published(context.Background())
	tl.must("read", err)
	if diff := cmp.Diff(want, got); diff != "" || len(got.Programs) != 2 || string(got.Programs[1].Source) != "one" || len(got.Stops) != 1 {
		t.Errorf("salvaged: %s", diff)
	}
	tl.clean()
}

// Returns keep their keys and their sales; a name said here waits for the feed.
func TestSalvageKeepsReturns(t *testing.T) {
	t.Parallel()
	was, _, ana := worked(t, 40)
	was.append(was.comeBack("pos-3", loyalty.Wish{All: true}))
	was.append(was.profile(ana, "A***"))
	want := was.balance(ana).Shown
	tl := was.spoiled(t, noHeader)
	tl.open()
	if got := tl.salvaged(); got.Entries != 44 || got.Lost != 0 {
		t.Errorf("salvaged %+v", got)
	}
	tl.clean()
	returns, err := tl.Returns(context.Background(), tl.saleOf("pos-3").ID)
	if err != nil || len(returns) != 1 || returns[0].Kind != ledger.Voided {
		t.Errorf("returns %v, %v", returns, err)
	}
	if sale, err := tl.SaleByReceipt(context.Background(), "3"); err != nil || sale == nil || sale.Sale.ID != "pos-3" {
		t.Errorf("by receipt: %v, %v", sale, err)
	}
	if got := tl.balance(ana).Shown; got != want {
		t.Errorf("shown %d, was %d", got, want)
	}
}

// Destroyed pages cost the entries on them; those behind them are written
// again and name their first places, by which their spends are judged.
func TestSalvageLeavesOutTheLost(t *testing.T) {
	t.Parallel()
	was, r, ana := worked(t, 400)
	was.must("close", was.Close()) // all in the file
	size := 0
	tl := was.spoiled(t, func(b []byte) []byte {
		size = len(b) / 4096
		return noisy(size/3, size/3+6)(b)
	})
	tl.open()
	got := tl.salvaged()
	if got.Lost == 0 || got.Lost > 60 || got.Entries+got.Lost != 402 {
		t.Errorf("salvaged %+v of 402", got)
	}
	tl.greet()
	tl.append(tl.sale(ana, 7))
	before := len(r.known)
	tl.drain(r, 500, 1<<20)
	if len(r.known) < before {
		t.Error("headquarters lost entries")
	}
	stretch := tl.firstPlaces(was)
	if stretch == 0 {
		t.Error("no first place was named")
	}
	member, err := tl.Member(context.Background(), ana)
	tl.must("member", err)
	if b := member.Balance(points); b.Spendable != 0 {
		t.Errorf("spendable after damage: %+v", b)
	}
}

// firstPlaces counts the entries sent with a first place of the old journal.
func (tl *till) firstPlaces(was *till) (named int) {
	tl.t.Helper()
	tl.must("send again", tl.Resume(context.Background(), ledger.Head{}, ledger.Contact{Incarnation: 1, Token: "t"}))
	for {
		stretch, err := tl.Unsent(context.Background(), 500, 1<<20)
		tl.must("unsent", err)
		if len(stretch.Bodies) == 0 {
			return named
		}
		for _, orig := range stretch.Seal.Origs {
			if orig.Place.Terminal != was.opts.Terminal || orig.Place.Epoch != 1 || orig.Place.Seq == 0 {
				tl.t.Fatalf("first place %+v", orig.Place)
			}
			named++
		}
		seal := stretch.Seal
		tl.must("ack", tl.Acknowledge(context.Background(), ledger.Ack{
			V: 1, Head: seal.Head, Incarnation: 1, At: tl.now(), Token: "t",
			UpTo: ledger.Place{Terminal: seal.Terminal, Epoch: seal.Epoch, Branch: seal.Branch, Seq: seal.First + ledger.Seq(seal.Count) - 1},
		}))
	}
}

// What a later release wrote, and one put back in its place cannot read, is salvaged as it
// stands, with what identifies whom it is about: it was told, and is still to be sent.
func TestSalvageOfAReleaseToCome(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func([]byte) []byte{
		"at its place": noHeader,
		"behind a gap": func(b []byte) []byte { return noisy(len(b)/4096/3, len(b)/4096/3+6)(b) },
	} {
		t.Run(name, func(t *testing.T) {
			was, r, ana := worked(t, 400)
			joined, sold := was.enroll(newAccountID(), "+905327654321"), was.sale(ana, 10)
			for _, record := range []*ledger.Record{&joined, &sold} {
				record.Body = append(record.Body[:len(record.Body)-1:len(record.Body)-1], `,"to_come":1}`...)
				was.append(*record)
			}
			was.append(was.sale(ana, 10))
			was.must("close", was.Close()) // all in the file
			tl := was.spoiled(t, spoil)
			tl.open()
			tl.salvaged()
			tl.greet()
			hers := false
			for {
				stretch, err := tl.Unsent(t.Context(), 500, 1<<20)
				tl.must("unsent", err)
				if len(stretch.Bodies) == 0 {
					break
				}
				hers = hers || slices.ContainsFunc(stretch.Attachments, func(a []byte) bool { return string(a) == string(joined.Attachment) })
				tl.must("acknowledge", tl.Acknowledge(t.Context(), r.take(stretch, tl.now())))
			}
			for _, record := range []ledger.Record{joined, sold} {
				if !r.known[record.Entry.ID] {
					t.Errorf("the %s is lost", record.Entry.Kind)
				}
			}
			if !hers {
				t.Error("nothing arrived by which she is found")
			}
			if found, err := tl.Sale(t.Context(), day, sold.Entry.Sale.ID); err != nil || found == nil || string(found.Body) != string(sold.Body) {
				t.Errorf("under its id stands %+v, %v", found, err)
			}
		})
	}
}

// A journal of which nothing is left begins anew, above every epoch its mark
// has seen.
func TestSalvageOfNothing(t *testing.T) {
	t.Parallel()
	was, _, ana := worked(t, 5)
	was.must("close", was.Close())
	tl := was.spoiled(t, func(b []byte) []byte { return make([]byte, len(b)) })
	tl.open()
	if got := tl.salvaged(); got.Entries != 0 || got.Lost != 7 {
		t.Errorf("salvaged %+v", got)
	}
	if tl.head().Epoch != 2 {
		t.Errorf("head %+v", tl.head())
	}
	tl.append(tl.sale(ana, 1))
	tl.clean()
}

// Wherever a salvage was cut short, the next start ends it, or begins it again.
func TestSalvageCutShort(t *testing.T) {
	t.Parallel()
	was, _, ana := worked(t, 20)
	was.must("close", was.Close())
	for name, cut := range map[string]func(tl *till) error{
		"while making": func(tl *till) error { return os.Mkdir(tl.path("salvaging"), 0o700) },
		"made":         func(tl *till) error { return offline.BuildSalvage(context.Background(), tl.opts) },
		"begun to swap": func(tl *till) error {
			return both(offline.BuildSalvage(context.Background(), tl.opts), os.Rename(tl.path("salvaging"), tl.path("salvaged")))
		},
		"moved aside": func(tl *till) error {
			return both(offline.BuildSalvage(context.Background(), tl.opts),
				os.Rename(tl.path("salvaging"), tl.path("salvaged")), os.Remove(tl.path("journal.db")))
		},
		"in place": func(tl *till) error {
			return both(offline.BuildSalvage(context.Background(), tl.opts),
				os.Rename(tl.path("salvaging"), tl.path("salvaged")),
				os.Rename(filepath.Join(tl.path("salvaged"), "journal.db"), tl.path("journal.db")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			tl := was.spoiled(t, noHeader)
			tl.must("cut short", cut(tl))
			tl.open()
			tl.clean()
			tl.append(tl.sale(ana, 1))
			if last, err := tl.LastSale(context.Background()); err != nil || last == nil {
				t.Errorf("last sale %v, %v", last, err)
			}
			sale, err := tl.Sale(context.Background(), day, "pos-3")
			if err != nil || sale == nil || sale.Request.IsZero() {
				t.Errorf("an earlier sale is not there as it was asked for: %+v, %v", sale, err)
			}
			for _, left := range []string{"salvaging", "salvaged"} {
				if _, err := os.Stat(tl.path(left)); !os.IsNotExist(err) {
					t.Errorf("%s stays: %v", left, err)
				}
			}
		})
	}
}

func both(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// What was moved aside is deleted after thirty days: it can hold what was
// erased since.
func TestDamagedFilesAreForgotten(t *testing.T) {
	t.Parallel()
	was, _, _ := worked(t, 3)
	tl := was.spoiled(t, noHeader)
	tl.open()
	aside := tl.salvaged().Aside
	tl.advance(29 * 24 * time.Hour)
	tl.reopen()
	if _, err := os.Stat(aside); err != nil {
		t.Errorf("gone early: %v", err)
	}
	tl.advance(2 * 24 * time.Hour)
	tl.reopen()
	if _, err := os.Stat(aside); !os.IsNotExist(err) {
		t.Errorf("still there: %v", err)
	}
}

// A right comes as it was at several times, and one of those may be spoilt: only one
// whose grant tells of it is kept, so that another is not passed over for it.
func TestSalvageLeavesSpoiltRights(t *testing.T) {
	id, account := ledger.RightID{1}.String(), newAccountID().String()
	grant, err := (&ledger.Entry{
		V: 1, ID: newEntryID(), Kind: ledger.Grant, At: ledger.MillisOf(start), Store: "s1", Subject: ledger.Subject(account),
		Right: &ledger.Right{ID: ledger.RightID{1}, Terminal: ledger.TerminalID{1}, Epoch: 1, Program: program, Unit: points, Amount: 100},
	}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	row := func(id, body string) []any {
		return []any{id, account, program, string(points), int64(100), int64(0), int64(0), int64(0), int64(1), int64(2),
			int64(1), make([]byte, 8), body, make([]byte, 64), int64(0), nil, int64(0), int64(0)}
	}
	for name, c := range map[string]struct {
		row  []any
		kept bool
	}{
		"whole":         {row(id, string(grant)), true},
		"spoilt":        {row(id, string(grant[:50])+"\xa5\xa5\xa5\xa5"+string(grant[54:])), false},
		"cut short":     {row(id, string(grant[:100])), false},
		"of another id": {row(ledger.RightID{2}.String(), string(grant)), false},
	} {
		if kept := offline.Keeps(c.row); kept != c.kept {
			t.Errorf("%s: kept %v", name, kept)
		}
	}
}
