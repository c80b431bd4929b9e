package loyalty_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// takes makes another member's account this one's; her sales get names of his.
func (o *one) takes(day string, other *one) *one {
	o.t.Helper()
	for id, sold := range other.sales {
		o.sales["his "+id] = sold
	}
	o.takesAt(at(day), other)
	return o
}

func (o *one) takesAt(when ledger.Millis, other *one) {
	o.t.Helper()
	o.passTo(when)
	other.passTo(when)
	gone, err := other.a.GoOver(o.p, other.entry(), o.moment(when))
	o.must(err)
	other.did(gone)
	came, err := o.a.ComeOver(o.p, o.entry(), o.moment(when), &gone)
	o.must(err)
	o.did(came)
}

// two are two members of a program.
func two(t tester, p *loyalty.Program) (hers, his *one) {
	hers, his = member(t, p), member(t, p)
	his.a.Of = "another"
	return hers, his
}

// Progress of two accounts that become one adds up, on its days, and may reach a
// level that neither had; one that either kept longer is kept as long.
func TestMergedTiers(t *testing.T) {
	hers, his := two(t, shipped(t, "tiered-points.yaml"))
	hers.buy("2026-03-10", "S1", lines1(20000)).wants("2026-03-10", "points 200 ends 2027-03-10", "spend 20000", "insider")
	his.buy("2026-03-11", "S2", lines1(20000))
	hers.takes("2026-03-12", his).wants("2026-03-12", "points 400 ends 2027-03-11", "spend 40000", "vib")
	his.wants("2026-03-12", "insider")
	hers.wants("2027-03-12", "spend 40000", "vib").wants("2028-01-01", "spend 40000", "insider")
	hers.check()

	hers, his = two(t, shipped(t, "tiered-points.yaml"))
	hers.buy("2026-03-10", "S1", lines1(40000))
	his.buy("2027-03-11", "S2", lines1(40000))
	hers.takes("2027-03-12", his).wants("2028-12-31", "spend 80000", "vib").wants("2029-01-01", "spend 80000", "insider")
	// What comes back of his sale takes its progress with it.
	hers.back("2029-01-02", "his S2", loyalty.Wish{All: true}).wants("2029-01-02", "points 0 owed 400", "spend 40000", "insider")
	hers.check()
}

// What was drawn on a limit adds up, so that what both had used up together is used
// up.
func TestMergedLimits(t *testing.T) {
	p := language(t, "units: {points: {}}", "limits: {thrice: {uses: 3, every: calendar_month}, ever: {amount: 30, every: ever}}",
		"rules: [{id: base, on: sale, limit: thrice, give: {points: 1}}, {id: first, on: sale, limit: ever, give: {points: 10}}]")
	hers, his := two(t, p)
	hers.buy("2026-02-01", "S1", lines1(100)).buy("2026-02-02", "S2", lines1(100))
	his.buy("2026-02-03", "S3", lines1(100))
	hers.takes("2026-02-04", his).wants("2026-02-04", "points 33")
	hers.buy("2026-02-05", "S4", lines1(100)).wants("2026-02-05", "points 33")
	hers.back("2026-02-06", "his S3", loyalty.Wish{Void: true}).wants("2026-02-06", "points 22")
	hers.buy("2026-02-07", "S5", lines1(100)).wants("2026-02-07", "points 33")
	if s := hers.a.State; s.Visits != 4 || s.Joined != "2026-02-01" {
		t.Errorf("state %+v", s)
	}
	hers.check()
}

// A status that both have holds until the later end; a later grant extends that, and
// what comes back ends only what it granted.
func TestMergedStatuses(t *testing.T) {
	year := []ledger.Line{{SKU: "PLUS-12M", Net: 9000, Gross: 9000, Quantity: 1, Categories: []string{"membership"}}}
	month := []ledger.Line{{SKU: "PLUS-1M", Net: 1000, Gross: 1000, Quantity: 1, Categories: []string{"membership"}}}
	merged := func() *one {
		hers, his := two(t, shipped(t, "subscription.yaml"))
		hers.buy("2026-03-01", "S1", month).buy("2026-03-02", "S2", month)
		his.buy("2026-03-03", "S3", year)
		return hers.takes("2026-03-04", his)
	}
	ends := func(when string, o *one, day string, want ledger.Date) {
		t.Helper()
		o.pass(day)
		if got := o.a.State.StatusEnds(ledger.Date(day))["plus"]; got != want {
			t.Errorf("%s: until %q, want %q", when, got, want)
		}
		o.check()
	}
	ends("the later end", merged(), "2026-03-05", "2027-03-03")
	ends("extended", merged().buy("2026-03-05", "S4", month), "2026-03-05", "2027-04-03")
	ends("his comes back", merged().back("2026-03-05", "his S3", loyalty.Wish{All: true}), "2026-03-05", "2026-05-01")
	ends("hers comes back", merged().back("2026-03-05", "S1", loyalty.Wish{All: true}), "2026-03-05", "2027-03-03")
	o := merged().back("2026-03-05", "his S3", loyalty.Wish{All: true}).back("2026-03-05", "S1", loyalty.Wish{All: true})
	ends("both", o, "2026-03-05", "2026-04-02")

	again, third := merged().buy("2026-03-05", "S4", month), member(t, shipped(t, "subscription.yaml"))
	third.a.Of = "third"
	third.buy("2026-03-06", "S5", month)
	ends("a third", again.takes("2026-03-07", third), "2026-03-07", "2027-04-03")
}

// Whatever two members did under whichever program, and whatever is done after one
// became the other: what they had adds up, everything holds, sales of both come back
// as they would have, and nothing is left with the one that went.
func TestMergedHolds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		hers, his := two(rt, p)
		friend := member(rt, p)
		friend.a.Of = "friend"
		steps := drawSteps(rt, true)
		when := rapid.IntRange(0, len(steps)-1).Draw(rt, "merged at")
		for i, s := range steps {
			who := hers
			if i < when && rapid.Bool().Draw(rt, "his") {
				who = his
			}
			who.does(s, friend)
			if i == when {
				hers.passTo(s.at)
				his.passTo(s.at)
				before := fmt.Sprint(worth(hers, "points")+worth(his, "points"), worth(hers, "s")+worth(his, "s"), worth(hers, "voucher.ten")+worth(his, "voucher.ten"))
				hers.takesAt(s.at, his)
				for n := range len(his.sales) {
					hers.sales[fmt.Sprint("S", len(hers.sales))] = his.sales[fmt.Sprint("S", n)]
				}
				if after := fmt.Sprint(worth(hers, "points"), worth(hers, "s"), worth(hers, "voucher.ten")); before != after {
					rt.Fatalf("they had %s, and have %s", before, after)
				}
			}
			hers.check()
		}
		hers.checkSales()
		his.check()
		for unit := range his.a.Purses {
			if worth(his, unit) != 0 || his.a.Purses[unit].Receivable != 0 {
				rt.Fatalf("%s is left: %+v", unit, his.a.Purses[unit])
			}
		}
		if s := his.a.State; len(s.Limits)+len(s.Progress)+len(s.Kept)+len(s.Statuses) > 0 || s.Visits != 0 {
			rt.Fatalf("remembered is %+v", s)
		}
	})
}

// worth is what a member has of a unit, less what is owed.
func worth(o *one, unit ledger.Unit) ledger.Points {
	p := o.a.Purse(unit)
	return p.Available + p.Pending - p.Receivable
}
