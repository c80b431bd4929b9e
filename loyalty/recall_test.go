package loyalty_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const remembering = `
program: r
version: 1
currency: USD
announced: 2026-01-01
effective: 2026-01-01
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}, s: {spendable: false}}
tiers: {of: s, window: P2M, keep: P1M, levels: {low: 0, mid: 3000, top: 9000}}
limits: {often: {uses: 3, every: P10D}, much: {amount: 60, every: calendar_month}, once: {uses: 1, every: ever}}
rules:
- {id: base, on: sale, each: line, give: {points: 1/100, s: 1/1}}
- {id: mid, on: sale, when: 'member.tier != "low"', limit: often, give: {points: 2/100}}
- {id: plus, on: sale, each: line, when: '"plus" in line.categories', status: {plus: P1M}}
- {id: member, on: sale, when: '"plus" in member.statuses', limit: much, give: {points: 30}}
- {id: visit, on: check_in, limit: [often, once], give: {points: 5}}
rewards:
- {id: gift, when: 'member.visits > 2', limit: often, benefit: {discount: 10}}
`

// book is a till's entries of one member, and her account as headquarters has
// it after each.
type book struct {
	t      *rapid.T
	p      *loyalty.Program
	a      *loyalty.Account
	now    ledger.Millis
	told   []loyalty.Recalled
	states []loyalty.State // before each of told, and after the last
	sales  []*loyalty.Sold
	of     map[*loyalty.Sold]*ledger.Entry
	backs  map[*loyalty.Sold][]*ledger.Entry
}

func (b *book) moment() loyalty.Moment { return loyalty.Moment{At: b.now, Store: "s1"} }

func (b *book) entry(kind ledger.Kind) *ledger.Entry {
	return &ledger.Entry{ID: ledger.EntryID{0: 1, 15: byte(len(b.told))}, Kind: kind, At: b.now, Store: "s1"}
}

func (b *book) must(err error) {
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *book) note(r loyalty.Recalled) {
	b.told = append(b.told, r)
	b.keep()
}

func (b *book) keep() {
	text, err := json.Marshal(b.a.State)
	b.must(err)
	var s loyalty.State
	b.must(json.Unmarshal(text, &s))
	b.states = append(b.states, s)
}

// do posts a sale of lines, or, of none, an activity.
func (b *book) do(lines []ledger.Line, redeem ...loyalty.Redemption) {
	standing := b.a.Standing(b.p, b.moment(), loyalty.Profile{})
	o := loyalty.Occasion{At: b.now, Store: "s1", Member: &standing, Activity: &loyalty.Activity{On: "check_in"}}
	posted := loyalty.Posted{Kind: ledger.Done, Moment: b.moment(), On: "check_in"}
	if lines != nil {
		o.Basket, o.Activity = &loyalty.Basket{Currency: "USD", Lines: lines, Redeem: redeem}, nil
		posted.Kind, posted.On = ledger.Sold, "sale"
	}
	out, err := b.p.Evaluate(o)
	if err != nil {
		b.do(lines) // without the reward
		return
	}
	e := b.entry(posted.Kind)
	e.Postings, e.Uses, e.Statuses = out.Earned, out.Uses, out.Statuses
	posted.Entry, posted.Outcome = e.ID, out
	effect, err := b.a.Post(b.p, posted)
	b.must(err)
	if lines == nil {
		e.Activity = &ledger.Activity{On: "check_in"}
	} else {
		e.Sale = &ledger.Sale{Currency: "USD", Lines: out.Lines, Rewards: out.Rewards, Total: out.Total}
		sold := &loyalty.Sold{Sale: e.Sale, Effect: effect}
		b.sales, b.of[sold] = append(b.sales, sold), e
	}
	b.note(loyalty.Recalled{Entry: e})
}

func (b *book) back(sold *loyalty.Sold, wish loyalty.Wish) {
	rest, err := sold.Rest()
	b.must(err)
	back, err := rest.Take(wish)
	if err != nil {
		return // nothing is left
	}
	e := b.entry(ledger.Returned)
	if back.Void {
		e.Kind = ledger.Voided
	}
	e.Return, e.Postings = &ledger.Return{Lines: back.Lines, Total: back.Total}, back.Postings
	effect, err := b.a.Return(b.p, loyalty.Returned{Entry: e.ID, Kind: e.Kind, Moment: b.moment()}, sold, back)
	b.must(err)
	sold.Backs = append(sold.Backs, effect)
	before := b.backs[sold]
	b.backs[sold] = append(before[:len(before):len(before)], e)
	b.note(loyalty.Recalled{Entry: e, Sale: b.of[sold], Before: before})
}

// What a till recalls of its own entries over an earlier state is what
// headquarters makes of them, wherever the state ends and they begin.
func TestMemory(t *testing.T) {
	p, err := loyalty.Load([]byte(remembering), "remembering.yaml")
	if err != nil {
		t.Fatal(err)
	}
	memory := p.Memory(time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		b := &book{
			t: rt, p: p, a: &loyalty.Account{Of: "somebody"}, now: at("2026-01-10"),
			of: map[*loyalty.Sold]*ledger.Entry{}, backs: map[*loyalty.Sold][]*ledger.Entry{},
		}
		b.keep()
		for range rapid.IntRange(1, 20).Draw(rt, "steps") {
			b.now = b.now.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(rt, "hours")) * time.Hour)
			kind := rapid.SampledFrom([]string{"sell", "sell", "gift", "do", "some", "all", "void"}).Draw(rt, "kind")
			switch {
			case kind == "sell":
				b.do(goods.Draw(rt, "lines"))
			case kind == "gift":
				b.do(goods.Draw(rt, "lines"), loyalty.Redemption{Reward: "gift", Times: 1})
			case kind == "do" || len(b.sales) == 0:
				b.do(nil)
			default:
				wish := loyalty.Wish{All: kind == "all", Void: kind == "void"}
				if kind == "some" {
					wish.Gross = ledger.Minor(rapid.IntRange(1, 4000).Draw(rt, "gross"))
				}
				b.back(rapid.SampledFrom(b.sales).Draw(rt, "of"), wish)
			}
		}
		cut := rapid.IntRange(0, len(b.told)).Draw(rt, "cut")
		got := &loyalty.Account{State: memory(b.states[cut], b.told[cut:])}
		want := b.a.Standing(p, b.moment(), loyalty.Profile{})
		if diff := cmp.Diff(want, got.Standing(p, b.moment(), loyalty.Profile{})); diff != "" {
			rt.Fatalf("from entry %d of %d: %s", cut, len(b.told), diff)
		}
	})
}

// A program that asks nothing of a member has no memory.
func TestNoMemory(t *testing.T) {
	p, err := loyalty.Load([]byte(`{program: p, version: 1, currency: USD, announced: 2026-01-01, effective: 2026-01-01, notice: P0D,
		proof: {earn: claimed, redeem: claimed}, units: {points: {}}, rules: [{id: base, on: sale, give: {points: 1/100}}]}`), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if p.Memory(time.UTC) != nil {
		t.Error("it has one")
	}
}
