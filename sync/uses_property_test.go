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
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whatever two tills sell and void, with the network there or cut, however
// headquarters hears of them within the grace: no limit of a reward is exceeded, in any of its
// windows, nothing is the program's loss, and all books are in order.
func TestNoLimitIsExceeded(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("20")
	}
	w := newGives(t) // one for all: to open it costs more than all that is done
	members := 0
	rapid.Check(t, func(rt *rapid.T) {
		members++
		g := &given{asks: w, rt: rt, number: fmt.Sprintf("+90532%07d", members)}
		g.comes()
		if rapid.Bool().Draw(rt, "alone") {
			cut(w.one) // which holds what was placed
		}
		for range rapid.IntRange(4, 16).Draw(rt, "steps") {
			g.step(rapid.SampledFrom([]*testkit.Enrolled{w.one, w.two}).Draw(rt, "till"))
			g.within()
		}
		heal(w.one, w.two)
		w.exchange()
		for _, what := range []string{event.Loss, event.Beyond} {
			if told := w.Told(what); len(told) > 0 {
				rt.Fatalf("told: %+v", told)
			}
		}
	})
	w.whole(w.one, w.two)
}

// given is what one member was given, by whichever till.
type given struct {
	*asks
	rt     *rapid.T
	number string
	silent int // hours since both tills told all
	sold   []taken
}

// taken is a sale with rewards, and where it was made.
type taken struct {
	*ledger.Entry
	at   *testkit.Enrolled
	void bool
}

func (g *given) comes() {
	heal(g.one, g.two)
	g.ready()
	_, _, err := g.one.Join(context.Background(), g.Clock.Now(), checkout.Joining{Asked: g.number, Phone: g.number})
	g.must(err)
	g.sell(g.one, 20_000)
	g.exchange()
}

// ready has everybody know the time.
func (g *given) ready() {
	g.must(g.ConfirmClock(context.Background()))
	g.must(g.Work(context.Background()))
	for _, e := range []*testkit.Enrolled{g.one, g.two} {
		_, _ = e.Exchange.Greet(context.Background()) // it may have no network
	}
}

func (g *given) step(e *testkit.Enrolled) {
	switch rapid.SampledFrom([]string{"take", "take", "take", "take", "sell", "void", "cut", "heal", "exchange", "work", "wait", "wait"}).Draw(g.rt, "step") {
	case "take":
		g.sell(e, 5000, rapid.SampledFrom([]string{"gift", "gift", "card", "gift", "treat", "dear", "later", "bonus"}).Draw(g.rt, "reward"))
	case "sell":
		g.sell(e, 60_000)
	case "void":
		g.void(e)
	case "cut":
		cut(e)
	case "heal":
		heal(e)
	case "exchange":
		_, _ = e.Exchange.Push(context.Background())
		_, _ = e.Exchange.Pull(context.Background(), 0)
	case "work":
		g.must(g.Work(context.Background()))
	case "wait":
		g.wait(rapid.SampledFrom([]int{1, 13, 72, 96}).Draw(g.rt, "hours"))
	}
}

// wait lets time pass, but not the grace after which rights are reclaimed without
// word of a till.
func (g *given) wait(hours int) {
	if g.silent += hours; g.silent > 6*24 {
		heal(g.one, g.two)
		g.exchange()
		g.silent = hours
	}
	g.Clock.Advance(time.Duration(hours) * time.Hour)
	g.ready()
}

// sell sells, and takes a reward if the till lets her.
func (g *given) sell(e *testkit.Enrolled, amount ledger.Minor, redeem ...string) {
	g.sales++
	done, err := e.Complete(context.Background(), g.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: fmt.Sprint("s", g.sales), Currency: "TRY", Redeem: testkit.Once(redeem...),
		Lines: []ledger.Line{{Net: amount, Gross: amount, Quantity: 1}}, Who: checkout.Who{Phone: g.number, Proof: ledger.Claimed},
	})
	if len(redeem) > 0 && (errors.As(err, new(*loyalty.NoRedeem)) || errors.As(err, new(*loyalty.RewardRefused))) {
		return
	}
	if err != nil {
		g.rt.Fatal(err)
	}
	if len(redeem) > 0 {
		g.sold = append(g.sold, taken{Entry: done.Entry, at: e})
	}
}

// void takes back the last sale with a reward at a till.
func (g *given) void(e *testkit.Enrolled) {
	for i := len(g.sold) - 1; i >= 0; i-- {
		s := &g.sold[i]
		if s.void || s.at != e {
			continue
		}
		_, err := e.Void(context.Background(), g.Clock.Now(), checkout.Taking{
			Entry: e.NewEntry(), Of: ledger.SaleRef{Day: s.Day, ID: s.Sale.ID},
		})
		g.must(err)
		s.void = true
		return
	}
}

// within looks at each limit in the windows of each day that something was had.
func (g *given) within() {
	for _, s := range g.sold {
		day := ledger.DateAt(s.At, g.one.Zone)
		for limit, most := range map[string]ledger.Points{"gift": 1, "treats": 2, "budget": 300, "extra": 1} {
			if drawn := g.drawn(limit, day); drawn > most {
				g.rt.Fatalf("%d drawn on %s on %s", drawn, limit, day)
			}
		}
	}
}

// drawn is what rewards drew on a limit in the window that ends with a day.
func (g *given) drawn(limit string, day ledger.Date) (sum ledger.Points) {
	last, err := time.Parse(time.DateOnly, string(day))
	g.must(err)
	first := map[string]ledger.Date{
		"gift": day[:4] + "-01-01", "treats": ledger.Date(last.AddDate(0, 0, -6).Format(time.DateOnly)),
		"budget": day[:7] + "-01", "extra": day,
	}[limit]
	for _, s := range g.sold {
		for _, u := range s.Uses {
			if on := ledger.DateAt(s.At, g.one.Zone); !s.void && u.Limit == limit && u.Reward != "" && on >= first && on <= day {
				sum += ledger.Points(u.Uses) + u.Amount
			}
		}
	}
	return sum
}
