package loyalty_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const limited = `
program: limited
version: 1
currency: USD
announced: 2026-01-01
effective: 2026-01-01
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, miles: {pending: P5D}}
limits:
  month:  {amount: 60, every: calendar_month}
  day:    {uses: 1, every: calendar_day}
  rolled: {amount: 50, every: P3D}
rules:
  - {id: base,  on: sale, each: line, give: {points: 1/100}}
  - {id: a,     on: sale, each: line, when: 'line.sku == "a"', limit: month, give: {points: 1/10, miles: 1/70}}
  - {id: b,     on: sale, each: line, when: 'line.sku == "b"', limit: [day, month], give: {points: 1/10}}
  - {id: c,     on: sale, each: line, when: 'line.sku == "c"', limit: rolled, give: {miles: 1/10}}
`

// offline is a sale at a till that hears of no other, and what comes back of it
// there.
type offline struct {
	posted loyalty.Posted
	sale   *ledger.Sale
	backs  []loyalty.Wish
}

func drawOffline(t *rapid.T, p *loyalty.Program, i int) offline {
	var lines []ledger.Line
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		net := ledger.Minor(rapid.IntRange(1, 600).Draw(t, "net"))
		lines = append(lines, ledger.Line{SKU: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "sku"), Net: net, Gross: net, Quantity: 1})
	}
	when := at("2026-03-28") + ledger.Millis(rapid.IntRange(0, 8).Draw(t, "day"))*24*3600*1000
	out, err := p.Evaluate(loyalty.Occasion{
		At: when, Basket: &loyalty.Basket{Currency: "USD", Lines: lines}, Member: new(loyalty.Standing),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := offline{sale: &ledger.Sale{Currency: "USD", Lines: out.Lines, Total: out.Total}}
	o.posted = loyalty.Posted{Entry: ledger.EntryID{byte(i + 1)}, Kind: ledger.Sold, Moment: loyalty.Moment{At: when}, On: "sale", Outcome: out}
	for range rapid.IntRange(0, 2).Draw(t, "backs") {
		o.backs = append(o.backs, rapid.SampledFrom([]loyalty.Wish{{Gross: 100}, {Gross: 7}, {Lines: []ledger.ReturnedLine{{}}}, {Void: true}}).Draw(t, "back"))
	}
	return o
}

// heard is a member's account as headquarters has it.
type heard struct {
	*one
	sold map[ledger.EntryID]*loyalty.Sold
}

// hear posts the next thing of a sale: itself, or what comes back of it.
func (h *heard) hear(o *offline) {
	sold, m := h.sold[o.posted.Entry], loyalty.Moment{At: at("2026-04-06")}
	if sold == nil {
		effect, err := h.a.Post(h.p, o.posted)
		h.must(err)
		h.sold[o.posted.Entry] = &loyalty.Sold{Sale: o.sale, Effect: effect}
		h.settle(effect, m)
		return
	}
	rest, err := sold.Rest()
	h.must(err)
	back, _, err := rest.Fit(o.backs[0])
	h.must(err)
	o.backs = o.backs[1:]
	effect, err := h.a.Return(h.p, loyalty.Returned{Entry: h.entry(), Kind: ledger.Returned, Moment: m}, sold, back)
	h.must(err)
	sold.Backs = append(sold.Backs, effect)
	h.settle(effect, m)
}

func (h *heard) settle(last loyalty.Effect, m loyalty.Moment) {
	h.did(last)
	if !h.a.Unsettled(h.p, &last) {
		return
	}
	from := h.p.SettledFrom(&last)
	before := slices.DeleteFunc(slices.Clone(h.effects), func(e loyalty.Effect) bool { return e.Day < from })
	for _, r := range h.a.Settle(h.p, before, &last) {
		effect, err := h.a.Correct(h.p, m, h.sold[r.Entry], r.Uses)
		h.must(err)
		h.did(effect)
		h.sold[r.Entry].Backs = append(h.sold[r.Entry].Backs, effect)
	}
}

// Sales of tills that do not hear of each other, and what comes back of them, leave
// the member the same in whichever order headquarters hears of them: no limit is
// exceeded, and what a void had is another's.
func TestSettled(t *testing.T) {
	p, err := loyalty.Load([]byte(limited), "limited.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		var sales []offline
		for i := range rapid.IntRange(2, 6).Draw(rt, "sales") {
			sales = append(sales, drawOffline(rt, p, i))
		}
		var turns []int
		for i, o := range sales {
			turns = append(turns, slices.Repeat([]int{i}, 1+len(o.backs))...)
		}
		var words []string
		for range 2 {
			h := &heard{member(rt, p), map[ledger.EntryID]*loyalty.Sold{}}
			h.n = 100
			mine := slices.Clone(sales)
			for _, i := range rapid.Permutation(turns).Draw(rt, "order") {
				h.hear(&mine[i])
			}
			h.check()
			h.withinLimits()
			words = append(words, fmt.Sprint(owned(h.a, "points"), owned(h.a, "miles"), h.a.State.Limits, h.a.State.Visits))
		}
		if diff := cmp.Diff(words[0], words[1]); diff != "" {
			rt.Fatalf("in another order:\n%s", diff)
		}
	})
}

// withinLimits looks at the limits of the calendar.
func (h *heard) withinLimits() {
	for day := range ledger.Millis(10) {
		m := loyalty.Moment{At: at("2026-03-28") + day*24*3600*1000}
		used := h.a.Standing(h.p, m, loyalty.Profile{}).Used
		if used["month"].Amount > 60 || used["day"].Uses > 1 {
			h.t.Fatal(fmt.Sprintf("on %s: %v", m.Day(), used))
		}
	}
}

func owned(a *loyalty.Account, unit ledger.Unit) ledger.Points {
	p := a.Purse(unit)
	return p.Available + p.Pending - p.Receivable
}
