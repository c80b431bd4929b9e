package checkout_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Whatever a till sells, voids and is told of, restarted and fed in between, no
// limit is exceeded at it, and a tier and a status hold from the next sale on.
func TestLimitsHoldAtATill(t *testing.T) {
	// One till for all: to open a store costs more than all that is done at it.
	c := newClubhouse(t, loyalty.State{})
	rapid.Check(t, func(rt *rapid.T) {
		c.Clock.Advance(testkit.Noon.Sub(c.Clock.Now())) // to stay within a year
		c.Greet()
		c.ana = c.NewAccount()
		c.feed(loyalty.State{Joined: "2025-03-01"})
		h := &history{clubhouse: c, rt: rt, state: loyalty.State{Joined: "2025-03-01"}, drawn: map[string]int64{}}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"sell", "sell", "gift", "plus", "check in", "app", "void", "reopen", "feed", "wait"}).Draw(rt, "step") {
			case "sell":
				h.sell("milk")
			case "gift":
				c.Place(c.ana, ledger.UseUnit("gift"), 1) // more than the limit leaves
				h.sell("milk", testkit.Once("birthday")...)
			case "plus":
				h.sell("PLUS")
			case "check in":
				h.do("check_in")
			case "app":
				h.do("app")
			case "void":
				h.void()
			case "reopen":
				c.Till = c.Reopen()
			case "feed":
				h.feed()
			case "wait":
				c.Clock.Advance(time.Duration(rapid.IntRange(1, 30).Draw(rt, "hours")) * time.Hour)
				c.Greet()
			}
		}
	})
}

// history is what a till did, and what of it headquarters has counted.
type history struct {
	*clubhouse
	rt    *rapid.T
	state loyalty.State // as headquarters last told it
	since []loyalty.Recalled
	// drawn counts uses by limit and window, less what voids gave back.
	drawn map[string]int64
	sold  []*ledger.Entry
	spend ledger.Points // earned of the tiers' unit
	plus  map[ledger.EntryID]bool
}

// window names the one that a limit's uses of an entry are in.
func (h *history) window(limit string, e *ledger.Entry) string {
	day := ledger.DateAt(e.At, h.Zone)
	switch limit {
	case "gift":
		day = day[:4]
	case "once":
		day = ""
	}
	return limit + " " + string(day)
}

func (h *history) note(e *ledger.Entry) {
	h.since = append(h.since, loyalty.Recalled{Entry: e})
	for _, u := range e.Uses {
		w := h.window(u.Limit, e)
		if h.drawn[w] += u.Uses; h.drawn[w] > 1 {
			h.rt.Fatalf("%s: drawn on %d times", w, h.drawn[w])
		}
	}
}

func (h *history) sell(sku string, redeem ...loyalty.Redemption) {
	b := h.basket(ledger.Minor(rapid.IntRange(5000, 60_000).Draw(h.rt, "amount")), redeem...)
	b.Lines[0].SKU = sku
	e, err := h.complete(b)
	var refused *loyalty.RewardRefused
	if errors.As(err, &refused) {
		return
	}
	if err != nil {
		h.rt.Fatal(err)
	}
	if gold := points(e, "gold") > 0; gold != (h.spend >= 100_000) {
		h.rt.Fatalf("gold %v after a spend of %d", gold, h.spend)
	}
	if member := points(e, "member") > 0; member != (len(h.plus) > 0) {
		h.rt.Fatalf("plus %v after %d grants", member, len(h.plus))
	}
	for _, p := range e.Postings {
		if p.Unit == "spend" {
			h.spend += p.Amount
		}
	}
	if len(e.Statuses) > 0 {
		if h.plus == nil {
			h.plus = map[ledger.EntryID]bool{}
		}
		h.plus[e.ID] = true
	}
	h.sold = append(h.sold, e)
	h.note(e)
}

func (h *history) do(on string) {
	h.sales++
	e, err := h.clubhouse.do(on, fmt.Sprint(h.sales), ledger.AccountID{})
	if err != nil {
		h.rt.Fatal(err)
	}
	h.note(e)
}

// void takes the last sale back. A level that was reached is kept all the same.
func (h *history) void() {
	if len(h.sold) == 0 {
		return
	}
	e := h.sold[len(h.sold)-1]
	h.sold = h.sold[:len(h.sold)-1]
	back, err := h.Void(context.Background(), h.Clock.Now(), checkout.Taking{
		Entry: h.NewEntry(), Of: ledger.SaleRef{Day: e.Day, ID: e.Sale.ID},
	})
	if err != nil {
		h.rt.Fatal(err)
	}
	for _, u := range e.Uses {
		h.drawn[h.window(u.Limit, e)] -= u.Uses
	}
	delete(h.plus, e.ID)
	for _, p := range e.Postings {
		if p.Unit == "spend" && h.spend < 100_000 {
			h.spend -= p.Amount
		}
	}
	h.since = append(h.since, loyalty.Recalled{Entry: back.Entry, Sale: e})
}

// feed is headquarters' word once it has counted all so far.
func (h *history) feed() {
	h.state = h.Programs.At(h.Clock.Now()).Memory(h.Zone)(h.state, h.since)
	h.since = nil
	h.clubhouse.feed(h.state)
}
