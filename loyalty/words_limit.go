package loyalty

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// limitWords says what a limit allows one member. Amounts are of the unit
// named; of "units" where it is nil.
func (p *Program) limitWords(l limit, of *unit) string {
	if l.uses > 0 {
		if l.every.kind == ever {
			return "only " + times(l.uses)
		}
		return times(l.uses) + " " + l.every.each()
	}
	amount := fmt.Sprintf("%d units", l.amount)
	if of != nil {
		amount = p.amount(of, l.amount)
	}
	if l.every.kind == ever {
		return "at most " + amount + " in all"
	}
	return "at most " + amount + " " + l.every.each()
}

// each is the window as something happens in each of it.
func (w window) each() string {
	switch w.kind {
	case calendarDay:
		return "a day"
	case calendarMonth:
		return "a calendar month"
	case calendarYear:
		return "a calendar year"
	case rolling:
		return "in any " + w.period.words()
	}
	return "in all"
}

// words is the window as what was earned in it is counted.
func (w window) words() string {
	switch w.kind {
	case calendarDay, calendarMonth, calendarYear:
		return "in " + w.each()
	case rolling:
		return "in the last " + strings.TrimPrefix(w.period.words(), "1 ")
	}
	return "since joining"
}

// limitsWords joins what several limits allow, for a sentence about one rule
// or reward.
func (p *Program) limitsWords(names []string, of *unit) string {
	var uses, amounts []string
	for _, name := range names {
		words := p.limitWords(p.limits[name], of)
		if len(p.limitUsers(name)) > 1 {
			words += " (shared limit " + name + ")"
		}
		if p.limits[name].uses > 0 {
			uses = append(uses, words)
		} else {
			amounts = append(amounts, words)
		}
	}
	return listed(append(uses, amounts...), "and")
}

// limitUsers are the ids of the rules and rewards that draw on a limit.
func (p *Program) limitUsers(name string) []string {
	var users []string
	for i := range p.rules {
		if slices.Contains(p.rules[i].limits, name) {
			users = append(users, p.rules[i].id)
		}
	}
	for i := range p.rewards {
		if slices.Contains(p.rewards[i].limits, name) {
			users = append(users, p.rewards[i].ID)
		}
	}
	if p.claim.Limit == name {
		users = append(users, "claim")
	}
	return users
}

// limitUnit is the only unit of all that draw on a limit, or nil.
func (p *Program) limitUnit(name string) *unit {
	units := map[ledger.Unit]bool{}
	for i := range p.rules {
		if !slices.Contains(p.rules[i].limits, name) {
			continue
		}
		for _, g := range p.rules[i].gives {
			units[p.units[g.unit].name] = true
		}
	}
	for _, reward := range p.rewards {
		if reward.Cost > 0 && slices.Contains(reward.limits, name) {
			units[reward.Unit] = true
		}
	}
	if len(units) != 1 {
		return nil
	}
	for unit := range units {
		return p.unitOf(unit)
	}
	return nil
}
