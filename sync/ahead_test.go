package sync_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// longFeed is a headquarters whose feed has pages of so many rows, the last of them
// with nothing behind it.
type longFeed struct {
	scripted
	pages int
	fail  error                 // of the next page that is asked for
	also  map[int]ledger.Change // beside the rows of a page
	did   []string              // what was asked, and what was applied of it
}

const longRows = 300

func (f *longFeed) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	path, query, _ := strings.Cut(r.Target, "?")
	if path == wire.HelloPath {
		return f.scripted.Do(ctx, r)
	}
	asked, err := url.ParseQuery(query)
	if path != wire.FeedPath || err != nil {
		return hqsync.Answer{}, errors.Join(errors.New("no page was asked for"), err)
	}
	f.did = append(f.did, "ask "+asked.Get("cursor"))
	if err := f.fail; err != nil {
		f.fail = nil
		return hqsync.Answer{}, err
	}
	_, position, _ := strings.Cut(asked.Get("cursor"), ".")
	var from ledger.Position
	if err := json.Unmarshal([]byte(position), &from); err != nil {
		return hqsync.Answer{}, err
	}
	return f.answer(r, f.page(from), nil)
}

// page is the one behind a position.
func (f *longFeed) page(from ledger.Position) (p wire.Page) {
	n := int(from) / longRows
	p = wire.Page{Next: ledger.Cursor{Incarnation: 1, Position: from}, At: ledger.MillisOf(testkit.Noon)}
	if n == f.pages {
		return p
	}
	for i := range longRows {
		at := from + ledger.Position(i) + 1
		if also, is := f.also[n]; is && i == 0 {
			also.Position = at
			p.Changes = append(p.Changes, also)
			continue
		}
		a := ledger.AccountState{Account: ledger.AccountID{byte(at >> 8), byte(at)}, Identifiers: []ledger.KeyedHash{{byte(at), byte(at >> 8)}}}
		p.Changes = append(p.Changes, ledger.Change{Position: at, Kind: ledger.AccountChange, Key: a.Account.String(), Account: &a})
	}
	p.Next.Position, p.More = from+longRows, n+1 < f.pages
	return p
}

// reads is an exchange of a new till, with that feed, that asks for the next page before
// it applies one.
func (f *longFeed) reads(t *testing.T, outbox func(*offline.Store) hqsync.Outbox) (*hqsync.Exchange, *testkit.Till) {
	t.Helper()
	till := testkit.NewTill(t, testkit.Program(t))
	exchange := f.exchange(outbox(till.Store), till)
	exchange.Beside = func(one, other func()) { other(); one() }
	return exchange, till
}

// exchange is one of a till with that feed, and tells what was applied of it.
func (f *longFeed) exchange(outbox hqsync.Outbox, till *testkit.Till) *hqsync.Exchange {
	identity := f.identity()
	identity.Terminal = till.Options.Terminal
	exchange := hqsync.NewExchange(identity, outbox, f, till.Clock.Now, nil)
	exchange.Read = func(upTo, _ ledger.Position) { f.did = append(f.did, "applied "+cursorAt(upTo)) }
	return exchange
}

func cursorAt(p ledger.Position) string {
	text, _ := json.Marshal(p)
	return "1." + string(text)
}

func itself(s *offline.Store) hqsync.Outbox { return s }

// pullAll reads pages until the till knows all of them or something fails.
func pullAll(t *testing.T, x *hqsync.Exchange) error {
	t.Helper()
	for more := true; more; {
		var err error
		if more, err = x.Pull(t.Context(), 0); err != nil {
			return err
		}
	}
	return nil
}

// Of a long feed the next page is asked for before this one is applied, each of them once
// but for the first, whose end says what is asked; and no page behind the last.
func TestNextPageIsAskedAhead(t *testing.T) {
	f := &longFeed{pages: 4}
	x, till := f.reads(t, itself)
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"ask 0.0", "applied 1.300",
		"ask 1.300", "ask 1.600", "applied 1.600",
		"ask 1.900", "applied 1.900",
		"applied 1.1200",
	}
	if diff := cmp.Diff(want, f.did); diff != "" {
		t.Error(diff)
	}
	if at, err := till.Store.Cursor(t.Context()); err != nil || at.Position != 4*longRows {
		t.Errorf("the till is at %v: %v", at, err)
	}
}

// A page that was asked ahead with another cursor of some kind than the store has now is
// asked for once more.
func TestPageAskedAheadInVain(t *testing.T) {
	account := ledger.AccountID{9}
	household := ledger.Change{Kind: ledger.HouseholdChange, Key: account.String(), Household: &ledger.Household{Account: account}}
	f := &longFeed{pages: 4, also: map[int]ledger.Change{1: household}}
	x, till := f.reads(t, itself)
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	f.isAsked(t, "1.600", 2)
	if at, err := till.Store.Cursor(t.Context()); err != nil || at.Position != 4*longRows {
		t.Errorf("the till is at %v: %v", at, err)
	}
}

