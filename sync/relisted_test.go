package sync_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

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
// is, nor batches by columns, which came later.
type older struct{ hqsync.Transport }

func (o older) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target == wire.ListingPath {
		r.Target += "/unknown"
	}
	answer, err := o.Transport.Do(ctx, r)
	if err == nil {
		answer.Header.Del("Accept-Encoding")
	}
	return answer, err
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
