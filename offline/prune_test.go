package offline_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const month = 31 * 24 * time.Hour

// fill appends sales of nobody on a day, many at a time.
func (tl *till) fill(n int, on ledger.Date) {
	tl.t.Helper()
	var all sync.WaitGroup
	for range n {
		tl.sales++
		id := newEntryID()
		r := tl.encode(&ledger.Entry{
			V: ledger.Version, ID: id, Kind: ledger.Sold, At: tl.now(), Store: "s1", Day: on, Operator: "-",
			Subject: ledger.SaleSubject(id),
			Sale: &ledger.Sale{
				ID: fmt.Sprintf("pos-%d", tl.sales), Receipt: fmt.Sprint(tl.sales), Currency: "TRY", Total: 1999,
				Lines: []ledger.Line{{SKU: "4006381333931", Net: 1666, Gross: 1999, Quantity: 1}},
			},
		})
		all.Go(func() {
			if err := tl.Append(context.Background(), r); err != nil {
				tl.t.Error(err)
			}
		})
	}
	all.Wait()
}

// backedUp tells the time, acknowledges everything, and says that a backup has all up to a place.
func (tl *till) backedUp(durable ledger.Place) {
	tl.t.Helper()
	tl.heard(tl.now())
	tl.acknowledged(durable)
}

func (tl *till) acknowledged(durable ledger.Place) {
	tl.t.Helper()
	tl.must("acknowledge", tl.Acknowledge(context.Background(), ledger.Ack{
		V: 1, UpTo: tl.place(), Head: tl.head().Hash, Incarnation: 1, At: tl.now(), Token: "t1", Durable: durable,
	}))
}

// summed is what a test keeps of a day: how many entries it read of it.
func (tl *till) summed(ctx context.Context, day ledger.Date) ([]byte, error) {
	n := 0
	_, err := tl.ReadDay(ctx, day, func(ledger.Place, []byte) error { n++; return nil }, nil)
	return fmt.Append(nil, n), err
}

// prune prunes all that may go now.
func (tl *till) prune() (gone int) {
	tl.t.Helper()
	for {
		n, more, err := tl.Prune(context.Background(), tl.summed)
		tl.must("prune", err)
		if gone += n; !more {
			return gone
		}
	}
}

// pruned is how many bodies Verify misses; it fails the test for whatever else it
// finds.
func (tl *till) pruned() int {
	tl.t.Helper()
	tl.clean()
	report, err := tl.Verify(context.Background(), nil)
	tl.must("verify", err)
	return report.Pruned
}

// aged is a till whose first few entries are a month old and in a backup: a member
// enrolled, a sale to her, points of a right spent, a sale that came back in part,
// all counted by headquarters.
func aged(t testing.TB) (tl *till, ana ledger.AccountID, old ledger.Record) {
	t.Helper()
	tl = newTill(t)
	ana = newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	tl.addRight(ana, 100, time.Hour)
	old = tl.sale(ana, 20)
	tl.append(old)
	tl.append(tl.redeem(ana, tl.hold(ana, 60)))
	tl.append(tl.comeBack(old.Entry.Sale.ID, loyalty.Wish{Gross: 500}))
	settled := tl.place()
	tl.advance(month)
	tl.fill(10, "2026-12-23")
	tl.apply(tl.row(1, ana, "+905321234567", ledger.Balance{Program: program, Unit: points, Available: 15}, settled))
	return tl, ana, old
}

// Bodies that headquarters has in a backup go after a month, and all that stays
// still proves itself: chain, keys, rights, balance. A sale is not known here any
// more, and still not sold twice.
func TestPrunedJournalVerifies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl, ana, old := aged(t)
	if n := tl.prune(); n != 0 {
		t.Fatalf("%d bodies went that no backup has", n)
	}
	tl.backedUp(tl.place())
	before := tl.balance(ana)
	if n := tl.prune(); n != 4 {
		t.Errorf("%d bodies went, want 4", n)
	}
	for _, again := range []string{"at once", "opened again"} {
		if n := tl.pruned(); n != 4 {
			t.Errorf("%s: verify misses %d bodies, want 4", again, n)
		}
		if diff := cmp.Diff(before, tl.balance(ana)); diff != "" {
			t.Errorf("%s: the balance changed: %s", again, diff)
		}
		if sale, err := tl.SaleByReceipt(ctx, old.Entry.Sale.Receipt); err != nil || sale != nil {
			t.Errorf("%s: its receipt is known: %v, %v", again, sale, err)
		}
		stood, err := tl.Sale(ctx, day, old.Entry.Sale.ID)
		if err != nil || stood == nil || stood.Body != nil || stood.Request != old.Request {
			t.Errorf("%s: its key gives %+v, %v", again, stood, err)
		}
		if err := tl.Append(ctx, old); err != nil {
			t.Errorf("%s: the same entry once more: %v", again, err)
		}
		other := tl.sale(ana, 1)
		other.Entry.Sale.ID = old.Entry.Sale.ID
		wantError[*ledger.SaleExists](t, tl.Append(ctx, tl.encode(other.Entry)))
		tl.reopen()
	}
	kept, err := tl.KeptDay(ctx, day)
	if rest, _ := tl.summed(ctx, day); err != nil || string(kept) != "4" || string(rest) != "0" {
		t.Errorf("of the day %q is kept and %s entries are here, %v", kept, rest, err)
	}
}

