package loyalty_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// adjust gives an amount by hand, or takes it where it is below zero.
func (o *one) adjust(when ledger.Millis, amount ledger.Points) {
	o.t.Helper()
	o.passTo(when)
	p := ledger.Posting{Unit: o.p.MainUnit(), Amount: amount, From: ledger.Adjusted, To: ledger.Available}
	if amount < 0 {
		p.Amount, p.From, p.To = -amount, ledger.Available, ledger.Adjusted
	}
	effect, err := o.a.Adjust(o.p, loyalty.Adjusted{Entry: o.entry(), Moment: o.moment(when), Posting: p})
	o.must(err)
	if effect.Active || len(effect.Uses) > 0 || len(effect.Progress) > 0 || effect.Visits != 0 {
		o.t.Fatal("an adjustment is neither activity nor progress")
	}
	o.did(effect)
	o.issue(when)
}

// What is given by hand pays what is owed and ends as earned units do; what is
// taken comes out of the soonest to end, and the rest is owed. Pending units are
// nobody's to take.
func TestAdjust(t *testing.T) {
	o := member(t, language(t, "units: {points: {pending: P10D, expires: {after: P2M}}}", pointsRule))
	o.adjust(at("2026-02-01"), 100)
	o.wants("2026-02-01", "points 100 ends 2026-04-01")
	o.buy("2026-02-10", "S1", lines1(1000)).wants("2026-02-10", "points 100 pending 10 ends 2026-04-01")
	o.adjust(at("2026-02-11"), -130)
	o.wants("2026-02-11", "points 0 pending 10 owed 30")
	o.adjust(at("2026-02-12"), 50)
	o.wants("2026-02-12", "points 20 pending 10 ends 2026-04-12")
	o.adjust(at("2026-03-01"), -25)
	o.wants("2026-03-01", "points 5 ends 2026-04-12")
	o.check()
}

// Nothing but the two postings is an adjustment, and what is refused changes
// nothing.
func TestAdjustRefuses(t *testing.T) {
	o := member(t, language(t, "units: {points: {}}", pointsRule))
	for _, p := range []ledger.Posting{
		{Unit: "points", Amount: 5, From: ledger.Issued, To: ledger.Available},
		{Unit: "points", Amount: 5, From: ledger.Pending, To: ledger.Adjusted},
		{Unit: "points", Amount: 5, From: ledger.Adjusted, To: ledger.Receivable},
	} {
		if _, err := o.a.Adjust(o.p, loyalty.Adjusted{Entry: o.entry(), Moment: o.moment(at("2026-02-01")), Posting: p}); err == nil {
			t.Errorf("from %s to %s was posted", p.From, p.To)
		}
	}
	o.check()
	if o.a.State.Rows != 0 {
		t.Errorf("%d rows", o.a.State.Rows)
	}
}
