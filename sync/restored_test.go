package sync_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
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
	if lost := s.Told(hq.EventLoss); len(lost) > 0 {
		s.t.Errorf("loss: %+v", lost)
	}
	if short := s.Told(hq.EventShortfall); len(short) > 0 {
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
	found, err := s.Verify(context.Background(), nil)
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
	if s.spendable(s.a) != 2000 || len(s.Told(hq.EventUnproven)) != 1 {
		t.Fatalf("spendable: %d at a, reclaimed %+v", s.spendable(s.a), s.Told(hq.EventUnproven))
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

// A member taken in since the backup stays known at her till: what headquarters
// forgot is not dropped before it can be told again.
func TestRestoredForgetsNobody(t *testing.T) {
	ctx := context.Background()
	s := newShop(t)
	backup := s.Backup()
	number, err := phone.Parse("+905320000002", "TR")
	s.must(err)
	s.must(s.b.Till.Enroll(ctx, s.Clock.Now(), s.b.NewEntry(), s.b.NewAccount(), number, ""))
	s.settle(s.b)
	known := func(when string) {
		t.Helper()
		if _, _, err := s.b.Identify(ctx, number.E164()); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
	known("fed")
	s.restore(backup)
	s.greet(s.b)
	s.pull(s.b)
	known("greeted")
	s.settle(s.b)
	known("sent again")
	cursor, err := s.b.Store.Cursor(ctx)
	s.must(err)
	if status, err := s.Status(ctx); err != nil || cursor.Incarnation != status.Incarnation {
		t.Errorf("the feed is read under incarnation %d, headquarters is %d, %v", cursor.Incarnation, status.Incarnation, err)
	}
}

// bulent enrolls at a till under a number of his own.
func (s *shop) bulent(e *testkit.Enrolled) ledger.AccountID {
	s.t.Helper()
	number, err := phone.Parse(bulentsNumber, "TR")
	s.must(err)
	account := e.NewAccount()
	s.must(e.Till.Enroll(context.Background(), s.Clock.Now(), e.NewEntry(), account, number, ""))
	return account
}

const bulentsNumber = "+905320000002"

// sellTo sells something to who has a number at a till, and returns what was
// told.
func (s *shop) sellTo(e *testkit.Enrolled, number string, amount ledger.Minor) (told ledger.Points) {
	s.t.Helper()
	before := s.earned
	s.world.sellTo(e, number, amount)
	told, s.earned = s.earned-before, before
	return told
}

// found wants a number to lead to an account at tills, with a balance.
func (s *shop) found(when, number string, account ledger.AccountID, balance ledger.Points, tills ...*testkit.Enrolled) {
	s.t.Helper()
	for i, e := range tills {
		member, _, err := e.Identify(context.Background(), number)
		if err != nil || member.Account != account || member.Balance("points").Shown != balance || member.Name == "" {
			s.t.Errorf("%s, at till %d: %+v, %v; want %s with %d", when, i, member, err, account, balance)
		}
	}
}

// sound wants nothing to be amiss at headquarters.
func (s *shop) sound() {
	s.t.Helper()
	if found, err := s.Verify(context.Background(), nil); err != nil || len(found) > 0 {
		s.t.Errorf("headquarters: %v, %v", found, err)
	}
	status, err := s.Status(context.Background())
	if err != nil || status.Quarantined+status.Unprojected != 0 {
		s.t.Errorf("headquarters: %+v, %v", status, err)
	}
}

// lose is the end of till a, which had its shop's headquarters in it: a backup of
// that is restored, and another till takes a's place.
func (s *shop) lose(backup string) {
	s.t.Helper()
	s.Headquarters = s.Headquarters.Restore(backup)
	s.Move(s.b)
	s.a = s.till()
}

// A member enrolled since the backup, at the machine that was lost with it, is
// known to the other till's directory alone. Her number leads to her account at
// every till again, with what the others sold her; enrolling her again makes no
// second one of her.
func TestRestoredKnowsWhomTillsKnow(t *testing.T) {
	s := newShop(t)
	backup := s.Backup()
	who := s.bulent(s.a)
	s.sellTo(s.a, bulentsNumber, 10_000) // only the lost machine has this
	s.settle(s.a, s.b)
	told := s.sellTo(s.b, bulentsNumber, 7_000)

	s.lose(backup)
	s.settle(s.a)
	if _, _, err := s.a.Identify(context.Background(), bulentsNumber); err == nil {
		t.Fatal("headquarters forgot nobody")
	}
	s.greet(s.b)
	s.settle(s.b, s.a)
	s.found("heard", bulentsNumber, who, told, s.a, s.b)
	if listed := s.recovery().Listed; listed != 1 {
		t.Errorf("%d members are listed, want 1", listed)
	}
	told += s.sellTo(s.a, bulentsNumber, 5_000)
	s.settle(s.a, s.b)

	again := s.bulent(s.a)
	told += s.sellTo(s.a, bulentsNumber, 3_000)
	s.settle(s.a, s.b)
	s.found("enrolled again", bulentsNumber, who, told, s.a, s.b)
	if member, err := s.a.Store.Member(context.Background(), again); err != nil || member.Account != who {
		t.Errorf("the second account leads to %s, %v; want %s", member.Account, err, who)
	}
	member, err := s.MemberByPhone(context.Background(), bulentsNumber)
	if err != nil || member.Account != who || member.Balances[0].Available+member.Balances[0].Escrowed != told {
		t.Errorf("headquarters has %+v, %v; want %d", member, err, told)
	}
	if listed := s.recovery().Listed; listed != 0 {
		t.Errorf("%d members are listed, want none", listed)
	}
	s.sound()
}

// many lets till b's directory list members of whom headquarters has nothing.
func (s *shop) many(n int, asOf ledger.Millis) (who []ledger.KeyedHash) {
	s.t.Helper()
	ctx := context.Background()
	cursor, err := s.b.Store.Cursor(ctx)
	s.must(err)
	for page := range slices.Chunk(make([]ledger.KeyedHash, n), 100) {
		var changes []ledger.Change
		for range page {
			cursor.Position++
			account, hash := s.b.NewAccount(), ledger.KeyedHash(uuid.New())
			who = append(who, hash)
			changes = append(changes, ledger.Change{
				Position: cursor.Position, Kind: ledger.AccountChange, Key: account.String(),
				Account: &ledger.AccountState{Account: account, Identifiers: []ledger.KeyedHash{hash}, Name: "A***", AsOf: asOf},
			})
		}
		s.must(s.b.Store.Apply(ctx, changes, cursor))
	}
	return who
}

// listed is how many rows till b lists.
func (s *shop) listed() int {
	s.t.Helper()
	var after ledger.KeyedHash
	for n := 0; ; {
		rows, err := s.b.Store.Listed(context.Background(), 0, after, 500)
		s.must(err)
		if n += len(rows); len(rows) < 500 {
			return n
		}
		after = rows[len(rows)-1].Hash
	}
}

// Many are listed in pages, over a network that loses some: what a lost answer
// had taken is not listed again, what was told long before the backup not at
// all, and the first feed that is read to its end has everybody.
func TestListedInPages(t *testing.T) {
	ctx := context.Background()
	s := newShop(t)
	s.many(1_000, ledger.MillisOf(s.Clock.Now()))
	s.Clock.Advance(2 * time.Hour)
	s.must(s.ConfirmClock(ctx))
	backup := s.Backup()
	s.Clock.Advance(time.Hour)
	const forgotten = 3_400
	s.many(forgotten, ledger.MillisOf(s.Clock.Now()))

	s.restore(backup)
	n := 0
	s.b.Network.Disturb(func(r hqsync.Request) testkit.Fault {
		if r.Target != wire.ListingPath {
			return testkit.None
		}
		n++
		return pick(n%3 == 0, testkit.LoseAnswer)
	})
	tries := 0
	for ; tries < 20; tries++ {
		if _, err := s.b.Exchange.Greet(ctx); err == nil {
			break
		}
	}
	// Four pages; each greeting asks what is wanted first, and one page is seen
	// to be taken by that alone.
	if tries == 0 || n > 5+tries {
		t.Errorf("%d greetings were cut short, %d listings said", tries, n)
	}
	s.drain(s.b)
	for began, ended := s.cursor(s.b), false; !ended; {
		more, err := s.b.Exchange.Pull(ctx, time.Second)
		s.must(err)
		ended = !more && s.cursor(s.b).Incarnation != began.Incarnation
	}
	s.cursor(s.b)                              // nothing came since: that was all
	if got := s.listed(); got != forgotten+1 { // and ana
		t.Errorf("%d are in the directory, want %d", got, forgotten+1)
	}
	if state := s.recovery(); state.Listed != forgotten {
		t.Errorf("%+v", state)
	}
	s.settle(s.a, s.b)
	s.sound()
}

func (s *shop) cursor(e *testkit.Enrolled) ledger.Cursor {
	s.t.Helper()
	cursor, err := e.Store.Cursor(context.Background())
	s.must(err)
	return cursor
}

// older is headquarters of the release before: it does not know what a listing
// is.
type older struct{ hqsync.Transport }

func (o older) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.ListingPath {
		r.Target += "/unknown"
	}
	return o.Transport.Do(ctx, r)
}

// A headquarters of the release before is given its rights back all the same.
func TestListingUnknown(t *testing.T) {
	s := newShop(t)
	s.restore(s.Backup())
	for _, e := range []*testkit.Enrolled{s.a, s.b} {
		e.Network.Transport = older{e.Network.Transport}
		s.greet(e)
	}
	s.settle(s.a, s.b)
	if state := s.recovery(); len(state.Awaited) != 0 {
		t.Errorf("%+v", state)
	}
	s.back()
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
	for _, e := range s.Told(hq.EventLoss) {
		lost += e.Amount
	}
	if short := s.Told(hq.EventShortfall); len(short) != 1 || lost == 0 || short[0].Amount != lost {
		t.Errorf("short %+v, lost %d", short, lost)
	}
	member, err := s.MemberByPhone(ctx, e164)
	s.must(err)
	if b := member.Balances[0]; b.Available+b.Escrowed != s.earned+lost {
		t.Errorf("headquarters has %+v, told was %d, lost %d", b, s.earned, lost)
	}
	if found, err := s.Verify(ctx, nil); err != nil || len(found) > 0 {
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
