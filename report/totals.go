package report

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Totals are what was told of a business day, added up: by a till, or by those of a
// store. They are sums of the terms that a till's report has, and name nobody: why
// something was changed by hand is not among them.
type Totals struct {
	Entries int64         `json:"entries"`
	AsOf    ledger.Millis `json:"as_of_ms"` // latest time of an entry among them
	Sums
}

// Adding adds to totals. What does not fit is ledger.ErrOverflow, and then the rest of
// what it adds up to is of no use.
type Adding struct {
	entries int64
	asOf    ledger.Millis
	tally   *tally
}

// NewAdding begins with nothing.
func NewAdding() *Adding { return &Adding{tally: newTally()} }

// Entry adds an entry that took effect at a time.
func (a *Adding) Entry(e *ledger.Entry, at ledger.Millis) error {
	a.entries++
	a.asOf = max(a.asOf, at)
	return a.tally.add(e)
}

// Totals adds what others add up to.
func (a *Adding) Totals(t Totals) error {
	a.entries += t.Entries
	a.asOf = max(a.asOf, t.AsOf)
	return a.tally.join(t.Sums)
}

// Sum is what it comes to. The same entries make the same, in whichever order and
// however they were parted.
func (a *Adding) Sum() (Totals, error) {
	sums, err := a.tally.sums()
	for i := range sums.Units {
		sums.Units[i].Adjusted.Reasons = nil
	}
	return Totals{Entries: a.entries, AsOf: a.asOf, Sums: sums}, err
}

// join adds sums to what was added up.
func (t *tally) join(s Sums) (err error) {
	c := &t.counts
	c.Sales, c.MemberSales, c.UnknownSales = c.Sales+s.Sales, c.MemberSales+s.MemberSales, c.UnknownSales+s.UnknownSales
	c.Returns, c.Voids, c.Enrolled = c.Returns+s.Returns, c.Voids+s.Voids, c.Enrolled+s.Enrolled
	for _, m := range s.Money {
		err = errors.Join(err, t.in(m.Currency).join(m))
	}
	for _, u := range s.Units {
		err = errors.Join(err, t.of(u.Program, u.Unit).join(u))
	}
	for _, g := range s.Given {
		have := t.givenAs(given{g.Benefit, g.To, g.Reward, g.Currency})
		have.Times += g.Times
		err = errors.Join(err, more(&have.Value, g.Value))
	}
	return err
}

// join leaves out what is net, which follows from the rest.
func (m *Money) join(o Money) error {
	return errors.Join(
		more(&m.Sales, o.Sales), more(&m.MemberSales, o.MemberSales), more(&m.Rewards, o.Rewards),
		more(&m.Returned, o.Returned), more(&m.Voided, o.Voided))
}

func (u *Units) join(o Units) error {
	a := &u.Adjusted
	a.Times, a.Approved = a.Times+o.Adjusted.Times, a.Approved+o.Adjusted.Approved
	for _, r := range o.Adjusted.Reasons {
		a.because(r.Reason, r.Times)
	}
	return errors.Join(
		more(&u.Earned, o.Earned), more(&u.Unclaimed, o.Unclaimed), more(&u.Redeemed, o.Redeemed),
		more(&u.TakenBack, o.TakenBack), more(&u.GivenBack, o.GivenBack),
		more(&a.Given, o.Adjusted.Given), more(&a.Taken, o.Adjusted.Taken))
}
