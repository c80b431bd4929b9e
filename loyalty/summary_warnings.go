package loyalty

import (
	"fmt"
	"math/big"
	"slices"
)

// Warning is something that a program may say, and that is seldom meant.
type Warning struct {
	ID   string `json:"id"` // of the unit, rule, reward, level or limit
	Text string `json:"text"`
}

// warnings looks for what a manager should read twice; where there is nothing the list
// is empty, and not nil, which would be another word in JSON.
func (p *Program) warnings(most worst) []Warning {
	return append([]Warning{}, slices.Concat(p.unitWarnings(), p.ruleWarnings(), p.rewardWarnings(), p.otherWarnings(most))...)
}

func (p *Program) unitWarnings() (all []Warning) {
	for i := range p.units {
		u := &p.units[i]
		isTiers := p.tiers != nil && p.tiers.of == u.name
		switch {
		case u.spendable && !p.buys(u):
			all = append(all, Warning{string(u.name), "no reward costs it: members can never spend it"})
		case !u.spendable && !isTiers:
			all = append(all, Warning{string(u.name), "it cannot be spent, and no level counts it: nobody has anything of it"})
		}
		if p.buys(u) && !p.gives(i) {
			all = append(all, Warning{string(u.name), "rewards cost it, and no rule gives it: nobody can have them"})
		}
	}
	return all
}

// gives reports whether a rule that is not over gives a unit.
func (p *Program) gives(unit int) bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool {
		return !r.isOver(p.effective) && slices.ContainsFunc(r.gives, func(g give) bool { return g.unit == unit })
	})
}

func (p *Program) ruleWarnings() (all []Warning) {
	for i := range p.rules {
		if r := &p.rules[i]; r.isOver(p.effective) && len(r.statuses) == 0 { // statuses it gave may still hold
			all = append(all, Warning{r.id, fmt.Sprintf("it ended on %s, before this version begins on %s: it never gives anything",
				English.DateWords(lastDay(r.until)), English.DateWords(p.effective))})
		}
	}
	return all
}

func (p *Program) rewardWarnings() (all []Warning) {
	for _, r := range p.rewards {
		switch {
		case r.GrantOnly && !p.issues(r.ID):
			all = append(all, Warning{r.ID, "it is only given, and no rule gives it: nobody can have it"})
		case p.isDrained(r) != "":
			all = append(all, Warning{r.ID, fmt.Sprintf("%q comes by itself and takes its cost as soon as it is there: nobody ever has the %s that this one costs",
				p.isDrained(r), p.amountOf(r.Unit, r.Cost))})
		case r.isGift():
			all = append(all, Warning{r.ID, "it costs nothing and has no limit: a member can take it in every purchase"})
		}
	}
	return all
}

func (p *Program) issues(reward string) bool {
	return slices.ContainsFunc(p.rules, func(r rule) bool { return r.issue == reward && !r.isOver(p.effective) })
}

// isDrained returns a reward that comes by itself, whoever she is, before a
// balance could pay for another; empty where there is none.
func (p *Program) isDrained(r Reward) string {
	for _, other := range p.rewards {
		if other.issuedByItself() && other.ID != r.ID && other.Unit == r.Unit && other.Cost <= r.Cost && other.when == nil && len(other.limits) == 0 {
			return other.ID
		}
	}
	return ""
}

// isGift reports whether each sale may take an amount off for nothing. A share
// of what is bought is another matter.
func (r *Reward) isGift() bool {
	if r.Cost > 0 || r.GrantOnly || len(r.limits) > 0 {
		return false
	}
	return r.Benefit.Kind != Percent && r.Benefit.Kind != Access
}

func (p *Program) otherWarnings(most worst) (all []Warning) {
	for _, name := range namesOf(p.limits) {
		if len(p.limitUsers(name)) == 0 {
			all = append(all, Warning{name, "nothing draws on this limit"})
		}
	}
	if cheapest, ok := p.CheapestCost(p.MainUnit()); ok && p.offline.Cap > 0 && cheapest > p.offline.Cap {
		all = append(all, Warning{"offline", fmt.Sprintf("tills may hold at most %s of a balance and the cheapest reward costs %s: no till without a network can give one",
			p.amountOf(p.MainUnit(), p.offline.Cap), p.amountOf(p.MainUnit(), cheapest))})
	}
	if most.share.Cmp(big.NewRat(1, 1)) >= 0 {
		all = append(all, Warning{"rules", "a purchase can give back " + percent(most.share) + " of what it costs"})
	}
	return all
}
