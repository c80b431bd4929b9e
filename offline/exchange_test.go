package offline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// receiver is headquarters as far as a journal's chain goes: it takes what
// continues a head it has, and keeps each entry once.
type receiver struct {
	t       testing.TB
	heads   map[ledger.Place]ledger.Hash
	entries [][]byte
	known   map[ledger.EntryID]bool
}

func newReceiver(t testing.TB) *receiver {
	return &receiver{t: t, heads: map[ledger.Place]ledger.Hash{}, known: map[ledger.EntryID]bool{}}
}

// take receives one stretch and gives the ack.
func (r *receiver) take(s ledger.Stretch, at ledger.Millis) ledger.Ack {
	r.t.Helper()
	seal := s.Seal
	place := ledger.Place{Terminal: seal.Terminal, Epoch: seal.Epoch, Branch: seal.Branch, Seq: seal.First - 1}
	have, ok := r.heads[place]
	if place.Seq > 0 && (!ok || have != seal.Prev) {
		r.t.Fatalf("gap before %s", place)
	}
	hash := seal.Prev
	for _, body := range s.Bodies {
		place.Seq++
		hash = ledger.Link(place, hash, ledger.HashOf(body))
		r.heads[place] = hash
		var e struct {
			ID ledger.EntryID `json:"id"`
		}
		if err := json.Unmarshal(body, &e); err != nil {
			r.t.Fatal(err)
		}
		if !r.known[e.ID] {
			r.known[e.ID] = true
			r.entries = append(r.entries, body)
		}
	}
	if hash != seal.Head || seal.Count != len(s.Bodies) {
		r.t.Fatalf("seal of %s does not fit its lines", place)
	}
	return ledger.Ack{V: 1, UpTo: place, Head: hash, Incarnation: 1, At: at, Token: "t"}
}

// drain sends everything and gives how many stretches it took.
func (tl *till) drain(r *receiver, entries, size int) (stretches int) {
	tl.t.Helper()
	for {
		s, err := tl.Unsent(context.Background(), entries, size)
		tl.must("unsent", err)
		if len(s.Bodies) == 0 {
			return stretches
		}
		stretches++
		tl.must("acknowledge", tl.Acknowledge(context.Background(), r.take(s, tl.now())))
	}
}

// Stretches keep to their limits, carry one entry at least, and continue one
// another.
func TestUnsentLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name          string
		entries, size int
		want          int
	}{
		{"all at once", 500, 1 << 20, 1},
		{"three at a time", 3, 1 << 20, 4},
		{"one line is too large", 500, 10, 10},
		{"by size", 500, 2000, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			tl := newTill(t)
			ana := newAccountID()
			tl.append(tl.enroll(ana, "+905321234567"))
			for range 9 {
				tl.append(tl.sale(ana, 5))
			}
			r := newReceiver(t)
			if got := tl.drain(r, c.entries, c.size); got != c.want {
				t.Errorf("%d stretches, want %d", got, c.want)
			}
			if len(r.entries) != 10 {
				t.Errorf("%d entries arrived", len(r.entries))
			}
		})
	}
}

// A seal says what its entries issue and redeem, and under which token.
func TestSealSums(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, time.Hour)
	tl.append(tl.sale(ana, 19))
	tl.append(tl.redeem(ana, tl.hold(ana, 500)))
	s, err := tl.Unsent(context.Background(), 500, 1<<20)
	tl.must("unsent", err)
	want := []ledger.UnitSum{{Unit: points, Issued: 19, Redeemed: 500}}
	if diff := cmp.Diff(want, s.Seal.Sums); diff != "" || s.Seal.Token != "t0" || s.Seal.First != 1 {
		t.Errorf("%+v", s.Seal)
	}
}

// Entries that earn more together than a sum can say, as a POS may have them that gives
// nonsense for amounts, are sent, in stretches of which each adds up.
func TestUnsentBeyondASum(t *testing.T) {
	tl := newTill(t)
	for range 3 {
		tl.append(tl.sale(newAccountID(), 5))
		tl.append(tl.sale(newAccountID(), math.MaxInt64-6))
	}
	r := newReceiver(t)
	if got := tl.drain(r, 500, 1<<20); got != 3 || len(r.entries) != 6 {
		t.Errorf("%d entries arrived in %d stretches", len(r.entries), got)
	}
}

