package sync_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// apart is a chain of two stores, a till in each, under a program that asks for all
// kinds of things; ana was enrolled at the first, has a membership and is gold.
type apart struct {
	*asks
	ana ledger.AccountID
}

func newApart(t *testing.T) apart {
	text := strings.Replace(asking, "rewards:", `  - {id: first, on: sale, when: 'member.visits == 0', give: {points: 1000}}
rewards:
  - {id: cheers, when: '"plus" in member.statuses', benefit: {discount: 20}}
  - {id: door,   when: 'member.tier == "gold"', benefit: {discount: 30}}`, 1)
	w := apart{asks: &asks{world: &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, text)), t: t}}}
	w.must(w.CreateStore(context.Background(), wire.Store{
		ID: "s2", Name: "Market Hall", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR",
	}))
	w.one, w.two = w.till(), w.EnrollAt("s2", w.Address)
	w.greet(w.two)
	joined, _, err := w.one.Join(context.Background(), w.Clock.Now(), checkout.Joining{
		Asked: "ana", Phone: e164, Name: "Ana Kaya", BirthMonth: 11,
	})
	w.must(err)
	w.ana = joined.Account
	w.do(w.one, "join", "j-1")
	_, err = w.sale(w.one, 100_000)
	w.must(err)
	return w
}

// at is what a till knows of ana by what it has itself.
func (w apart) at(e *testkit.Enrolled) loyalty.Member {
	w.t.Helper()
	m, err := e.Store.Member(context.Background(), w.ana)
	w.must(err)
	return m
}

// knows wants a till to have her name and balance, and of her state all, or no more
// than her level.
func (w apart) knows(e *testkit.Enrolled, all bool, shown ledger.Points) {
	w.t.Helper()
	m := w.at(e)
	if m.Name == "" || m.Balance("points").Shown != shown {
		w.t.Errorf("%q has %+v, want %d points", m.Name, m.Balances, shown)
	}
	if m.State.Outside == all || (len(m.State.Statuses) > 0) != all || (m.State.Visits > 0) != all || (m.Profile.BirthMonth > 0) != all {
		w.t.Errorf("all of her is known: want %t, have %+v, %+v", all, m.State, m.Profile)
	}
	if tier := m.Standing(e.Programs.At(w.Clock.Now()), loyalty.Moment{At: ledger.MillisOf(w.Clock.Now())}).Tier; tier != "gold" {
		w.t.Errorf("her level is %q", tier)
	}
}

// refusal is why a till offers ana no reward.
func (w apart) refusal(e *testkit.Enrolled, reward string) string {
	w.t.Helper()
	q, err := e.Quote(context.Background(), w.Clock.Now(), w.basket(ledger.Claimed))
	w.must(err)
	for _, no := range q.NotOffered {
		if no.Reward == reward {
			return no.Reason
		}
	}
	return ""
}

func (w apart) basket(proof ledger.Proof) checkout.Basket {
	return checkout.Basket{
		SaleID: "quoted", Currency: "TRY", Lines: []ledger.Line{{Net: 5000, Gross: 5000, Quantity: 1}},
		Who: checkout.Who{Account: w.ana, Proof: proof},
	}
}

const afterwards = 2057 // points: 1000 and the first, the day's and the membership's

// A member of one store alone: the other's till knows her name, balance and level, and
// nothing else. Cut off, it sells to her by that, and what asks for more waits; once
// its sale was heard of, it knows all of her.
func TestOutsideTheWorkingSetOffline(t *testing.T) {
	w := newApart(t)
	w.exchange()
	w.knows(w.one, true, afterwards)
	w.knows(w.two, false, afterwards)
	cut(w.two)
	for reward, why := range map[string]string{"cheers": "only headquarters knows, and it does not answer", "door": ""} {
		if got := w.refusal(w.two, reward); got != why {
			t.Errorf("%s: %q, want %q", reward, got, why)
		}
	}
	w.gives(w.two, map[string]ledger.Points{"gold": 100, "daily": 7}) // what the limit does not leave is taken back
	heal(w.two)
	w.exchange()
	w.knows(w.one, true, afterwards+150)
	w.knows(w.two, true, afterwards+150)
	if why := w.refusal(w.two, "cheers"); why != "" {
		t.Errorf("cheers: %s", why)
	}
	w.whole(w.one, w.two)
}

// Online the other store's till is told all of her at once, from the first sale on, also
// where its directory has not come to her yet, and the feed goes on from there.
func TestOutsideTheWorkingSetOnline(t *testing.T) {
	for _, fed := range []bool{true, false} {
		w := newApart(t)
		w.drain(w.one)
		w.must(w.Work(context.Background()))
		if fed {
			w.exchange()
		}
		w.two.Finder = w.two.Exchange
		w.gives(w.two, map[string]ledger.Points{"gold": 100, "plus": 50})
		w.knows(w.two, true, afterwards+200)
		w.exchange()
		w.knows(w.one, true, afterwards+200)
		w.knows(w.two, true, afterwards+200)
		w.whole(w.one, w.two)
	}
}

// Whom a till has looked up belongs to its store without a sale. Headquarters out of
// reach, she is served by what is known; a number that nobody has stays unknown.
func TestLookedUp(t *testing.T) {
	w := newApart(t)
	w.exchange()
	w.two.Finder = w.two.Exchange
	cut(w.two)
	m, _, err := w.two.Identify(context.Background(), e164)
	if err != nil || m.Account != w.ana || !m.State.Outside {
		t.Errorf("cut off: %+v, %v", m, err)
	}
	heal(w.two)
	if _, _, err := w.two.Identify(context.Background(), bobE164); !errors.Is(err, loyalty.ErrUnknownMember) {
		t.Errorf("nobody's number: %v", err)
	}
	m, _, err = w.two.Identify(context.Background(), e164)
	if err != nil || m.State.Outside || m.Profile.BirthMonth != 11 {
		t.Errorf("found: %+v, %v", m, err)
	}
	w.gives(w.one, map[string]ledger.Points{"gold": 100, "plus": 50})
	w.exchange()
	w.knows(w.two, true, afterwards+200)
}

// She leaves the other store's working set when nobody there met her for three months,
// although she is a customer of the first all along; and is back with her next sale.
func TestLeavesTheWorkingSetByAge(t *testing.T) {
	w := newApart(t)
	w.exchange()
	w.gives(w.two, map[string]ledger.Points{"gold": 100, "daily": 7})
	w.exchange()
	shown := ledger.Points(afterwards + 150)
	w.knows(w.two, true, shown)
	w.Clock.Advance(60 * 24 * time.Hour)
	w.must(w.ConfirmClock(context.Background()))
	w.exchange()
	w.gives(w.one, map[string]ledger.Points{"gold": 100, "plus": 50, "daily": 7})
	w.exchange()
	shown += 207
	w.knows(w.two, true, shown)
	w.Clock.Advance(31 * 24 * time.Hour)
	w.must(w.ConfirmClock(context.Background()))
	w.exchange()
	w.knows(w.one, true, shown)
	w.knows(w.two, false, shown)
	w.gives(w.two, map[string]ledger.Points{"gold": 100, "daily": 7})
	w.exchange()
	w.knows(w.two, true, shown+157)
}
