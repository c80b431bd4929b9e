package offline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Whatever stands in the mark file, reading it does not fail, and what is
// taken for a slot is exactly what was written.
func FuzzMarkSlot(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, offline.SlotBytes))
	whole := offline.EncodeSlot(newTerminalID(), 7, ledger.Head{Epoch: 3, Branch: ledger.Branch{1}, Seq: 41, Hash: ledger.Hash{2}}, 1_700_000_000_000)
	f.Add(whole)
	f.Add(whole[:offline.SlotBytes-1])
	torn := bytes.Clone(whole)
	torn[40] ^= 1
	f.Add(torn)
	f.Fuzz(func(t *testing.T, slot []byte) {
		again, ok := offline.ReencodeSlot(slot)
		if ok && !bytes.Equal(again, slot) {
			t.Errorf("%x was read as %x", slot, again)
		}
	})
}

// Every single flipped bit of a slot is noticed.
func TestMarkSlotBits(t *testing.T) {
	whole := offline.EncodeSlot(newTerminalID(), 1, ledger.Head{Epoch: 1, Seq: 9}, 5)
	if _, ok := offline.ReencodeSlot(whole); !ok {
		t.Fatal("a whole slot is not read")
	}
	for bit := range len(whole) * 8 {
		flipped := bytes.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, ok := offline.ReencodeSlot(flipped); ok {
			t.Errorf("bit %d flipped, and the slot was taken", bit)
		}
	}
}

// A mark torn while it was written leaves the one before it, which the journal
// knows too: the store goes on as it was.
func TestTornMark(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("close", tl.Close())
	for slot := range 2 {
		whole, err := os.ReadFile(tl.path("mark"))
		tl.must("read mark", err)
		torn := bytes.Clone(whole)
		copy(torn[slot*offline.SlotStride+20:], "garbage")
		tl.must("tear mark", os.WriteFile(tl.path("mark"), torn, 0o600))
		tl.open()
		if opening := tl.Opening(); opening.NewEpoch != nil {
			t.Errorf("slot %d torn: %+v", slot, opening)
		}
		tl.must("close", tl.Close())
	}
}

// Without its mark, an entry or more may be missing from a journal and nobody
// would know: a new epoch begins.
func TestMissingMark(t *testing.T) {
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	tl.must("close", tl.Close())
	tl.must("remove", os.Remove(tl.path("mark")))
	tl.open()
	if opening := tl.Opening(); opening.NewEpoch == nil || opening.NewEpoch.Epoch != 2 {
		t.Fatalf("opening: %+v", opening)
	}
	tl.clean()
}

// The mark of another terminal's folder is refused, and so is its journal.
func TestForeignFolder(t *testing.T) {
	tl := newTill(t)
	tl.must("close", tl.Close())
	other := tl.opts
	other.Terminal = newTerminalID()
	if store, err := offline.Open(context.Background(), other); err == nil {
		store.Close()
		t.Fatal("a folder of another terminal was opened")
	}
	tl.must("remove", os.Remove(tl.path("mark")))
	if store, err := offline.Open(context.Background(), other); err == nil {
		store.Close()
		t.Fatal("a journal of another terminal was opened")
	}
}

// A right is given back, the batch that says so is read to be sent, and then an
// older disk is put back: the mark tells, and the right is not spent here again.
func TestMarkBeforeSending(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	right := tl.addRight(ana, 1000, time.Hour)
	tl.must("close", tl.Close())
	older, err := os.ReadFile(tl.path("journal.db"))
	tl.must("read journal", err)
	tl.open()
	tl.apply(ledger.Change{Position: 9, Kind: ledger.RightChange, Key: right.String(), Right: &ledger.RightState{
		Terminal: tl.opts.Terminal, Right: right, Recall: true,
	}})
	if stretch, err := tl.Unsent(ctx, 10, 1<<20); err != nil || len(stretch.Bodies) != 1 {
		t.Fatalf("%d to send: %v", len(stretch.Bodies), err)
	}
	mark, err := os.ReadFile(tl.path("mark"))
	tl.must("read mark", err)
	tl.must("close", tl.Close())

	tl.must("put the journal back", os.WriteFile(tl.path("journal.db"), older, 0o600))
	tl.must("put the mark back", os.WriteFile(tl.path("mark"), mark, 0o600))
	tl.open()
	if tl.Opening().NewEpoch == nil {
		t.Error("the older journal is taken for the till's own")
	}
	_, err = tl.PlaceHold(ctx, tl.wish(ana, 100))
	tl.wantNoRedeem("hold what was given back", err, loyalty.NoRight)
}

