package report

import (
	"cmp"
	"errors"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// tally adds entries up. An amount that does not fit is ledger.ErrOverflow.
type tally struct {
	counts Sums // its lists stay empty
	money  map[ledger.Currency]*Money
	units  map[ledger.Unit]*Units
}

func newTally() *tally {
	return &tally{money: map[ledger.Currency]*Money{}, units: map[ledger.Unit]*Units{}}
}

func (t *tally) add(e *ledger.Entry) error {
	var err error
	switch e.Kind {
	case ledger.Sold:
		err = t.sale(e)
	case ledger.Returned:
		t.counts.Returns++
		m := t.in(e.Return.Currency)
		err = more(&m.Returned, e.Return.Total)
	case ledger.Voided:
		t.counts.Voids++
		m := t.in(e.Return.Currency)
		err = more(&m.Voided, e.Return.Total)
	case ledger.Enroll:
		t.counts.Enrolled++
	case ledger.Adjust:
		err = t.adjusting(e)
	}
	_, known := e.Subject.Account()
	for _, p := range e.Postings {
		err = errors.Join(err, t.posting(p, known))
	}
	return err
}

func (t *tally) sale(e *ledger.Entry) error {
	t.counts.Sales++
	m := t.in(e.Sale.Currency)
	err := more(&m.Sales, e.Sale.Total)
	for _, reward := range e.Sale.Rewards {
		err = errors.Join(err, more(&m.Rewards, reward.Discount))
	}
	if _, known := e.Subject.Account(); known {
		t.counts.MemberSales++
		err = errors.Join(err, more(&m.MemberSales, e.Sale.Total))
	}
	if _, suspected := e.Subject.Suspect(); suspected {
		t.counts.UnknownSales++
	}
	return err
}

func (t *tally) posting(p ledger.Posting, known bool) error {
	switch {
	case p.From == ledger.Issued && !known:
		return errors.Join(more(&t.of(p.Unit).Earned, p.Amount), more(&t.of(p.Unit).Unclaimed, p.Amount))
	case p.From == ledger.Issued:
		return more(&t.of(p.Unit).Earned, p.Amount)
	case p.To == ledger.Redeemed:
		return more(&t.of(p.Unit).Redeemed, p.Amount)
	case p.To == ledger.Issued:
		return more(&t.of(p.Unit).TakenBack, p.Amount)
	case p.From == ledger.Redeemed:
		return more(&t.of(p.Unit).GivenBack, p.Amount)
	}
	return nil
}

func (t *tally) in(currency ledger.Currency) *Money {
	if t.money[currency] == nil {
		t.money[currency] = &Money{Currency: currency}
	}
	return t.money[currency]
}

func (t *tally) of(unit ledger.Unit) *Units {
	if t.units[unit] == nil {
		t.units[unit] = &Units{Unit: unit}
	}
	return t.units[unit]
}

// more adds to an amount of money or of a unit.
func more[A interface{ Add(A) (A, error) }](sum *A, amount A) (err error) {
	*sum, err = (*sum).Add(amount)
	return err
}

func less(sum *ledger.Minor, amount ledger.Minor) error {
	if amount == math.MinInt64 {
		return ledger.ErrOverflow
	}
	return more(sum, -amount)
}

func (t *tally) sums() (Sums, error) {
	s := t.counts
	s.Money, s.Units = []Money{}, []Units{}
	for _, m := range t.money {
		m.Net = m.Sales
		if err := errors.Join(less(&m.Net, m.Returned), less(&m.Net, m.Voided)); err != nil {
			return Sums{}, err
		}
		s.Money = append(s.Money, *m)
	}
	for _, u := range t.units {
		u.Adjusted.inOrder()
		s.Units = append(s.Units, *u)
	}
	slices.SortFunc(s.Money, func(a, b Money) int { return cmp.Compare(a.Currency, b.Currency) })
	slices.SortFunc(s.Units, func(a, b Units) int { return cmp.Compare(a.Unit, b.Unit) })
	return s, nil
}
