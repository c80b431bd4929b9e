package loyalty

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whoever keeps accounts in a database, with a ledger of its own around them,
// folds decisions that are larger than effects: rights are set aside and spent
// in them too. It numbers its rows itself, and need not hold lots of which
// nothing is left until a move names them.

// FoldMove makes one move of a row. It decides nothing.
func (a *Account) FoldMove(m Move, order uint64, day ledger.Date) error {
	return a.move(&m, row{order, day})
}

// FoldRest makes all of an effect but its moves, as the account's row.
func (a *Account) FoldRest(e *Effect, order uint64) error {
	a.State.Rows = order - 1
	return a.foldRest(e)
}

// Due returns when something falls due with time alone, if anything does.
func (a *Account) Due(zone *time.Location) (at ledger.Millis, due bool) {
	const never = 1<<63 - 1
	return a.nextDue(Moment{At: never, Zone: zone})
}

// Hold returns the account's purse of a unit, to be filled from where it is
// kept.
func (a *Account) Hold(unit ledger.Unit) *Purse { return a.purse(unit) }

// Left is a copy without lots of which nothing is left.
func (a *Account) Left() *Account {
	return a.cloneWith(func(all []Lot) (left []Lot) {
		for i := range all {
			if all[i].Left > 0 {
				left = append(left, all[i])
			}
		}
		return left
	})
}

// WithoutLots is a copy without any.
func (a *Account) WithoutLots() *Account {
	return a.cloneWith(func([]Lot) []Lot { return nil })
}

// Has reports whether the purse holds a lot.
func (p *Purse) Has(lot string) bool { return p.lot(lot) != nil }

// Keep puts a lot in its place in the order of spending, as it is kept
// elsewhere: the purse's sums have it already.
func (p *Purse) Keep(l Lot) {
	i, _ := slices.BinarySearchFunc(p.Lots, &l, func(have Lot, l *Lot) int { return spendingOrder(&have, l) })
	p.Lots = slices.Insert(p.Lots, i, l)
}

// Remembers reports whether the program asks anything of a member beside her
// units, so that it makes a difference what is remembered of her.
func (p *Program) Remembers() bool {
	if p.tiers != nil || len(p.limits) > 0 {
		return true
	}
	reads := func(c interface{ Reads(string) bool }) bool { return c.Reads("member") || c.Reads("referrer") }
	for i := range p.rules {
		if r := &p.rules[i]; r.referrer || len(r.statuses) > 0 || r.when != nil && reads(r.when) || r.eligible != nil && reads(r.eligible) {
			return true
		}
	}
	for i := range p.rewards {
		if r := &p.rewards[i]; r.when != nil && reads(r.when) {
			return true
		}
	}
	return p.eligible != nil && reads(p.eligible)
}

// Refers reports whether the program has a rule that gives to who referred a member.
func (p *Program) Refers() bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.referrer })
}

// Matures reports whether anything falls due with time alone, or comes by
// itself.
func (p *Program) Matures() bool {
	voucher := func(r Reward) bool { return r.IsVoucher() || r.issuedByItself() }
	falls := func(u unit) bool { return !u.pending.isZero() || u.expires != (expiry{}) }
	return slices.ContainsFunc(p.rewards, voucher) || slices.ContainsFunc(p.units, falls)
}
