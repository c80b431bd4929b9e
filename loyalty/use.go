package loyalty

import (
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A limit of a reward that is had at tills is shared by all of them. So that none
// exceeds it, a till draws on it only by a right to uses of it, which
// headquarters gives to one till at a time out of what the limit leaves.

// Uses returns what a till must have set aside of the limits that taking a reward
// draws on. One that is paid with a voucher draws on none.
func (p *Program) Uses(taken ledger.Taken) (needs []ledger.Need) {
	r, ok := p.Reward(taken.Reward)
	if !ok || taken.Voucher {
		return nil
	}
	for _, name := range r.limits {
		// Whoever lets it be taken has counted what it costs.
		if amount := p.limits[name].drawnBy(r, taken.Times); amount > 0 {
			needs = append(needs, ledger.Need{Unit: ledger.UseUnit(name), Amount: amount})
		}
	}
	return needs
}

// drawnBy is what taking a reward so often draws on the limit, in its own terms.
// What costs nothing draws nothing on an amount.
func (l limit) drawnBy(r Reward, times int64) ledger.Points {
	if l.uses > 0 {
		return ledger.Points(times)
	}
	return ledger.Points(times) * r.Cost
}

// UsesWanted returns the limits, as units of uses, of which a member could need
// some at a till at a moment, whatever her basket is, each with the least that a
// reward draws on it.
func (p *Program) UsesWanted(s *Standing, m Moment) (needs []ledger.Need) {
	facts := (&Occasion{At: m.At, Zone: m.Zone, Store: m.Store, Member: s}).facts(p)
	for _, r := range p.rewards {
		if r.GrantOnly || r.issuedByItself() || r.when != nil && !r.when.Might(&facts, "basket") {
			continue
		}
		for _, n := range p.Uses(ledger.Taken{Reward: r.ID, Times: 1}) {
			i := slices.IndexFunc(needs, func(have ledger.Need) bool { return have.Unit == n.Unit })
			if i < 0 {
				needs = append(needs, n)
				continue
			}
			needs[i].Amount = min(needs[i].Amount, n.Amount)
		}
	}
	return needs
}

// UsePeriod returns the first day whose draws share a limit's window with a
// moment's day, empty where all do, and the last instant before another begins;
// that is far away where it rolls or lasts for ever. The program has the limit.
func (p *Program) UsePeriod(unit ledger.Unit, m Moment) (begins ledger.Date, until ledger.Millis) {
	name, _ := unit.Use()
	every := p.limits[name].every
	begins, until = every.begin(m.day()), math.MaxInt64
	if next := every.end(m.day()); next != "" && every.kind != rolling {
		until = midnight(next, m.zone()) - 1
	}
	return begins, until
}

// HasLimit reports whether a unit counts uses of a limit that the program has.
func (p *Program) HasLimit(unit ledger.Unit) bool {
	name, use := unit.Use()
	_, known := p.limits[name]
	return use && known
}

// LimitsRewards reports whether a reward that is had at tills has a limit.
func (p *Program) LimitsRewards() bool {
	return slices.ContainsFunc(p.rewards, func(r Reward) bool {
		return len(r.limits) > 0 && !r.GrantOnly && !r.issuedByItself()
	})
}

// UsesLeft returns what a limit leaves the account on a day, beside what rights
// to it are open; below zero where more was drawn.
func (a *Account) UsesLeft(p *Program, unit ledger.Unit, day ledger.Date) ledger.Points {
	name, _ := unit.Use()
	l := p.limits[name]
	used := l.every.drawn(a.State.Limits[name], day)
	if l.uses > 0 {
		return ledger.Points(l.uses - used.Uses)
	}
	return l.amount - used.Amount
}
