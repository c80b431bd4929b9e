package offline_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func publication(position ledger.Position, key, source string) ledger.Change {
	return ledger.Change{Position: position, Kind: ledger.ProgramChange, Key: key, Program: &ledger.SignedProgram{Source: []byte(source), Signature: []byte("signed")}}
}

// What headquarters published stays, in the order in which it was last told,
// through restarts and under another incarnation; heard again it is as it was, and
// another text under a name is what headquarters says now.
func TestPublished(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	says := func(when string, cursor ledger.Cursor, want ...string) {
		t.Helper()
		published, err := tl.Published(ctx)
		tl.must("read", err)
		var got []string
		for _, p := range published.Programs {
			got = append(got, string(p.Source))
		}
		for _, s := range published.Stops {
			got = append(got, string(s.Body))
		}
		heard, err := tl.ProgramCursor(ctx)
		tl.must("read cursor", err)
		if diff := cmp.Diff(want, got) + cmp.Diff(cursor, heard); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	says("at first", ledger.Cursor{})
	stop := ledger.Change{Position: 4, Kind: ledger.StopChange, Key: "p/1/more", Stop: &ledger.SignedStop{Body: []byte("{}"), Signature: []byte("signed")}}
	tl.apply(publication(2, "p/1", "one"), publication(3, "p/2", "two"), stop)
	says("heard", ledger.Cursor{Incarnation: 1, Position: 4}, "one", "two", "{}")
	tl.apply(ledger.Change{Position: 5, Kind: ledger.ProgramChange, Key: "p/3"})
	says("an empty row", ledger.Cursor{Incarnation: 1, Position: 5}, "one", "two", "{}")
	tl.reopen()
	says("opened again", ledger.Cursor{Incarnation: 1, Position: 5}, "one", "two", "{}")
	tl.must("apply", tl.Apply(ctx, []ledger.Change{publication(1, "p/1", "one"), publication(2, "p/2", "another")}, ledger.Cursor{Incarnation: 7, Position: 2}))
	says("another incarnation", ledger.Cursor{Incarnation: 7, Position: 2}, "one", "another", "{}")
	tl.must("apply", tl.Apply(ctx, []ledger.Change{publication(3, "p/1", "one")}, ledger.Cursor{Incarnation: 7, Position: 3}))
	says("told again", ledger.Cursor{Incarnation: 7, Position: 3}, "another", "one", "{}")
	tl.must("apply", tl.Apply(ctx, []ledger.Change{publication(1, "p/1", "one")}, ledger.Cursor{Incarnation: 7, Position: 3}))
	says("a page behind the cursor", ledger.Cursor{Incarnation: 7, Position: 3}, "another", "one", "{}")
}

// What another version says of redeeming holds at once.
func TestBound(t *testing.T) {
	tl := newTill(t)
	tl.greet()
	redeems := func() bool {
		st, err := tl.Status(context.Background())
		tl.must("status", err)
		return st.NoRedeem == nil
	}
	if !redeems() {
		t.Fatal("at first it refuses")
	}
	tl.advance(time.Minute)
	tl.Bound(20_000, time.Second)
	if redeems() {
		t.Error("offline for longer than it may be, it redeems")
	}
	tl.Bound(20_000, time.Hour)
	if !redeems() {
		t.Error("within its bound it refuses")
	}
}
