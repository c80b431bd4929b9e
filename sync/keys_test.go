package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

const overlap = 12 * time.Hour // less than headquarters' clock may go on unseen

// keyed is a till that goes by whatever keys its exchange trusts.
func (w *world) keyed() *testkit.Enrolled {
	w.t.Helper()
	e := w.till()
	w.Move(e)
	return e
}

// rotate gives headquarters a successor of its key and returns both.
func (w *world) rotate(overlap time.Duration) (older, newer string) {
	w.t.Helper()
	state, err := w.RotateKey(context.Background(), overlap)
	w.must(err)
	if state.Next != "" {
		return state.KeyID, state.Next
	}
	return state.Retired[len(state.Retired)-1].KeyID, state.KeyID
}

// exchanges says hello, sends all and reads the feed, on a connection of its own.
func (w *world) exchanges(e *testkit.Enrolled) error {
	w.Move(e)
	_, err := e.Exchange.Once(context.Background())
	return err
}

func newestOf(t *testing.T, e *testkit.Enrolled) string {
	t.Helper()
	kept, err := e.Store.Keys(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return ledger.KeyID(ledger.NewKeyChain(e.Identity().Chain, e.Identity().Headquarters).Resume(kept).Newest())
}

// A till that is there hears of the next key by the feed, keeps it, goes over to
// it when it signs, and takes the old one no more; what the old one granted stays.
func TestKeyRollover(t *testing.T) {
	w := newWorld(t)
	e := w.keyed()
	w.takeIn(e)
	w.sell(e, 150_000)
	w.must(w.exchanges(e))
	w.pull(e) // a right, signed by the first key
	before := w.Backup()
	_, next := w.rotate(overlap)
	w.pull(e)
	if got := newestOf(t, e); got != next {
		t.Fatalf("the till has %s as the newest key, want %s", got, next)
	}
	w.sell(e, 100)
	w.must(w.exchanges(e)) // the old one signs still
	w.Clock.Advance(overlap)
	w.must(w.Work(context.Background()))
	w.must(e.Store.Close())
	e = w.Reopen(e)
	w.sell(e, 2_000, "five")
	w.must(w.exchanges(e))
	w.agrees(4)
	if state, err := w.KeyState(context.Background()); err != nil || state.KeyID != next || state.Unaware != 0 {
		t.Errorf("state %+v, %v", state, err)
	}
	// A headquarters that has the old key alone is told apart, and nothing is lost.
	old := &world{Headquarters: w.Restore(before), t: t}
	w.sell(e, 100)
	if err := old.exchanges(e); !errors.Is(err, hqsync.ErrRetiredKey) {
		t.Errorf("a headquarters with the retired key: %v", err)
	}
	w.must(w.exchanges(e))
	w.agrees(5)
}

// A till that was away during two rollovers asks for the way, and goes on; one
// that is enrolled afterwards takes what the first key signed.
func TestKeyRolloverAway(t *testing.T) {
	w := newWorld(t)
	e := w.keyed()
	w.takeIn(e)
	w.must(w.exchanges(e))
	w.sell(e, 100)
	w.rotate(0)
	w.rotate(overlap)
	w.Clock.Advance(overlap)
	w.must(w.Work(context.Background()))
	_, last := w.rotate(0)
	w.must(w.exchanges(e))
	late := w.keyed()
	w.must(w.exchanges(late))
	for name, till := range map[string]*testkit.Enrolled{"away": e, "late": late} {
		if got := newestOf(t, till); got != last {
			t.Errorf("%s goes by %s, want %s", name, got, last)
		}
		if len(till.Forged) > 0 {
			t.Errorf("%s took %q for forged", name, till.Forged)
		}
		if published, err := till.Store.Published(context.Background()); err != nil || len(published.Programs) == 0 {
			t.Errorf("%s has no program: %v", name, err)
		}
	}
	if status, err := e.Store.Status(context.Background()); err != nil || status.Unsent != 0 {
		t.Errorf("%d unsent, %v", status.Unsent, err)
	}
}

// One that reads the feed meanwhile asks for the way there and then: that headquarters
// goes by a key which it missed ends no conversation.
func TestKeyRolloverBetweenPages(t *testing.T) {
	w := newWorld(t)
	e := w.keyed()
	w.must(w.exchanges(e))
	_, last := w.rotate(0)
	w.Move(e)
	if _, err := e.Exchange.Pull(t.Context(), 0); err != nil {
		t.Errorf("reading the feed: %v", err)
	}
	if got := newestOf(t, e); got != last {
		t.Errorf("it goes by %s, want %s", got, last)
	}
}

// Whoever has another key, and no way to it, is not headquarters.
func TestStrangerHasNoWay(t *testing.T) {
	w, other := newWorld(t), newWorld(t)
	e := w.keyed()
	w.must(w.exchanges(e))
	other.rotate(0)
	sell(t, e.Till, 1)
	var stranger *hqsync.OtherKeyError
	if err := other.exchanges(e); !errors.As(err, &stranger) {
		t.Errorf("a stranger: %v", err)
	}
	w.must(w.exchanges(e))
}

// A headquarters put back to before it announced a key goes on with the old one
// while that signs, says that a till knows one that it does not have, and may
// announce another.
func TestKeyRolloverUndone(t *testing.T) {
	w := newWorld(t)
	e := w.keyed()
	w.takeIn(e)
	w.must(w.exchanges(e))
	before := w.Backup()
	_, lost := w.rotate(overlap)
	w.must(w.exchanges(e))
	restored := &world{Headquarters: w.Restore(before), t: t}
	w.must(restored.exchanges(e))
	if told := restored.Told(event.UnknownKey); len(told) == 0 {
		t.Error("nobody was told that the till knows another key")
	}
	w.Clock.Advance(time.Minute)
	_, next := restored.rotate(0)
	w.must(restored.exchanges(e))
	if got := newestOf(t, e); got != next || got == lost {
		t.Errorf("the till goes by %s, want %s", got, next)
	}
}
