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
	units  map[unitOf]*Units
	given  map[given]*Given
}

// unitOf is a unit of a program: units of two programs may have one name.
type unitOf struct {
	program string
	unit    ledger.Unit
}

func newTally() *tally {
	return &tally{money: map[ledger.Currency]*Money{}, units: map[unitOf]*Units{}, given: map[given]*Given{}}
}

func (t *tally) add(e *ledger.Entry) error {
	var err error
	var program string
	if e.Program != nil {
		program = e.Program.ID
	}
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
		err = t.adjusting(e, program)
	}
	_, known := e.Subject.Account()
	for _, p := range e.Postings {
		err = errors.Join(err, t.of(program, p.Unit).posting(p, known))
	}
	return err
}

func (t *tally) sale(e *ledger.Entry) error {
	t.counts.Sales++
	m := t.in(e.Sale.Currency)
	err := more(&m.Sales, e.Sale.Total)
	for _, reward := range e.Sale.Rewards {
		err = errors.Join(err, more(&m.Rewards, reward.Discount), t.give(reward, e.Sale.Currency))
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

func (u *Units) posting(p ledger.Posting, known bool) error {
	_, use := p.Unit.Use()
	switch {
	case use:
		return nil // of a limit: nothing that anybody has
	case p.From == ledger.Issued && !known:
		return errors.Join(more(&u.Earned, p.Amount), more(&u.Unclaimed, p.Amount))
	case p.From == ledger.Issued:
		return more(&u.Earned, p.Amount)
	case p.To == ledger.Redeemed:
		return more(&u.Redeemed, p.Amount)
	case p.To == ledger.Issued:
		return more(&u.TakenBack, p.Amount)
	case p.From == ledger.Redeemed:
		return more(&u.GivenBack, p.Amount)
	}
	return nil
}

// moved reports whether anything happened to a unit: the uses of limits are none
// that anybody has.
func (u *Units) moved() bool {
	a := &u.Adjusted
	return u.Earned != 0 || u.Unclaimed != 0 || u.Redeemed != 0 || u.TakenBack != 0 || u.GivenBack != 0 || a.Times != 0
}

func (t *tally) in(currency ledger.Currency) *Money {
	if t.money[currency] == nil {
		t.money[currency] = &Money{Currency: currency}
	}
	return t.money[currency]
}

func (t *tally) of(program string, unit ledger.Unit) *Units {
	key := unitOf{program, unit}
	if t.units[key] == nil {
		t.units[key] = &Units{Program: program, Unit: unit}
	}
	return t.units[key]
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
	s.Money, s.Units, s.Given = []Money{}, []Units{}, t.allGiven()
	for _, m := range t.money {
		m.Net = m.Sales
		if err := errors.Join(less(&m.Net, m.Returned), less(&m.Net, m.Voided)); err != nil {
			return Sums{}, err
		}
		s.Money = append(s.Money, *m)
	}
	for _, u := range t.units {
		if u.moved() {
			u.Adjusted.inOrder()
			s.Units = append(s.Units, *u)
		}
	}
	slices.SortFunc(s.Money, func(a, b Money) int { return cmp.Compare(a.Currency, b.Currency) })
	slices.SortFunc(s.Units, func(a, b Units) int { return cmp.Or(cmp.Compare(a.Program, b.Program), cmp.Compare(a.Unit, b.Unit)) })
	return s, nil
}
