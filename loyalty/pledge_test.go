package loyalty_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A terminal issues a voucher by itself only where nothing decides it that other
// terminals may know more of.
func TestPledge(t *testing.T) {
	p, err := loyalty.Load([]byte(`
program: p
version: 1
currency: USD
announced: 2026-01-01
effective: 2026-01-01
notice: P0D
proof: {earn: claimed, redeem: claimed}
units: {points: {}}
limits: {once: {uses: 1, every: ever}}
rules:
- {id: free, on: sale, when: 'member.tier == "" && basket.net > 10', issue: given}
- {id: limited, on: sale, limit: once, issue: given}
- {id: tenth, on: sale, when: 'member.visits == 9', issue: given}
- {id: friends, on: sale, when: 'member.referrals == 10', issue: given}
- {id: hers, on: sale, when: 'referrer.tier == ""', issue: given}
- {id: host, on: sale, to: referrer, issue: given}
rewards:
- {id: given, grant_only: true, benefit: {discount: 100}, voucher: P30D}
- {id: bought, cost: {points: 10}, benefit: {discount: 100}, voucher: P30D}
- {id: scarce, cost: {points: 10}, limit: once, benefit: {discount: 100}, voucher: P30D}
`), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	points := ledger.Posting{Unit: "points", Amount: 5, Rule: "limited"}
	for _, c := range []struct {
		rule, reward string
		pledged      bool
	}{
		{"free", "given", false}, {"limited", "given", true}, {"tenth", "given", true}, {"friends", "given", true},
		{"hers", "given", true}, {"host", "given", true}, {"", "bought", false}, {"", "scarce", false}, // by a use of its limit

	} {
		voucher := ledger.Posting{Unit: ledger.VoucherUnit(c.reward), Amount: 1, Rule: c.rule}
		given, pledges := []ledger.Posting{points, voucher, points}, []ledger.Pledge(nil)
		if c.pledged {
			given, pledges = []ledger.Posting{points, points}, []ledger.Pledge{{Reward: c.reward, Rule: c.rule}}
		}
		gotGiven, gotPledges := p.Pledge([]ledger.Posting{points, voucher, points})
		if diff := cmp.Diff(given, gotGiven) + cmp.Diff(pledges, gotPledges); diff != "" {
			t.Errorf("%s %s: %s", c.rule, c.reward, diff)
		}
	}
}
