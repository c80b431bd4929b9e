package loyalty_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const outlined = `
program: outlined
version: 1
currency: TRY
announced: 2026-01-02
effective: 2026-01-02
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
tiers: {of: points, window: calendar_year, keep: next_window, levels: {basic: 0, gold: 1000}}
limits: {daily: {uses: 1, every: calendar_day}}
rules:
  - {id: base,   on: sale, each: line, give: {points: 1/100}}
  - {id: daily,  on: sale, limit: daily, give: {points: 7}}
  - {id: first,  on: sale, when: 'member.visits == 0', give: {points: 500}}
  - {id: gold,   on: sale, when: 'member.tier == "gold"', give: {points: 20}}
  - {id: either, on: sale, when: 'member.tier == "gold" || "staff" in member.segments', give: {points: 30}}
  - {id: lines,  on: sale, each: line, when: '!("plus" in member.statuses)', give: {points: 40}}
  - {id: join,   on: join, status: {plus: P12M}}
  - {id: friend, on: sale, to: referrer, when: 'referrer.visits > 0', give: {points: 50}}
rewards:
  - {id: door,     when: 'member.tier == "gold"', benefit: {discount: 30}}
  - {id: birthday, when: 'member.birth_month == now.month', benefit: {discount: 400}}
`

// Of somebody outside the store's working set her level is known. A condition on
// anything else does not hold, whatever else it says, and says why; nothing is taken
// for nothing.
func TestOutline(t *testing.T) {
	p, err := loyalty.Load([]byte(outlined), "outlined.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := loyalty.State{
		Visits: 4, Joined: "2026-01-05", Kept: map[string]ledger.Date{"gold": "2028-01-01"}, Referrer: "ABC", Referred: true,
	}
	text, err := json.Marshal(all.Outline())
	if err != nil {
		t.Fatal(err)
	}
	var outline loyalty.State
	if err := json.Unmarshal(text, &outline); err != nil {
		t.Fatal(err)
	}
	want := loyalty.State{Kept: all.Kept, Referrer: "ABC", Referred: true, Outside: true}
	if diff := cmp.Diff(want, outline); diff != "" {
		t.Fatal(diff)
	}
	at := loyalty.Moment{At: ledger.MillisOf(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))}
	member := loyalty.Member{State: outline}
	standing := member.Standing(p, at)
	sale := loyalty.Occasion{
		At: at.At, Member: standing, Referrer: standing, Explain: true,
		Basket: &loyalty.Basket{Currency: "TRY", Lines: []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}}},
	}
	out, err := p.Evaluate(sale)
	if err != nil {
		t.Fatal(err)
	}
	gave := map[string]ledger.Points{}
	for _, posting := range append(out.Earned, out.ToReferrer...) {
		gave[posting.Rule] += posting.Amount
	}
	if diff := cmp.Diff(map[string]ledger.Points{"base": 10, "daily": 7, "gold": 20}, gave); diff != "" {
		t.Error(diff)
	}
	const why = "only headquarters knows, and it does not answer"
	missed := map[string]string{}
	for _, m := range out.Missed {
		missed[m.Rule] = m.Reason
	}
	if diff := cmp.Diff(map[string]string{"first": why, "either": why, "lines": why, "friend": why}, missed); diff != "" {
		t.Error(diff)
	}
	for reward, reason := range map[string]string{"door": "", "birthday": why} {
		sale.Basket.Redeem = []loyalty.Redemption{{Reward: reward, Times: 1}}
		_, err := p.Evaluate(sale)
		var refused *loyalty.RewardRefused
		switch {
		case reason == "" && err != nil, reason != "" && !errors.As(err, &refused), refused != nil && refused.Reason != reason:
			t.Errorf("%s: %v", reward, err)
		}
	}
}
