package loyalty

import (
	"math/big"
	"slices"
)

// beside are the rules and rewards that give what no rate can tell, with what
// that is worth and how often a member can have it.
func (p *Program) beside() []Beside {
	out := []Beside{}
	for _, r := range slices.SortedStableFunc(slices.Values(p.rules), byReader) {
		if r.isOver(p.effective) || !p.givesUnrated(&r) {
			continue
		}
		words := joined(" ", p.givesWords(&r), r.referrerWords(), r.eventWords())
		out = append(out, Beside{r.id, capital(joined(", ", words, p.fixedWorth(&r), p.howOften(r.limits, p.onlyUnit(&r))))})
	}
	for _, r := range p.rewards {
		if r.isUnrated() {
			words := joined(" ", p.benefitWords(r.Benefit), p.costWords(r))
			out = append(out, Beside{r.ID, capital(joined(", ", words, p.howOften(r.limits, p.unitOf(r.Unit))))})
		}
	}
	return out
}

// givesUnrated reports whether the rule gives something of value that does not
// depend on what is spent.
func (p *Program) givesUnrated(r *rule) bool {
	if r.issue != "" {
		return true
	}
	return slices.ContainsFunc(r.gives, func(g give) bool {
		best, _ := p.bestWorth(&p.units[g.unit])
		return best != nil && (g.fixed > 0 || r.on != onSale || r.of == ofQuantity)
	})
}

// fixedWorth says what the fixed amounts of a rule are worth at most.
func (p *Program) fixedWorth(r *rule) string {
	sum := new(big.Rat)
	for _, g := range r.gives {
		u := &p.units[g.unit]
		if best, _ := p.bestWorth(u); best != nil && !u.money {
			sum.Add(sum, new(big.Rat).Mul(rat(int64(g.fixed)), best))
		}
	}
	if sum.Sign() == 0 {
		return ""
	}
	return "worth up to " + p.exactMoney(sum)
}

// isUnrated reports whether the reward gives what its cost does not bound. What
// only rules give is told with them, and access is no money.
func (r *Reward) isUnrated() bool {
	if r.GrantOnly || r.Benefit.Kind == Access {
		return false
	}
	each, _ := r.worth()
	return each == nil
}

func (p *Program) howOften(limits []string, of *unit) string {
	if len(limits) == 0 {
		return "without a limit"
	}
	return p.limitsWords(limits, of)
}