// An ack for a chain that is not ours is refused, an old one moves nothing
// back, and one repeated changes nothing.
func TestAcknowledge(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	r := newReceiver(t)
	ana := newAccountID()
	tl.append(tl.sale(ana, 1))
	first, err := tl.Unsent(ctx, 1, 1<<20)
	tl.must("unsent", err)
	early := r.take(first, tl.now())
	tl.append(tl.sale(ana, 1))
	tl.drain(r, 500, 1<<20)
	for range 2 {
		tl.must("an old ack", tl.Acknowledge(ctx, early))
	}
	st, err := tl.Status(ctx)
	tl.must("status", err)
	if st.Acked.Seq != 2 || st.Unsent != 0 {
		t.Errorf("acked up to %d, %d unsent", st.Acked.Seq, st.Unsent)
	}
	forged := early
	forged.Head[0] ^= 1
	if tl.Acknowledge(ctx, forged) == nil {
		t.Error("an ack with another hash was taken")
	}
	beyond := early
	beyond.UpTo.Seq = 3
	if tl.Acknowledge(ctx, beyond) == nil {
		t.Error("an ack beyond the journal was taken")
	}
}

// A new epoch writes what headquarters does not have again: the same bytes and
// ids, at new places that name the first.
func TestOpenEpoch(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	r := newReceiver(t)
	ana := tl.known(0, 1000)
	tl.append(tl.sale(ana, 1))
	tl.append(tl.sale(ana, 2))
	tl.drain(r, 500, 1<<20)
	common := tl.head()
	bela := newAccountID()
	third, fourth := tl.enroll(bela, "+905321234567"), tl.sale(bela, 4)
	tl.append(third)
	tl.append(fourth)
	tl.addRight(ana, 1000, time.Hour)
	hold := tl.hold(ana, 500)
	old := tl.place()

	tl.must("open epoch", tl.OpenEpoch(ctx, 6, common))
	if head := tl.head(); head.Epoch != 7 || head.Seq != 2 || head.Branch == old.Branch {
		t.Fatalf("head: %+v", head)
	}
	s, err := tl.Unsent(ctx, 500, 1<<20)
	tl.must("unsent", err)
	if len(s.Bodies) != 2 || !bytes.Equal(s.Bodies[0], third.Body) || !bytes.Equal(s.Bodies[1], fourth.Body) {
		t.Fatalf("%d bodies, or other ones", len(s.Bodies))
	}
	if s.Seal.First != 1 || s.Seal.Prev != common.Hash || len(s.Attachments) != 1 || s.Seal.Token != "" {
		t.Errorf("seal: %+v", s.Seal)
	}
	want := []ledger.OrigAt{
		{Line: 0, Place: ledger.Place{Terminal: old.Terminal, Epoch: 1, Branch: old.Branch, Seq: 3}},
		{Line: 1, Place: ledger.Place{Terminal: old.Terminal, Epoch: 1, Branch: old.Branch, Seq: 4}},
	}
	if diff := cmp.Diff(want, s.Seal.Origs); diff != "" {
		t.Error(diff)
	}
	_, err = tl.Hold(ctx, hold.ID)
	tl.wantNoRedeem("a hold of the old branch", err, loyalty.HoldGone)
	_, err = tl.PlaceHold(ctx, tl.wish(ana, 500))
	tl.wantNoRedeem("a right of the old branch", err, loyalty.NoRight)
	tl.append(fourth) // stands already
	if got := tl.balance(bela).Shown; got != 4 {
		t.Errorf("shown after the new epoch: %d", got)
	}
	tl.must("open another", tl.OpenEpoch(ctx, 0, common))
	s, err = tl.Unsent(ctx, 500, 1<<20)
	tl.must("unsent", err)
	if diff := cmp.Diff(want, s.Seal.Origs); diff != "" || s.Seal.Epoch != 8 {
		t.Errorf("written a third time: %s", diff)
	}
	tl.drain(r, 500, 1<<20)
	if len(r.entries) != 4 {
		t.Errorf("%d entries at headquarters, want 4", len(r.entries))
	}
	tl.reopen()
	tl.clean()
}