// What is not counted yet, not in a backup or not old keeps its body; and so does
// what is read with it.
func TestBodiesThatStay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		until func(tl *till, ana ledger.AccountID, old ledger.Record)
		want  int
	}{
		"all old":   {func(tl *till, _ ledger.AccountID, _ ledger.Record) { tl.backedUp(tl.place()) }, 4},
		"no backup": {func(tl *till, _ ledger.AccountID, _ ledger.Record) { tl.backedUp(ledger.Place{}) }, 0},
		"part of a day": {func(tl *till, _ ledger.AccountID, _ ledger.Record) {
			at := tl.place()
			at.Seq = 2
			tl.backedUp(at)
		}, 0},
		"a branch that is not ours": {func(tl *till, _ ledger.AccountID, _ ledger.Record) {
			at := tl.place()
			at.Branch[0] ^= 1
			tl.backedUp(at)
		}, 0},
		"not acknowledged any more": {func(tl *till, _ ledger.AccountID, _ ledger.Record) {
			tl.must("resume", tl.Resume(context.Background(), ledger.Head{}, ledger.Contact{Incarnation: 1, Durable: tl.place()}))
		}, 0},
		"not counted": {func(tl *till, ana ledger.AccountID, _ ledger.Record) {
			tl.append(tl.sale(ana, 1))
			tl.fill(10, "2026-12-23")
			tl.advance(month)
			tl.backedUp(tl.place())
		}, 24}, // all but the last sale of ana
		"our clock alone says so": {func(tl *till, _ ledger.AccountID, _ ledger.Record) {
			tl.advance(-month)
			tl.backedUp(tl.place())
			tl.advance(2 * month)
		}, 0},
		"and a person does": {func(tl *till, _ ledger.AccountID, _ ledger.Record) {
			tl.advance(-month)
			tl.backedUp(tl.place())
			tl.advance(2 * month)
			_, _, err := tl.AcceptClock(context.Background())
			tl.must("accept", err)
			tl.acknowledged(tl.place())
		}, 0},
		"a return that is not counted": {func(tl *till, ana ledger.AccountID, old ledger.Record) {
			late := tl.comeBack(old.Entry.Sale.ID, loyalty.Wish{Gross: 500})
			late.Entry.Day = "2026-12-23"
			tl.append(tl.encode(late.Entry))
			tl.backedUp(tl.place())
		}, 2}, // the sale stays, and what came back of it before
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl, ana, old := aged(t)
			c.until(tl, ana, old)
			tl.prune()
			if n := tl.pruned(); n != c.want {
				t.Errorf("%d bodies went, want %d", n, c.want)
			}
			returns, err := tl.Returns(ctx, old.Entry.ID)
			sale, err2 := tl.SaleByReceipt(ctx, old.Entry.Sale.Receipt)
			if err != nil || err2 != nil || sale != nil && len(returns) == 0 {
				t.Errorf("its sale is known and what came back of it is not: %v, %v, %v", returns, err, err2)
			}
		})
	}
}

// What comes late to a day whose bodies have gone stands beside what is kept of it,
// and stays.
func TestLateToAPrunedDay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl, _, _ := aged(t)
	tl.backedUp(tl.place())
	tl.prune()
	tl.fill(1, day)
	tl.advance(month)
	tl.backedUp(tl.place())
	tl.prune()
	kept, err := tl.KeptDay(ctx, day)
	if rest, _ := tl.summed(ctx, day); err != nil || string(kept) != "4" || string(rest) != "1" {
		t.Errorf("of the day %q is kept and %s entries are here, %v", kept, rest, err)
	}
	tl.clean()
}

// A headquarters that was put back tells anew what it has in a backup: what it told
// in its life before counts for nothing.
func TestDurableIsOfAnIncarnation(t *testing.T) {
	ctx := context.Background()
	tl, _, _ := aged(t)
	tl.backedUp(tl.place())
	durable := func() ledger.Place {
		st, err := tl.Status(ctx)
		tl.must("status", err)
		return st.Durable
	}
	all := durable()
	if all != tl.place() {
		t.Fatalf("durable up to %v, want %v", all, tl.place())
	}
	tl.backedUp(ledger.Place{})
	tl.must("hear", tl.Heard(ctx, tl.now()+ledger.Millis(time.Hour.Milliseconds())))
	if durable() != all {
		t.Errorf("the same incarnation was silent: durable up to %v, want %v", durable(), all)
	}
	first := all
	first.Seq = 1
	for _, c := range []struct {
		incarnation ledger.Incarnation
		says, want  ledger.Place
	}{{2, ledger.Place{}, ledger.Place{}}, {2, all, all}, {3, first, first}} {
		tl.must("resume", tl.Resume(ctx, tl.head(), ledger.Contact{Incarnation: c.incarnation, Durable: c.says}))
		if durable() != c.want {
			t.Errorf("incarnation %d says %v: durable up to %v", c.incarnation, c.says, durable())
		}
	}
}

