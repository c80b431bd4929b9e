package sync_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// shop is a headquarters with two tills, and one member known to both.
type shop struct {
	*world
	a, b *testkit.Enrolled
	ana  ledger.AccountID
}

func newShop(t testing.TB) *shop {
	program := testkit.Program(t, "cap: 2000", "cap: 4000")
	w := &world{Headquarters: testkit.NewHeadquarters(t, program), t: t}
	s := &shop{world: w, a: w.till(), b: w.till()}
	s.ana = w.takeIn(s.a)
	w.sell(s.a, 200_000)
	s.settle(s.a, s.b)
	return s
}

// settle lets tills send and read until nothing is new.
func (s *shop) settle(tills ...*testkit.Enrolled) {
	s.t.Helper()
	for range 2 {
		for _, e := range tills {
			s.drain(e)
		}
		s.must(s.Work(context.Background()))
		for _, e := range tills {
			s.pull(e)
		}
	}
}

// restore puts a backup of headquarters in its place, at another address. The
// old one is off for good.
func (s *shop) restore(backup string) {
	s.t.Helper()
	s.Headquarters = s.Headquarters.Restore(backup)
	for _, e := range []*testkit.Enrolled{s.a, s.b} {
		s.Move(e)
	}
}

func (s *shop) recovery() hq.Recovery {
	s.t.Helper()
	state, err := s.Recovery(context.Background())
	s.must(err)
	return state
}

// back wants everything to be as it was told, at headquarters and at both
// tills, and nothing lost.
func (s *shop) back() {
	s.t.Helper()
	s.agrees(0)
	if lost := s.Told(event.Loss); len(lost) > 0 {
		s.t.Errorf("loss: %+v", lost)
	}
	if short := s.Told(event.Shortfall); len(short) > 0 {
		s.t.Errorf("short: %+v", short)
	}
	for name, e := range map[string]*testkit.Enrolled{"a": s.a, "b": s.b} {
		member, _, err := e.Identify(context.Background(), e164)
		s.must(err)
		if got := member.Balance("points").Shown; got != s.earned {
			s.t.Errorf("till %s shows %d, told was %d", name, got, s.earned)
		}
		report, err := e.Store.Verify(context.Background(), nil)
		if err != nil || len(report.Findings) > 0 {
			s.t.Errorf("till %s: %v, %v", name, report.Findings, err)
		}
	}
	found, err := findings(s.Fsck(context.Background(), nil))
	if err != nil || len(found) > 0 {
		s.t.Errorf("headquarters: %v, %v", found, err)
	}
}

// spendable is what a till may spend of ana without asking.
func (s *shop) spendable(e *testkit.Enrolled) ledger.Points {
	s.t.Helper()
	member, _, err := e.Identify(context.Background(), e164)
	s.must(err)
	return member.Balance("points").Spendable
}

// What happened after the backup comes back from the tills: sales, redemptions
// of rights from before and after it, and the rights that are still open.
func TestHeadquartersRestored(t *testing.T) {
	s := newShop(t)
	backup := s.Backup()

	s.sell(s.a, 2_000, "five") // of a right from before
	s.sell(s.b, 300_000)       // rights are placed at b from now on
	s.settle(s.a, s.b)
	if s.spendable(s.b) < 1000 {
		t.Fatalf("%d spendable at b", s.spendable(s.b))
	}
	s.sell(s.b, 4_000, "five") // of a right from after
	s.settle(s.a, s.b)
	s.sell(s.b, 4_000, "five") // which nobody was sent yet
	left := s.spendable(s.b)

	s.restore(backup)
	s.greet(s.a)
	s.settle(s.a)
	if state := s.recovery(); state.WaitsUntil == 0 || len(state.Awaited) != 1 {
		t.Errorf("with b not heard: %+v", state)
	}
	s.greet(s.b)
	s.settle(s.a, s.b)
	if state := s.recovery(); state.WaitsUntil != 0 || len(state.Awaited)+state.HandedBack != 0 {
		t.Errorf("with both heard: %+v", state)
	}
	s.back()
	if got := s.spendable(s.b); got < left {
		t.Errorf("%d spendable at b, before it was %d", got, left)
	}
	s.sell(s.b, 4_000, "five")
	s.settle(s.a, s.b)
	s.back()
}

