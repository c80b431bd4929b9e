package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// knows reports whether a till finds the member of a row of the feed.
func (f *longFeed) knows(t *testing.T, till *testkit.Till, at ledger.Position) bool {
	t.Helper()
	_, err := till.Store.Member(t.Context(), f.page(at - 1).Changes[0].Account.Account)
	return err == nil
}

// read pulls so many pages.
func (f *longFeed) read(t *testing.T, x *hqsync.Exchange, pages int) {
	t.Helper()
	for range pages {
		if _, err := x.Pull(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
}

// A till that is started without a line, as after a power cut, while it reads a long feed
// serves after some minutes whom it has read of, though no hello gets through.
func TestStartedWithoutALine(t *testing.T) {
	f := &longFeed{pages: 4}
	till := testkit.NewTill(t, testkit.Program(t))
	f.read(t, f.exchange(till.Store, till), 2)
	till = till.Reopen()
	x := f.exchange(till.Store, till)
	f.hello = func() error { return errDown }
	greet := func() {
		t.Helper()
		if _, err := x.Greet(t.Context()); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	greet()
	if f.knows(t, till, 1) {
		t.Error("it does not wait for the line")
	}
	till.Clock.Advance(5 * time.Minute)
	greet()
	if !f.knows(t, till, 1) {
		t.Error("it serves nobody")
	}
	f.hello, f.welcome = nil, inStep(t, till)
	if _, err := x.Greet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	f.isAsked(t, "1.600", 1)
	if !f.knows(t, till, 1) || !f.knows(t, till, 1200) {
		t.Error("with the line it does not know everybody")
	}
}

// A line that is gone for a moment in the middle of a long feed changes nothing of how it
// is read: what comes is put to what came, and all of it is built at the end.
func TestOutageInALongFeed(t *testing.T) {
	f := &longFeed{pages: 4}
	till := testkit.NewTill(t, testkit.Program(t))
	x := f.exchange(till.Store, till)
	f.read(t, x, 2)
	f.fail = errDown
	if _, err := x.Pull(t.Context(), 0); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	f.welcome = inStep(t, till)
	if _, err := x.Greet(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.read(t, x, 1)
	if !till.Store.Builds() || f.knows(t, till, 601) {
		t.Error("the rest is written row by row")
	}
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	if !f.knows(t, till, 1) || !f.knows(t, till, 1200) {
		t.Error("it does not know everybody")
	}
}

// hasty is a store that nobody lets build a directory beside what else is exchanged, as
// where each batch is refused meanwhile.
type hasty struct{ *offline.Store }

func (h hasty) EndFeed(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return h.Store.EndFeed(ctx)
}

// What was cut short when all of a feed was read is done with the next hello, before
// anything else is asked.
func TestBuiltAfterAGreeting(t *testing.T) {
	f := &longFeed{pages: 2}
	till := testkit.NewTill(t, testkit.Program(t))
	x := f.exchange(hasty{till.Store}, till)
	f.read(t, x, 1)
	if _, err := x.Pull(t.Context(), 0); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	f.welcome = inStep(t, till)
	if _, err := x.Greet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !f.knows(t, till, 1) {
		t.Error("it is not built")
	}
}

// Once headquarters has no more to tell what was read is built, with the page that says so.
func TestBuiltWithTheLastPage(t *testing.T) {
	for name, pages := range map[string]int{"with rows": 3, "with none": 2} {
		t.Run(name, func(t *testing.T) {
			f := &longFeed{pages: 3}
			till := testkit.NewTill(t, testkit.Program(t))
			x := f.exchange(till.Store, till)
			f.read(t, x, 2)
			f.pages = pages
			f.read(t, x, 1)
			if !f.knows(t, till, 1) || till.Store.Builds() {
				t.Error("it does not know the first member")
			}
		})
	}
}