// A headquarters put back from a backup older than the one it had told of lacks what
// was pruned meanwhile: it gets all the rest, under a new epoch, and that is told.
func TestPrunedAndHeadquartersRestored(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl, ana, _ := aged(t)
	tl.backedUp(tl.place())
	tl.prune()
	bob := newAccountID()
	tl.append(tl.sale(bob, 7))
	tl.ackAll()
	tl.must("resume", tl.Resume(ctx, ledger.Head{}, ledger.Contact{Incarnation: 2}))
	sent := 0
	for {
		stretch, err := tl.Unsent(ctx, 500, 1<<20)
		tl.must("unsent", err)
		if len(stretch.Bodies) == 0 {
			break
		}
		sent += len(stretch.Bodies)
		place := ledger.Place{Terminal: tl.opts.Terminal, Epoch: stretch.Seal.Epoch, Branch: stretch.Seal.Branch, Seq: stretch.Seal.First + ledger.Seq(stretch.Seal.Count) - 1}
		tl.must("acknowledge", tl.Acknowledge(ctx, ledger.Ack{V: 1, UpTo: place, Head: stretch.Seal.Head, Incarnation: 2, At: tl.now(), Token: "t"}))
	}
	if o := tl.Opening(); sent != 11 || o.Pruned != 4 || o.Unreadable != 0 {
		t.Errorf("%d sent; %d pruned, %d unreadable", sent, o.Pruned, o.Unreadable)
	}
	if got := tl.balance(bob).Shown; got != 7 {
		t.Errorf("bob has %d", got)
	}
	if got := tl.balance(ana).Shown; got != 15 {
		t.Errorf("ana has %d", got)
	}
	tl.clean()
}

// A body that stayed among others that went may go later, also where by then
// headquarters has only a backup of before those.
func TestPrunedBeyondABackup(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 0)
	tl.append(tl.sale(ana, 7))
	first := tl.place()
	tl.fill(3, "2026-12-23")
	tl.advance(month)
	tl.backedUp(tl.place())
	if gone := tl.prune(); gone != 3 {
		t.Errorf("%d bodies went, want all but that of what is not counted", gone)
	}
	tl.apply(tl.row(2, ana, "", ledger.Balance{Program: program, Unit: points, Available: 7}, first))
	tl.backedUp(first)
	if gone := tl.prune(); gone != 1 {
		t.Errorf("%d bodies went, want the one that stayed", gone)
	}
	tl.clean()
}

// A journal that was pruned and then damaged is salvaged with the places of what
// was pruned, its keys and what rights were spent of.
func TestPrunedAndSalvaged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl, _, old := aged(t)
	tl.backedUp(tl.place())
	tl.prune()
	tl.must("close", tl.Close())
	tl.must("condemn", os.WriteFile(tl.path("journal.damaged"), nil, 0o600))
	tl.open()
	if tl.Opening().Salvaged == nil {
		t.Fatal("it was not salvaged")
	}
	if n := tl.pruned(); n != 4 {
		t.Errorf("verify misses %d bodies, want 4", n)
	}
	kept, err := tl.KeptDay(ctx, day)
	stood, err2 := tl.Sale(ctx, day, old.Entry.Sale.ID)
	if err != nil || string(kept) != "4" || err2 != nil || stood == nil || stood.Request != old.Request {
		t.Errorf("of the day %q is kept, %v; the sale's key gives %+v, %v", kept, err, stood, err2)
	}
}

// The pages of bodies that went are used again: the file does not grow for as many
// sales as went.
func TestPrunedSpaceIsUsedAgain(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	tl.fill(1500, day)
	tl.advance(month)
	tl.backedUp(tl.place())
	pages := func() (all, free int) {
		db, err := sql.Open("sqlite3", "file:"+tl.path("journal.db")+"?mode=ro")
		tl.must("open", err)
		defer db.Close()
		tl.must("count pages", db.QueryRow(`SELECT p.page_count, f.freelist_count FROM pragma_page_count p, pragma_freelist_count f`).Scan(&all, &free))
		return all, free
	}
	before, _ := pages()
	if n := tl.prune(); n != 1500 {
		t.Fatalf("%d bodies went", n)
	}
	_, free := pages()
	if free < before/4 {
		t.Errorf("%d of %d pages are free", free, before)
	}
	tl.fill(300, "2026-12-23")
	if after, _ := pages(); after > before {
		t.Errorf("%d pages became %d", before, after)
	}
	tl.clean()
}

// An entry that is appended while it is decided what goes is waited for.
func TestPruneYields(t *testing.T) {
	tl, ana, _ := aged(t)
	tl.backedUp(tl.place())
	gone, more, err := tl.Prune(context.Background(), func(ctx context.Context, day ledger.Date) ([]byte, error) {
		tl.append(tl.sale(ana, 1))
		return tl.summed(ctx, day)
	})
	if gone != 0 || !more || err != nil || tl.pruned() != 0 {
		t.Errorf("%d gone, more %v, %v", gone, more, err)
	}
}