// A right that was given back since the backup, and its points given to another
// till, is not made again: the points are there once.
func TestRestoredWithRightReturned(t *testing.T) {
	ctx := context.Background()
	s := newShop(t) // 2000 at a
	backup := s.Backup()
	s.sell(s.b, 50_000)
	s.settle(s.b, s.a)
	if err := s.a.Exchange.AskRight(ctx, s.ana, "starter", "points", 500); !errors.As(err, new(*ledger.RightRefused)) {
		t.Fatalf("not called back from b: %v", err)
	}
	s.sell(s.a, 1_000) // the lane used last
	s.settle(s.a, s.b)
	s.settle(s.a, s.b)
	if s.spendable(s.a) != 2500 || s.spendable(s.b) != 0 {
		t.Fatalf("spendable: %d at a, %d at b", s.spendable(s.a), s.spendable(s.b))
	}
	s.restore(backup)
	for _, e := range []*testkit.Enrolled{s.b, s.a} {
		s.greet(e)
		s.settle(e)
	}
	s.settle(s.a, s.b)
	s.back()
	if s.spendable(s.a) != 2500 || s.spendable(s.b) != 0 {
		t.Errorf("spendable: %d at a, %d at b", s.spendable(s.a), s.spendable(s.b))
	}
}

// Rights that were reclaimed since the backup are not made again, and those
// that were given of their points are.
func TestRestoredAfterReclaim(t *testing.T) {
	s := newShop(t) // 2000 at a
	backup := s.Backup()
	s.sell(s.b, 50_000)
	s.settle(s.b, s.a)
	s.sell(s.a, 1_000) // the lane used last
	s.settle(s.a)
	for range 11 {
		s.Clock.Advance(23 * time.Hour)
		s.settle(s.a, s.b)
	}
	if s.spendable(s.a) != 2500 || s.spendable(s.b) != 0 {
		t.Fatalf("spendable: %d at a, %d at b", s.spendable(s.a), s.spendable(s.b))
	}
	s.sell(s.a, 1_000, "five")
	s.restore(backup)
	for _, e := range []*testkit.Enrolled{s.b, s.a} {
		s.greet(e)
		s.settle(e)
	}
	s.settle(s.a, s.b)
	s.back()
	if got := s.spendable(s.a); got != 2000 {
		t.Errorf("spendable: %d at a", got)
	}
}

// Points that stand in a right which is to be reclaimed again are waited for,
// before a right is made short of them.
func TestRestoredWaitsForReclaim(t *testing.T) {
	s := newShop(t)
	backup := s.Backup()
	for range 11 { // a is silent, so its right is reclaimed
		s.Clock.Advance(23 * time.Hour)
		s.must(s.Work(context.Background()))
	}
	s.greet(s.a)
	s.settle(s.a, s.b)
	if s.spendable(s.a) != 2000 || len(s.Told(event.Unproven)) != 1 {
		t.Fatalf("spendable: %d at a, reclaimed %+v", s.spendable(s.a), s.Told(event.Unproven))
	}
	s.restore(backup)
	for _, e := range []*testkit.Enrolled{s.a, s.b} {
		s.greet(e)
		s.settle(e)
	}
	s.settle(s.a, s.b)
	s.back()
	if got := s.spendable(s.a); got != 2000 {
		t.Errorf("spendable: %d at a", got)
	}
}

const bulentsNumber = "+905320000002"

// sound wants nothing to be amiss at headquarters.
func (s *shop) sound() {
	s.t.Helper()
	if found, err := findings(s.Fsck(context.Background(), nil)); err != nil || len(found) > 0 {
		s.t.Errorf("headquarters: %v, %v", found, err)
	}
	status, err := s.Status(context.Background())
	if err != nil || status.Quarantined+status.Unprojected != 0 {
		s.t.Errorf("headquarters: %+v, %v", status, err)
	}
}

// A restored headquarters gives nothing away twice: it places no rights while
// a till is not heard, and refuses one asked for, with words.
func TestRestoredPlacesNothing(t *testing.T) {
	ctx := context.Background()
	s := newShop(t)
	backup := s.Backup()
	s.sell(s.b, 300_000)
	s.settle(s.b, s.a)
	s.restore(backup)
	before, err := s.Status(ctx)
	s.must(err)
	s.greet(s.a)
	s.sell(s.a, 400_000)
	s.settle(s.a)
	s.Clock.Advance(29 * 24 * time.Hour)
	s.must(s.ConfirmClock(ctx))
	s.must(s.Work(ctx))
	after, err := s.Status(ctx)
	s.must(err)
	if after.Exposure != before.Exposure {
		t.Errorf("rights open: %d, before %d", after.Exposure, before.Exposure)
	}
	if err := s.a.Exchange.AskRight(ctx, s.ana, "starter", "points", 500); err == nil {
		t.Error("a right was given")
	}
	s.Clock.Advance(2 * 24 * time.Hour)
	s.must(s.ConfirmClock(ctx))
	s.must(s.Work(ctx))
	if state := s.recovery(); state.WaitsUntil != 0 || len(state.Awaited) != 1 {
		t.Errorf("after 30 days: %+v", state)
	}
}

