package loyalty

import (
	"fmt"
	"math/big"
	"slices"
)

// ruleWords is a rule as one sentence: what it gives, for what, to whom, when,
// and how often.
func (p *Program) ruleWords(r *rule) string {
	return joined(", ",
		joined(" ", p.givesWords(r), r.referrerWords(), r.eventWords()),
		p.conditionWords(r.when),
		p.ownEligibleWords(r),
		datesWords(r.from, r.until),
		p.limitsWords(r.limits, p.onlyUnit(r)),
	)
}

// givesWords says all that a rule gives.
func (p *Program) givesWords(r *rule) string {
	var words []string
	inFile := func(a, b give) int { return a.unit - b.unit }
	for _, g := range slices.SortedFunc(slices.Values(r.gives), inFile) {
		if u := &p.units[g.unit]; p.countsMoney(u) {
			words = append(words, p.countsWords(u))
			continue
		}
		words = append(words, p.giveWords(r, g))
	}
	if r.issue != "" {
		reward, _ := p.Reward(r.issue) // Load saw to it
		words = append(words, "a voucher of "+reward.voucher.words()+" for "+p.benefitWords(reward.Benefit))
	}
	for _, s := range r.statuses {
		words = append(words, "status "+s.status+" for "+s.period.words())
	}
	return listed(words, "and")
}

// countsWords is what a rule gives of a unit that counts what is spent.
func (p *Program) countsWords(u *unit) string {
	if p.tiers != nil && p.tiers.of == u.name {
		return "what is spent counts for levels"
	}
	return "what is spent counts as " + string(u.name)
}

// giveWords says what a rule gives of one unit. A rate is told for a round
// amount: the smallest whole one that gives a whole number, or for one whole
// unit of the currency.
func (p *Program) giveWords(r *rule, g give) string {
	u := &p.units[g.unit]
	if g.fixed > 0 {
		return joined(" ", p.exactAmount(u, rat(int64(g.fixed)), p.more(r, g)))
	}
	base, given := p.per(r, g)
	switch {
	case r.on != onSale:
		return fmt.Sprintf("%s for every %s of its value", p.exactAmount(u, given, p.more(r, g)), base.RatString())
	case r.of == ofQuantity:
		return p.exactAmount(u, given, p.more(r, g)) + " for " + piecesWords(base)
	case u.money && r.step == 1:
		return joined(" ", exactPercent(g.rate), p.more(r, g), "back as", string(u.name)) + grossWords(r)
	}
	every := " for every "
	if r.step > 1 {
		every = " for every full "
	}
	return p.exactAmount(u, given, p.more(r, g)) + every + p.exactMoney(base) + grossWords(r)
}

// per is how much of the base gives how much of a unit.
func (p *Program) per(r *rule, g give) (base, given *big.Rat) {
	rate := g.rate.rat()
	one := rat(1)
	if r.on == onSale && r.of != ofQuantity {
		one = rat(p.whole())
	}
	if r.step > 1 {
		one = rat(r.step)
	}
	given = new(big.Rat).Mul(rate, one)
	if !given.IsInt() && r.step == 1 && rate.Num().IsInt64() && rate.Num().Int64() == 1 {
		return new(big.Rat).Inv(rate), rat(1) // a point for every 4.00
	}
	if _, ends := decimal(given); !ends && !p.units[g.unit].money {
		return new(big.Rat).SetInt(rate.Denom()), new(big.Rat).SetInt(rate.Num())
	}
	return one, given
}

func rat(n int64) *big.Rat { return big.NewRat(n, 1) }

func piecesWords(n *big.Rat) string {
	if n.Cmp(rat(1)) == 0 {
		return "each piece"
	}
	return "every " + n.RatString() + " pieces"
}

func grossWords(r *rule) string {
	if r.of == ofGross {
		return ", tax included"
	}
	return ""
}

// more says that what a rule gives comes on top of what all get.
func (p *Program) more(r *rule, g give) string {
	base := p.baseRule(g.unit)
	if base == nil || base.id == r.id || r.on != onSale || r.referrer {
		return ""
	}
	return "more"
}

// baseRule is the rule for a unit that holds always, if one does.
func (p *Program) baseRule(unit int) *rule {
	for i := range p.rules {
		r := &p.rules[i]
		gives := slices.ContainsFunc(r.gives, func(g give) bool { return g.unit == unit && g.fixed == 0 })
		if gives && r.isPlain() {
			return r
		}
	}
	return nil
}

// isPlain reports whether the rule holds for every sale.
func (r *rule) isPlain() bool {
	return r.on == onSale && r.when == nil && r.from == "" && r.until == "" && len(r.limits) == 0 && !r.referrer
}

func (r *rule) referrerWords() string {
	if r.referrer {
		return "to the referrer"
	}
	return ""
}

// eventWords names the event where the gift does not say it.
func (r *rule) eventWords() string {
	switch {
	case r.on != onSale:
		return "for each " + r.on
	case r.perSale():
		return "once a purchase"
	}
	return ""
}

// perSale reports whether the rule gives something that no amount decides. A
// status is given for each line that sold it.
func (r *rule) perSale() bool {
	fixed := func(g give) bool { return g.fixed > 0 }
	return slices.ContainsFunc(r.gives, fixed) || r.issue != "" || len(r.statuses) > 0 && r.each != eachLine
}

// ownEligibleWords says which goods count for a rule that has a word of its
// own on that.
func (p *Program) ownEligibleWords(r *rule) string {
	if r.eligible == p.eligible {
		return ""
	}
	if words := p.conditionWords(r.eligible); words != "" {
		return "counting goods " + words
	}
	if len(r.gives) == 0 {
		return "" // what counts decides amounts, and there is none
	}
	return "counting all goods"
}

// onlyUnit is the one unit a rule gives, or nil.
func (p *Program) onlyUnit(r *rule) *unit {
	if len(r.gives) != 1 {
		return nil
	}
	return &p.units[r.gives[0].unit]
}