// A headquarters that lost everything, after several epochs, gets every entry
// again, each chain on from where it left another.
func TestHeadquartersLostAll(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 0)
	r := newReceiver(t)
	for range 3 {
		tl.append(tl.sale(ana, 1))
	}
	tl.drain(r, 500, 1<<20)
	third := tl.head()
	tl.append(tl.sale(ana, 1))
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, third))
	tl.append(tl.sale(ana, 1))
	tl.drain(r, 500, 1<<20)

	lost := newReceiver(t)
	tl.must("resume", tl.Resume(ctx, ledger.Head{}, ledger.Contact{Incarnation: 2, Token: "n"}))
	lost.heads[ledger.Place{}] = ledger.Hash{}
	tl.drain(lost, 2, 1<<20)
	if len(lost.entries) != 5 {
		t.Errorf("%d entries arrived, want 5", len(lost.entries))
	}
	tl.clean()
}

// Knows is about the hash at a place, in every epoch.
func TestKnows(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	beginning := tl.head()
	tl.append(tl.sale(newAccountID(), 1))
	first := tl.head()
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, beginning))
	change := func(h ledger.Head, f func(*ledger.Head)) ledger.Head { f(&h); return h }
	for _, c := range []struct {
		name string
		head ledger.Head
		want bool
	}{
		{"zero", ledger.Head{}, true},
		{"beginning", beginning, true},
		{"first", first, true},
		{"now", tl.head(), true},
		{"other hash", change(first, func(h *ledger.Head) { h.Hash[0] ^= 1 }), false},
		{"other branch", change(first, func(h *ledger.Head) { h.Branch[0] ^= 1 }), false},
		{"beyond its epoch", change(first, func(h *ledger.Head) { h.Seq = 2 }), false},
		{"unknown epoch", change(first, func(h *ledger.Head) { h.Epoch = 9 }), false},
	} {
		got, err := tl.Knows(ctx, c.head)
		if err != nil || got != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
		if err := tl.Resume(ctx, c.head, ledger.Contact{}); (err == nil) != c.want {
			t.Errorf("resume at %s: %v", c.name, err)
		}
	}
}

// Attachments are kept and sent as long as the bodies that name them: that
// headquarters has them in a backup alone takes none away.
func TestAttachmentsStayWithTheirBodies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl, _, _ := aged(t)
	attached := func(incarnation ledger.Incarnation) int {
		tl.must("resume", tl.Resume(ctx, ledger.Head{}, ledger.Contact{Incarnation: incarnation, Token: "t"}))
		s, err := tl.Unsent(ctx, 500, 1<<20)
		tl.must("unsent", err)
		return len(s.Attachments)
	}
	tl.backedUp(tl.place())
	if n := attached(2); n != 1 {
		t.Errorf("in a backup: %d attachments, want 1", n)
	}
	tl.ackAll()
	tl.backedUp(tl.place())
	tl.prune()
	if n := attached(3); n != 0 || tl.pruned() == 0 {
		t.Errorf("pruned: %d attachments", n)
	}
}

// Receipt numbers are never given twice, whatever happens in between.
func TestReceiptNumbers(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	given := map[string]bool{}
	for i := range 130 {
		number, err := tl.NextReceipt(context.Background())
		tl.must("number", err)
		if given[number] {
			t.Fatalf("%s was given twice", number)
		}
		given[number] = true
		switch i {
		case 10, 60:
			tl.reopen()
		case 90:
			tl.must("open epoch", tl.OpenEpoch(context.Background(), 0, ledger.Head{}))
		}
	}
}

// Only the first sale after a start waits for its receipt number to be written:
// each sale sets further numbers apart before they run out.
func TestReceiptNumbersWaitForNothing(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	wal := func() int64 {
		st, err := tl.Status(ctx)
		tl.must("status", err)
		return st.WALBytes
	}
	given := map[string]bool{}
	for i := range 130 {
		before := wal()
		number, err := tl.NextReceipt(ctx)
		tl.must("number", err)
		if wrote := wal() - before; i > 0 && wrote != 0 {
			t.Fatalf("sale %d: %d bytes written for a number", i, wrote)
		}
		if given[number] {
			t.Fatalf("%s was given twice", number)
		}
		given[number] = true
		tl.append(tl.sale(ana, 1))
	}
	tl.reopen()
	if number, err := tl.NextReceipt(ctx); err != nil || given[number] {
		t.Errorf("%s after a restart, %v", number, err)
	}
}