// An operator who goes on without a till takes a loss, which is booked and
// told; the till's entries count all the same.
func TestGoOnWithoutATill(t *testing.T) {
	ctx := context.Background()
	s := newShop(t)
	s.sell(s.a, 400_000)
	s.settle(s.a, s.b)
	backup := s.Backup()
	s.must(s.b.Exchange.AskRight(ctx, s.ana, "starter", "points", 500))
	s.sell(s.b, 1_000, "five")

	s.restore(backup)
	s.greet(s.a)
	s.settle(s.a)
	s.must(s.GoOn(ctx))
	s.settle(s.a)
	for s.spendable(s.a) >= 500 {
		s.sell(s.a, 1_000, "five")
		s.settle(s.a)
	}
	s.greet(s.b)
	s.settle(s.a, s.b)
	var lost ledger.Points
	for _, e := range s.Told(event.Loss) {
		lost += e.Amount
	}
	if short := s.Told(event.Shortfall); len(short) != 1 || lost == 0 || short[0].Amount != lost {
		t.Errorf("short %+v, lost %d", short, lost)
	}
	member, err := s.MemberByPhone(ctx, e164)
	s.must(err)
	if b := member.Balances[0]; b.Available+b.Escrowed != s.earned+lost {
		t.Errorf("headquarters has %+v, told was %d, lost %d", b, s.earned, lost)
	}
	if found, err := findings(s.Fsck(ctx, nil)); err != nil || len(found) > 0 {
		t.Errorf("headquarters: %v, %v", found, err)
	}
	status, err := s.Status(ctx)
	s.must(err)
	if status.Quarantined != 0 || len(s.recovery().Awaited) != 0 {
		t.Errorf("%+v, %+v", status, s.recovery())
	}
}

// Two restores of one backup are two incarnations.
func TestTwoRestores(t *testing.T) {
	s := newShop(t)
	backup := s.Backup()
	seen := map[ledger.Incarnation]bool{}
	for range 3 {
		status, err := s.Headquarters.Restore(backup).Status(context.Background())
		s.must(err)
		if status.Incarnation < 2 || seen[status.Incarnation] {
			t.Errorf("incarnation %d, seen %v", status.Incarnation, seen)
		}
		seen[status.Incarnation] = true
	}
}

// A code that nobody had used when the backup was made is void: a till may have
// used it since.
func TestCodesAreVoid(t *testing.T) {
	s := newShop(t)
	code := s.Code(s.Address, "lane 3")
	restored := s.Headquarters.Restore(s.Backup())
	public, _, err := ed25519.GenerateKey(nil)
	s.must(err)
	transport := hqsync.NewHTTP("https://"+restored.Address, hqsync.FingerprintOf(code.Fingerprint))
	defer transport.Close()
	var refusal *wire.Refusal
	_, err = hqsync.Enroll(context.Background(), transport, code, public, "machine")
	if !errors.As(err, &refusal) || refusal.Code != wire.CodeUnauthorized {
		t.Errorf("the code is good: %v", err)
	}
}

// Points that waited, and could be spent by the time they were told again, are
// there for the right that was given of them: nothing of it is loss.
func TestRestoredVestsFirst(t *testing.T) {
	program := testkit.Program(t, "points: {}", "points: {pending: P1D}")
	w := &world{Headquarters: testkit.NewHeadquarters(t, program), t: t}
	s := &shop{world: w, a: w.till(), b: w.till()}
	s.ana = w.takeIn(s.a)
	s.settle(s.a, s.b)
	backup := s.Backup()
	w.sell(s.a, 200_000)
	w.earned = 2000 // of which none could be spent yet
	s.settle(s.a, s.b)
	for range 2 {
		s.Clock.Advance(20 * time.Hour)
		s.settle(s.a, s.b)
	}
	for range 2 { // a day later they stand at the lane used last
		s.settle(s.a, s.b)
	}
	if s.spendable(s.a) != 2000 {
		t.Fatalf("%d spendable at a", s.spendable(s.a))
	}
	s.restore(backup)
	for range 2 {
		for _, e := range []*testkit.Enrolled{s.a, s.b} {
			s.greet(e)
			s.settle(e)
		}
	}
	s.back()
	if got := s.spendable(s.a); got != 2000 {
		t.Errorf("%d spendable at a", got)
	}
}