// A till whose mark cannot be written sells and is heard, and redeems nothing until it
// can: it says why, and recovers unaided.
func TestMarkCannotBeWritten(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, time.Hour)
	early := tl.hold(ana, 300)
	mend, err := tl.BreakMark()
	tl.must("break mark", err)

	tl.append(tl.sale(ana, 1))
	if stretch, err := tl.Unsent(ctx, 10, 1<<20); err != nil || len(stretch.Bodies) != 1 {
		t.Fatalf("%d to send: %v", len(stretch.Bodies), err)
	}
	tl.ackAll()
	tl.advance(2 * time.Minute)
	tl.heard(tl.now())
	tl.append(tl.sale(ana, 1))
	at := tl.head()
	tl.must("resume", tl.Resume(ctx, at, ledger.Contact{Incarnation: 2, Token: "t2"}))
	st, err := tl.Status(ctx)
	tl.must("status", err)
	if st.Acked != at || st.LastContact != tl.now() || st.Unsent != 0 {
		t.Errorf("status is %+v", st)
	}

	if tl.Healthy() == nil {
		t.Error("nobody is told")
	}
	if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != loyalty.Unmarked || spendable != 0 {
		t.Errorf("may not redeem: %q, %d spendable", why, spendable)
	}
	_, err = tl.PlaceHold(ctx, tl.wish(ana, 100))
	tl.wantNoRedeem("hold", err, loyalty.Unmarked)
	spent := tl.redeem(ana, early)
	if tl.Append(ctx, spent) == nil {
		t.Error("a spend was answered without a mark")
	}
	if found, err := tl.Sale(ctx, day, spent.Entry.Sale.ID); err == nil {
		t.Errorf("it was answered when it was asked for again: %+v", found)
	}
	if found, err := tl.Sale(ctx, day, "pos-1"); err != nil || found == nil {
		t.Errorf("what spends nothing: %+v, %v", found, err)
	}
	if recent, err := tl.Recent(ctx, 10); err != nil || len(recent) != 2 || recent[0].ID == spent.Entry.ID {
		t.Errorf("among what is shown it stands: %d entries, %v", len(recent), err)
	}

	mend()
	tl.must("healthy", tl.Healthy())
	if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != "" || spendable != 700 {
		t.Errorf("mended, may not redeem: %q, %d spendable", why, spendable)
	}
	tl.append(spent) // asked again
	if recent, err := tl.Recent(ctx, 10); err != nil || len(recent) != 3 {
		t.Errorf("mended, %d entries are shown, %v", len(recent), err)
	}
	if found, err := tl.Sale(ctx, day, spent.Entry.Sale.ID); err != nil || found == nil {
		t.Errorf("asked for again: %+v, %v", found, err)
	}
	tl.append(tl.redeem(ana, tl.hold(ana, 100)))
	tl.reopen()
	if opening := tl.Opening(); opening.NewEpoch != nil || tl.noRedeem() != "" {
		t.Errorf("opening: %+v, may not redeem: %q", opening, tl.noRedeem())
	}
	tl.clean()
}

// A new epoch of a till whose mark cannot be written is begun all the same.
func TestEpochWithoutMark(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	tl.append(tl.sale(newAccountID(), 1))
	mend, err := tl.BreakMark()
	tl.must("break mark", err)
	tl.must("open epoch", tl.OpenEpoch(ctx, 4, ledger.Head{}))
	if stretch, err := tl.Unsent(ctx, 10, 1<<20); err != nil || len(stretch.Bodies) != 1 || stretch.Seal.Epoch != 5 {
		t.Errorf("to send: %+v, %v", stretch.Seal, err)
	}
	mend()
	tl.reopen()
	if opening := tl.Opening(); opening.NewEpoch != nil {
		t.Errorf("opening: %+v", opening)
	}
	tl.clean()
}

// A till that is stopped while it looks at an older journal leaves its mark as it was:
// the next start still knows that the journal is not the one that it had.
func TestStoppedWhileOpening(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, time.Hour)
	tl.append(tl.sale(ana, 0))
	tl.must("close", tl.Close())
	older, err := os.ReadFile(tl.path("journal.db"))
	tl.must("read journal", err)
	tl.open()
	tl.append(tl.redeem(ana, tl.hold(ana, 1000)))
	tl.must("close", tl.Close())
	tl.must("put the journal back", os.WriteFile(tl.path("journal.db"), older, 0o600))

	for looks := 1; ; looks++ { // at the clock, before it is stopped
		ctx, stop := context.WithCancel(t.Context())
		opts, left := tl.opts, looks
		opts.Now = func() time.Time {
			if left--; left == 0 {
				stop()
			}
			return tl.opts.Now()
		}
		store, err := offline.Open(ctx, opts)
		stop()
		if err == nil {
			tl.must("close", store.Close())
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	tl.open()
	if tl.head().Epoch == 1 {
		t.Error("the older journal is taken for the till's own")
	}
	_, err = tl.PlaceHold(t.Context(), tl.wish(ana, 100))
	tl.wantNoRedeem("hold what was spent", err, loyalty.NoRight)
}

// Rights are given before the first entry: a journal of that time without its mark is
// not the till's own either.
func TestMissingMarkOfAnEmptyJournal(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, time.Hour)
	tl.must("close", tl.Close())
	older, err := os.ReadFile(tl.path("journal.db"))
	tl.must("read journal", err)
	tl.open()
	tl.append(tl.redeem(ana, tl.hold(ana, 1000)))
	tl.must("close", tl.Close())
	tl.must("put the journal back", os.WriteFile(tl.path("journal.db"), older, 0o600))
	tl.must("remove", os.Remove(tl.path("mark")))
	tl.open()
	if tl.Opening().NewEpoch == nil {
		t.Error("the older journal is taken for the till's own")
	}
	_, err = tl.PlaceHold(t.Context(), tl.wish(ana, 100))
	tl.wantNoRedeem("hold what was spent", err, loyalty.NoRight)
}
