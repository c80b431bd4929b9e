package sync_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whoever is taken in, joins, buys and leaves, at whichever till and whatever the
// tills had heard of each other: in the end each number finds one member of one
// account, the same at headquarters and at every till; no till merged two accounts;
// and all accounts together have what was told.
func TestHouseholdsAgree(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("10")
	}
	w := &world{Headquarters: testkit.NewHeadquarters(t, testkit.Load(t, birthdays)), t: t}
	s := &shop{world: w, a: w.till(), b: w.till()}
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number += 10
		w.Clock.Advance(10 * time.Minute) // as many numbers may be looked up again
		f := &families{shop: s, T: rt, first: number}
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			f.step()
		}
		s.settle(s.a, s.b)
		s.settle(s.b, s.a)
		f.agree()
	})
	s.sound()
}

// families are people who share accounts, or not.
type families struct {
	*shop
	*rapid.T
	first int
	told  ledger.Points
}

// someone is one of four numbers.
func (f *families) someone() string {
	return fmt.Sprintf("+9053212%05d", f.first+rapid.IntRange(0, 3).Draw(f.T, "who"))
}

func (f *families) step() {
	ctx := context.Background()
	e := rapid.SampledFrom([]*testkit.Enrolled{f.a, f.b}).Draw(f.T, "till")
	who := f.someone()
	switch rapid.SampledFrom([]string{"enroll", "join", "join", "buy", "buy", "leave", "exchange", "one way"}).Draw(f.T, "what") {
	case "enroll":
		_, _, err := e.Join(ctx, f.Clock.Now(), checkout.Joining{Asked: e.NewEntry().String(), Phone: who})
		f.must(err)
	case "join":
		_, _, err := e.Join(ctx, f.Clock.Now(), checkout.Joining{
			Asked: e.NewEntry().String(), Phone: who,
			Household: &checkout.Household{Who: checkout.Who{Phone: f.someone(), Proof: ledger.Presented}},
		})
		if !errors.Is(err, loyalty.ErrUnknownMember) && !errors.Is(err, checkout.ErrOtherAccount) {
			f.must(err)
		}
	case "buy":
		if _, _, err := e.Identify(ctx, who); err == nil {
			f.told += f.shop.sellTo(e, who, 10_000)
		}
	case "leave":
		f.leave(who)
	case "exchange":
		f.settle(f.a, f.b)
	case "one way":
		f.drain(e)
		f.must(f.Work(ctx))
	}
}

// leave takes somebody out of her household, with a part of what is free, and says
// so twice.
func (f *families) leave(who string) {
	m, err := f.MemberByPhone(context.Background(), who)
	if errors.Is(err, records.ErrNotFound) {
		return
	}
	f.must(err)
	l := hq.HouseholdLeave{ID: f.a.NewEntry(), Program: f.ChainPrograms()[0], Phone: who}
	for _, b := range m.Balances {
		if b.Unit == "points" && b.Available > 1 {
			l.Gives = []loyalty.Amount{{Unit: "points", Amount: b.Available / 2}}
		}
	}
	for range 2 {
		if _, err := f.LeaveHousehold(context.Background(), l); !errors.Is(err, hq.ErrNoHousehold) {
			f.must(err)
		}
	}
}

func (f *families) agree() {
	ctx := context.Background()
	var has ledger.Points
	counted := map[ledger.AccountID]bool{}
	for i := range 4 {
		who := fmt.Sprintf("+9053212%05d", f.first+i)
		at, err := f.MemberByPhone(ctx, who)
		for _, e := range []*testkit.Enrolled{f.a, f.b} {
			m, _, lost := e.Identify(ctx, who)
			if errors.Is(err, records.ErrNotFound) && errors.Is(lost, loyalty.ErrUnknownMember) {
				continue
			}
			size := len(at.Household)
			if err != nil || lost != nil || m.Account != at.Account || m.ID != at.Member || m.Household != size || m.Name != at.Name {
				f.Fatalf("%s is %+v at headquarters, %v, and %+v at a till, %v", who, at, err, m, lost)
			}
		}
		if err != nil || counted[at.Account] {
			continue
		}
		counted[at.Account] = true
		for _, b := range at.Balances {
			has += b.Available + b.Escrowed
		}
	}
	if has != f.told {
		f.Fatalf("all accounts have %d, told was %d", has, f.told)
	}
}
