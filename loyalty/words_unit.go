package loyalty

import (
	"math/big"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// one is what a single one of the unit is called: a point of points.
func (u *unit) one() string {
	name := string(u.name)
	if strings.HasSuffix(name, "s") && !strings.HasSuffix(name, "ss") {
		return strings.TrimSuffix(name, "s")
	}
	return name
}

// called is what some of the unit are called.
func (u *unit) called(n *big.Rat) string {
	if n.Cmp(big.NewRat(1, 1)) == 0 {
		return u.one()
	}
	return string(u.name)
}

// amount writes some of a unit: "500 points", or "5.00 USD of cash" where the
// unit is money.
func (p *Program) amount(u *unit, n ledger.Points) string {
	return p.exactAmount(u, big.NewRat(int64(n), 1), "")
}

// exactAmount writes a part of units too; more is a word before the unit's.
func (p *Program) exactAmount(u *unit, n *big.Rat, more string) string {
	if p.isMoney(u) {
		return joined(" ", p.exactMoney(n), more, "of", string(u.name))
	}
	number, ok := decimal(n)
	if !ok {
		number = n.RatString()
	}
	return joined(" ", number, more, u.called(n))
}

// amountOf writes an amount of a unit by its name.
func (p *Program) amountOf(name ledger.Unit, n ledger.Points) string {
	if u := p.unitOf(name); u != nil {
		return p.amount(u, n)
	}
	return p.amount(&unit{name: name}, n)
}

// isMoney reports whether amounts of the unit are amounts of money.
func (p *Program) isMoney(u *unit) bool { return u.money || p.countsMoney(u) }

// countsMoney reports whether the unit counts what is spent: it cannot be
// spent itself, and one rule gives one for each minor unit.
func (p *Program) countsMoney(u *unit) bool {
	if u.spendable {
		return false
	}
	givers := 0
	for i := range p.rules {
		r := &p.rules[i]
		for _, g := range r.gives {
			if p.units[g.unit].name != u.name {
				continue
			}
			givers++
			if r.on != onSale || r.of == ofQuantity || g.fixed > 0 || g.rate.Num != g.rate.Den {
				return false
			}
		}
	}
	return givers == 1
}

// unitWords says what a unit is for, when it can be spent, and when it ends.
func (p *Program) unitWords(u *unit) []string {
	return []string{p.purpose(u), u.vestingWords(), u.expires.words(), p.roundingWords(u)}
}

func (p *Program) purpose(u *unit) string {
	isTiers := p.tiers != nil && p.tiers.of == u.name
	switch {
	case u.spendable && u.money:
		return "to spend; 1 is " + p.money(1)
	case u.spendable && isTiers:
		return "to spend, and what levels count"
	case u.spendable:
		return "to spend"
	case p.countsMoney(u):
		return "counts what is spent" + map[bool]string{true: ", for levels"}[isTiers] + "; not to spend"
	case isTiers:
		return "counts for levels; not to spend"
	}
	return "not to spend"
}

func (u *unit) vestingWords() string {
	switch {
	case u.pending.isZero():
		return ""
	case u.spendable:
		return "can be spent " + u.pending.words() + " after earning"
	}
	return "counts " + u.pending.words() + " after earning"
}

func (e expiry) words() string {
	switch {
	case e.calendarYear:
		return "ends with the calendar year in which it can first be spent"
	case !e.idle.isZero():
		return "ends after " + e.idle.words() + " without a purchase or other activity"
	case e.after.isZero():
		return "never ends"
	case e.toMonthEnd:
		return "ends " + e.after.words() + " after the month of earning"
	}
	return "ends " + e.after.words() + " after earning"
}

// roundingWords speaks of parts of a unit where rules can give such.
func (p *Program) roundingWords(u *unit) string {
	if u.den == 1 {
		return ""
	}
	part := "part of a " + u.one()
	if p.isMoney(u) {
		part = "less than " + p.money(1)
	}
	switch u.round {
	case up:
		return part + " is given as a whole"
	case halfEven:
		return part + " is rounded to the nearest"
	}
	return part + " is dropped"
}
