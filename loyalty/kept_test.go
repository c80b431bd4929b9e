package loyalty_test

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// versionsOf are versions of a program that follow each other; only these sections
// differ.
func versionsOf(t testing.TB, versions ...string) (all []*loyalty.Program) {
	t.Helper()
	for i, sections := range versions {
		all = append(all, mustLoad(t, fmt.Sprintf("program: test\nversion: %d\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\n"+
			"notice: P0D\nproof: {earn: claimed, redeem: claimed}\n%s\n%s\n", i+1, pointsRule, sections)))
	}
	return all
}

const simple = "units: {points: {}}\n"

// A voucher gives what the version said that issued it, whatever its reward is
// by now: worth less, another thing, taken several times, or gone.
func TestVoucherKeepsItsVersion(t *testing.T) {
	first := simple + "rewards: [{id: v, cost: {points: 10}, benefit: {discount: 500}, voucher: P1Y}]"
	for name, then := range map[string]string{
		"less":    simple + "rewards: [{id: v, cost: {points: 10}, benefit: {discount: 300}, voucher: P30D}]",
		"another": simple + "rewards: [{id: v, grant_only: true, benefit: {item: bag}, voucher: P30D}]",
		"at once": simple + "rewards: [{id: v, cost: {points: 10}, benefit: {discount: 1}, repeat: true}]",
		"gone":    simple + "rewards: []",
	} {
		t.Run(name, func(t *testing.T) {
			p := versionsOf(t, first, then)
			o := member(t, p[0])
			o.buy("2026-02-01", "S1", lines1(2000)).buy("2026-02-02", "S2", lines1(500), "v")
			o.p = p[1]
			standing := o.a.Standing(o.p, o.moment(at("2026-02-03")), o.who)
			offers, _ := o.p.Offers(loyalty.Occasion{At: at("2026-02-03"), Member: &standing,
				Basket: &loyalty.Basket{Currency: "USD", Lines: lines1(2000)}}, func(ledger.Unit) ledger.Points { return 0 })
			if len(offers) != 1 || offers[0].ID != "v" || offers[0].Off() != 500 || !offers[0].Held.Older(o.p) {
				t.Errorf("offered %+v", offers)
			}
			out, err := o.sell("2026-02-03", "S3", lines1(2000), loyalty.Redemption{Reward: "v", Times: 1})
			o.must(err)
			if out.Total != 1500 || out.Rewards[0].Terms.Promise.Version != 1 {
				t.Errorf("%+v", out)
			}
			// It comes back as it was, and is used again.
			o.back("2026-02-04", "S3", loyalty.Wish{All: true})
			out, err = o.sell("2026-02-05", "S4", lines1(1000), loyalty.Redemption{Reward: "v", Times: 1})
			o.must(err)
			if out.Total != 500 {
				t.Errorf("given back, it takes %+v", out.Rewards)
			}
			// Also when its own time is over meanwhile.
			o.back("2027-03-01", "S4", loyalty.Wish{Void: true}).wants("2027-03-14", "points 15", "voucher.v 1 ends 2027-03-15")
			out, err = o.sell("2027-03-14", "S5", lines1(700), loyalty.Redemption{Reward: "v", Times: 1})
			o.must(err)
			if out.Total != 200 {
				t.Errorf("within its grace, it takes %+v", out.Rewards)
			}
			o.check()
		})
	}
}

// Of vouchers of two versions the one that ends first is used first, each for
// what it promises; with several at once only one is asked for at a time.
func TestVouchersOfTwoVersions(t *testing.T) {
	p := versionsOf(t,
		simple+"rewards: [{id: v, cost: {points: 1}, benefit: {discount: 500}, voucher: P90D}]",
		simple+"rewards: [{id: v, cost: {points: 1}, benefit: {discount: 300}, voucher: P10D}]",
		simple+"rewards: [{id: v, cost: {points: 1}, benefit: {discount: 1}, repeat: true}]")
	o := member(t, p[0])
	o.buy("2026-02-01", "S1", lines1(2000)).buy("2026-02-02", "S2", lines1(500), "v")
	second := member(t, p[1])
	second.buy("2026-02-01", "S1", lines1(2000)).buy("2026-02-03", "S2", lines1(500), "v")
	held := loyalty.SortHeld(append(o.a.Vouchers(at("2026-02-04")), second.a.Vouchers(at("2026-02-04"))...))
	standing := loyalty.Standing{Vouchers: held}
	var err error
	sell := func(redeem ...loyalty.Redemption) (out loyalty.Outcome) {
		t.Helper()
		out, err = p[2].Evaluate(loyalty.Occasion{At: at("2026-02-04"), Member: &standing,
			Basket: &loyalty.Basket{Currency: "USD", Lines: lines1(2000), Redeem: redeem}})
		return out
	}
	once := loyalty.Redemption{Reward: "v", Times: 1}
	if out := sell(once); err != nil || out.Rewards[0].Discount != 300 {
		t.Errorf("first %+v, %v", out.Rewards, err)
	}
	var refused *loyalty.RewardRefused
	for _, asked := range [][]loyalty.Redemption{{once, once}, {{Reward: "v", Times: 2}}} {
		if sell(asked...); !errors.As(err, &refused) {
			t.Errorf("%v: %v", asked, err)
		}
	}
	// Once none is held any more the version in force sells it, several at once.
	standing.Vouchers = held[:1]
	if out := sell(once, loyalty.Redemption{Reward: "v", Times: 4}); err != nil || out.Total != 2000-300-4 || out.Costs[1].Amount != 4 {
		t.Errorf("a voucher and four: %+v, %v", out, err)
	}
}