// isAsked wants a page to have been asked for so often.
func (f *longFeed) isAsked(t *testing.T, cursor string, want int) {
	t.Helper()
	asked := slices.DeleteFunc(slices.Clone(f.did), func(did string) bool { return did != "ask "+cursor })
	if len(asked) != want {
		t.Errorf("asked %d times for the page, want %d: %q", len(asked), want, f.did)
	}
}

// However long a page that was asked ahead lay, as at a till that takes seconds to apply
// one, it is asked for once. One that lay for long says nothing of what time it is.
func TestPageAskedAheadLies(t *testing.T) {
	for name, lies := range map[string]time.Duration{"for long": 3 * time.Minute, "as a clock says that was set back": -3 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			f := &longFeed{pages: 4}
			x, till := f.reads(t, itself)
			for range 2 {
				if _, err := x.Pull(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
			}
			till.Clock.Advance(lies)
			before, _ := till.Store.Present()
			x.Beside = nil
			if _, err := x.Pull(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			f.isAsked(t, "1.600", 1)
			if at, _ := till.Store.Present(); at != before {
				t.Errorf("the till's time was %s and is %s", before.Time(), at.Time())
			}
			if err := pullAll(t, x); err != nil {
				t.Fatal(err)
			}
			if at, err := till.Store.Cursor(t.Context()); err != nil || at.Position != 4*longRows {
				t.Errorf("the till is at %v: %v", at, err)
			}
		})
	}
}

// That no page came is told by whoever wanted it, once.
func TestPageAskedAheadFails(t *testing.T) {
	f := &longFeed{pages: 4}
	x, _ := f.reads(t, itself)
	if _, err := x.Pull(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	away := errors.New("the line is gone")
	x.Beside = func(one, other func()) { f.fail = away; other(); one() }
	if more, err := x.Pull(t.Context(), 0); err != nil || !more {
		t.Fatalf("a page that came: more is %v: %v", more, err)
	}
	before := len(f.did)
	if _, err := x.Pull(t.Context(), 0); !errors.Is(err, away) || len(f.did) != before {
		t.Errorf("then %v, %q", err, f.did[before:])
	}
	x.Beside = nil
	if err := pullAll(t, x); err != nil {
		t.Error(err)
	}
	if last := f.did[len(f.did)-1]; last != "applied 1.1200" {
		t.Errorf("it ended with %q", last)
	}
}

// What was asked ahead before a greeting is not taken after it: headquarters may have
// been put back meanwhile, and have forgotten what that page brings, as a right that it
// was not handed back.
func TestPageAskedAheadOfAGreeting(t *testing.T) {
	f := &longFeed{pages: 4}
	x, till := f.reads(t, itself)
	for range 2 {
		if _, err := x.Pull(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	f.welcome = inStep(t, till)
	if _, err := x.Greet(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := len(f.did)
	if _, err := x.Pull(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if after := f.did[before:]; after[0] != "ask 1.600" {
		t.Errorf("after a greeting %q", after)
	}
}

// full is a store whose disk is full.
type full struct {
	*offline.Store
	until int // pages
}

var errFull = errors.New("the disk is full")

func (s *full) Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	if s.until--; s.until == 1 {
		return errFull
	}
	return s.Store.Apply(ctx, changes, next)
}

// Behind a page that was not applied nothing is taken: it is asked for again, and what
// follows too.
func TestPageAskedAheadOfAFailure(t *testing.T) {
	f := &longFeed{pages: 3}
	x, _ := f.reads(t, func(s *offline.Store) hqsync.Outbox { return &full{s, 3} })
	if err := pullAll(t, x); !errors.Is(err, errFull) {
		t.Fatalf("a page that is not applied: %v", err)
	}
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	want := []string{"ask 0.0", "applied 1.300", "ask 1.300", "ask 1.600", "ask 1.300", "ask 1.600", "applied 1.600", "applied 1.900"}
	if diff := cmp.Diff(want, f.did); diff != "" {
		t.Error(diff)
	}
}

// In the world the two go on at once.
func TestBeside(t *testing.T) {
	there, back := make(chan struct{}), make(chan struct{})
	hqsync.Beside(func() { close(there); <-back }, func() { <-there; close(back) })
}

// A till that is stopped while it reads a long feed asks, once it is started again, for
// what it has not read yet.
func TestReadOnAfterARestart(t *testing.T) {
	f := &longFeed{pages: 4}
	till := testkit.NewTill(t, testkit.Program(t))
	x := f.exchange(till.Store, till)
	for range 2 {
		if _, err := x.Pull(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	till, f.did = till.Reopen(), nil
	x = f.exchange(till.Store, till)
	if err := pullAll(t, x); err != nil {
		t.Fatal(err)
	}
	want := []string{"ask 1.600", "applied 1.900", "ask 1.900", "applied 1.1200"}
	if diff := cmp.Diff(want, f.did); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		if at, err := till.Store.Cursor(t.Context()); err != nil || at.Position != 4*longRows {
			t.Errorf("the till is at %v: %v", at, err)
		}
	}
}
