package offline_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// splittable gives the till, a hub, a right that it may split.
func (tl *till) splittable(account ledger.AccountID, amount ledger.Points, lasts time.Duration) ledger.RightID {
	tl.t.Helper()
	id, grant := tl.grant(account, amount, lasts)
	e, err := ledger.Decode(grant.Body)
	tl.must("read grant", err)
	e.Right.SplitKey = bytes.Repeat([]byte{1}, 32)
	grant.Body, err = e.Encode()
	tl.must("write grant", err)
	tl.must("add right", tl.AddRight(context.Background(), grant))
	return id
}

// wants is what a lane asks the hub for.
func (tl *till) wants(account ledger.AccountID, amount ledger.Points) ledger.PartWanted {
	return ledger.PartWanted{
		ID: newRightID(), Terminal: newTerminalID(), Epoch: 3, Branch: ledger.NewBranch(),
		Account: account, Program: program, Unit: points, Amount: amount,
	}
}

func signed(body []byte) []byte { return append([]byte("signed "), body[:8]...) }

func sum(parts []ledger.GivenPart) (total ledger.Points) {
	for _, p := range parts {
		if e, err := ledger.Decode(p.Part.Body); err == nil {
			total += e.Right.Amount
		}
	}
	return total
}

// A hub gives parts of its rights, those that lapse first first, never more than they
// have, and the same ones when it is asked again, after a restart too.
func TestSplit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.splittable(ana, 600, 72*time.Hour)
	first := tl.splittable(ana, 400, 48*time.Hour)
	wanted := tl.wants(ana, 700)
	given, err := tl.Split(ctx, wanted, signed)
	tl.must("split", err)
	if len(given) != 2 || sum(given) != 700 {
		t.Fatalf("%d parts of %d, want 2 of 700", len(given), sum(given))
	}
	e, err := ledger.Decode(given[0].Part.Body)
	tl.must("read split", err)
	if r := e.Right; r.Parent != first || r.Amount != 400 || r.Terminal != wanted.Terminal || r.Epoch != 3 || r.Branch != wanted.Branch {
		t.Errorf("the first part is %+v", r)
	}
	_, err = tl.Split(ctx, tl.wants(ana, 301), signed)
	tl.wantNoRedeem("more than is left", err, loyalty.NoRight)
	tl.reopen()
	again, err := tl.Split(ctx, wanted, signed)
	tl.must("split again", err)
	if diff := cmp.Diff(given, again); diff != "" {
		t.Error("asked again it gives something else:", diff)
	}
	known, err := tl.GivenTo(ctx, wanted.Terminal, wanted.Epoch, wanted.Branch, 10, signed)
	tl.must("given", err)
	if len(known) != 2 || sum(known) != 700 {
		t.Errorf("%d parts of %d are known, want 2 of 700", len(known), sum(known))
	}
	if other, err := tl.GivenTo(ctx, wanted.Terminal, wanted.Epoch, ledger.NewBranch(), 10, signed); err != nil || len(other) > 0 {
		t.Errorf("another branch was given %d, %v", len(other), err)
	}
	tl.clean()
}

// What is called back goes back without what was given; what is no hub's is not
// split, nor what is past its end.
func TestNotSplit(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana, ada := tl.known(0, 1000), tl.known(0, 1000)
	tl.addRight(ada, 1000, 72*time.Hour)
	_, err := tl.Split(ctx, tl.wants(ada, 100), signed)
	tl.wantNoRedeem("a till's own right", err, loyalty.NoRight)
	right := tl.splittable(ana, 1000, 48*time.Hour)
	_, err = tl.Split(ctx, tl.wants(ana, 300), signed)
	tl.must("split", err)
	tl.apply(ledger.Change{Position: 5, Kind: ledger.RightChange, Key: right.String(), Right: &ledger.RightState{
		Terminal: tl.opts.Terminal, Right: right, Recall: true,
	}})
	if last := tl.last(); last.Kind != ledger.RightReturn || last.End.Amount != 700 {
		t.Errorf("it gave back %+v", last.End)
	}
	_, err = tl.Split(ctx, tl.wants(ana, 100), signed)
	tl.wantNoRedeem("called back", err, loyalty.NoRight)
	tl.splittable(ana, 100, time.Hour)
	tl.advance(2 * time.Hour)
	_, err = tl.Split(ctx, tl.wants(ana, 100), signed)
	tl.wantNoRedeem("past its end", err, loyalty.NoRight)
	tl.clean()
}