// What was earned ends by idleness as its own version says: one that knows none
// ends nothing of another's, and one that does ends nothing of one that knew none.
func TestIdleOfAVersion(t *testing.T) {
	off := "rewards: [{id: off, cost: {points: 10}, benefit: {discount: 100}}]"
	p := versionsOf(t, "units: {points: {expires: {idle: P2M}}}\n"+off, simple+off, "units: {points: {expires: {idle: P1M}}}\n"+off)
	o := member(t, p[0])
	o.buy("2026-02-01", "S1", lines1(1000))
	o.p = p[1]
	o.buy("2026-02-10", "S2", lines1(2000))
	o.p = p[2]
	o.buy("2026-02-20", "S3", lines1(3000))
	o.wants("2026-03-19", "points 60 ends 2026-03-20").wants("2026-03-20", "points 30 ends 2026-04-20")
	// Activity holds up what is there by then.
	o.buy("2026-04-01", "S4", lines1(100)).wants("2026-04-30", "points 31 ends 2026-05-01")
	o.wants("2026-05-31", "points 30 ends 2026-06-01").wants("2026-06-01", "points 20")
	o.check()
}

// keptPromises compares what a sale took with the lots that paid for it.
func (o *one) keptPromises(out loyalty.Outcome, e loyalty.Effect) {
	o.t.Helper()
	for _, taken := range out.Rewards {
		if !taken.Voucher {
			continue
		}
		for _, m := range e.Moves {
			if m.Unit != ledger.VoucherUnit(taken.Reward) || m.To != ledger.Redeemed {
				continue
			}
			terms := o.lot(m.Unit, m.Lots[0].Lot).Terms
			if terms != *taken.Terms {
				o.t.Fatal(fmt.Sprintf("used %+v, taken as %+v", terms, taken))
			}
			if b := terms.Promise; b.Benefit == "discount" && taken.Discount != b.Value || b.Max > 0 && taken.Discount > b.Max {
				o.t.Fatal(fmt.Sprintf("%+v took %d", b, taken.Discount))
			}
		}
	}
}

func (o *one) lot(unit ledger.Unit, name string) loyalty.Lot {
	for _, l := range o.a.Purse(unit).Lots {
		if l.Name == name {
			return l
		}
	}
	o.t.Fatal("no lot " + name)
	return loyalty.Lot{}
}

// Whatever versions follow each other, vouchers and lots keep the one that made
// them: no lot's terms ever change, a voucher takes what its version promised,
// and what idleness ends is of a version that says so.
func TestVersionsAreKept(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		versions := []*loyalty.Program{drawVersion(rt, 1), drawVersion(rt, 2), drawVersion(rt, 3)}
		o, friend := member(rt, versions[0]), member(rt, versions[0])
		friend.a.Of = "friend"
		terms := map[string]ledger.LotTerms{}
		for _, s := range drawSteps(rt, true) {
			o.p = rapid.SampledFrom(versions).Draw(rt, "version")
			friend.p = o.p
			o.does(s, friend)
			o.check()
			friend.check()
			for unit := range o.a.Purses {
				for _, l := range o.a.Purse(unit).Lots {
					if was, known := terms[l.Name]; known && was != l.Terms {
						rt.Fatalf("%s was made on %+v and is on %+v", l.Name, was, l.Terms)
					}
					terms[l.Name] = l.Terms
					if _, voucher := unit.Voucher(); voucher != (l.Terms.Promise.Version > 0) {
						rt.Fatalf("%s of %s promises %+v", l.Name, unit, l.Terms.Promise)
					}
				}
			}
		}
	})
}