// last is the last entry of the journal.
func (tl *till) last() *ledger.Entry {
	tl.t.Helper()
	stretch, err := tl.Unsent(context.Background(), 1000, 1<<30)
	tl.must("unsent", err)
	e, err := ledger.Decode(stretch.Bodies[len(stretch.Bodies)-1])
	tl.must("read last", err)
	return e
}

// partOf makes a part of a hub's right for the till, a lane.
func (tl *till) partOf(account ledger.AccountID, amount ledger.Points) ledger.SignedEntry {
	tl.t.Helper()
	_, grant := tl.grant(account, 1000, 72*time.Hour)
	e, err := ledger.Decode(grant.Body)
	tl.must("read grant", err)
	wanted := tl.wants(account, amount)
	head := tl.head()
	wanted.Terminal, wanted.Epoch, wanted.Branch = tl.opts.Terminal, head.Epoch, head.Branch
	split := wanted.SplitOf(e, amount)
	split.ID, split.At = newEntryID(), tl.now()
	body, err := split.Encode()
	tl.must("write split", err)
	return ledger.SignedEntry{Body: body, Signature: signed(body)}
}

// A lane keeps a part once, with an entry that has it, and spends it as any right;
// one for another branch it does not keep.
func TestPart(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	part := tl.partOf(ana, 500)
	for range 2 {
		tl.must("add part", tl.AddPart(ctx, part))
	}
	if last := tl.last(); tl.head().Seq != 1 || last.Kind != ledger.Part || !bytes.Equal(last.Part.Body, part.Body) {
		t.Errorf("the journal has %d entries, the last %+v", tl.head().Seq, last)
	}
	tl.append(tl.redeem(ana, tl.hold(ana, 300)))
	if b := tl.balance(ana); b.Shown != 700 || b.Spendable != 200 {
		t.Errorf("afterwards %+v", b)
	}
	tl.reopen()
	tl.clean()
	late := tl.partOf(ana, 100)
	tl.must("open epoch", tl.OpenEpoch(ctx, 0, tl.head()))
	seq := tl.head().Seq
	tl.must("add part", tl.AddPart(ctx, late))
	if tl.head().Seq != seq || tl.balance(ana).Spendable != 0 {
		t.Error("a part of the branch before is spendable")
	}
	tl.clean()
}

// What a hub gave stays spent of its right when the split's body has gone; the part
// cannot be given again then, however long it lasts.
func TestSplitPruned(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.splittable(ana, 600, 2*month)
	wanted := tl.wants(ana, 400)
	_, err := tl.Split(ctx, wanted, signed)
	tl.must("split", err)
	tl.advance(month)
	tl.backedUp(tl.place())
	if n := tl.prune(); n != 1 {
		t.Errorf("%d bodies went, want the split's", n)
	}
	if n := tl.pruned(); n != 1 {
		t.Errorf("verify misses %d bodies, want 1", n)
	}
	if given, err := tl.GivenTo(ctx, wanted.Terminal, wanted.Epoch, wanted.Branch, 10, signed); err != nil || len(given) > 0 {
		t.Errorf("given are %d parts without a body, %v", len(given), err)
	}
}

// A journal that is salvaged keeps the part that a lane took and what it spent of it,
// to hand it back, and spends no more of it.
func TestPartSalvaged(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	was := newTill(t)
	ana := was.known(0, 1000)
	part := was.partOf(ana, 500)
	was.must("add part", was.AddPart(ctx, part))
	was.append(was.redeem(ana, was.hold(ana, 300)))
	tl := was.spoiled(t, noHeader)
	tl.open()
	if got := tl.salvaged(); got.Entries != 2 || got.Lost != 0 {
		t.Errorf("salvaged %+v", got)
	}
	kept, _, err := tl.KeptRights(ctx, ledger.RightID{}, 10)
	tl.must("kept rights", err)
	if len(kept) != 1 || kept[0].Kept != 300 || !bytes.Equal(kept[0].Grant.Body, part.Body) {
		t.Errorf("kept %d rights, want the part with 300", len(kept))
	}
	if b := tl.balance(ana); b.Spendable != 0 {
		t.Errorf("it may still be spent: %+v", b)
	}
	tl.clean()
}
