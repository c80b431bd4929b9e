package loyalty

import (
	"fmt"
	"math/big"
)

// GivesBack bounds what the program gives back of what is spent. It counts
// rates of sales, each unit at the most it can be worth; what has no rate
// stands beside it.
type GivesBack struct {
	// AtMost is the exact share of what is spent, as in "9/50", with all
	// promotions; Always is the same without rules that have dates.
	AtMost string `json:"at_most"`
	Always string `json:"always"`
	Words  string `json:"words"`
	// How says where it comes from, one sentence for each unit.
	How []string `json:"how"`
	// Beside is what is not in the rate.
	Beside []Beside `json:"beside"`
}

// Beside is a rule or reward that gives something the rate does not know.
type Beside struct {
	ID    string `json:"id"`
	Words string `json:"words"`
}

// givesBack tells what the program gives back at most, promotions included.
func (p *Program) givesBack(most worst) GivesBack {
	always := p.worst(false)
	g := GivesBack{
		AtMost: most.share.String(), Always: always.share.String(),
		How: []string{}, Beside: p.beside(),
	}
	g.Words = most.words()
	if most.share.Cmp(always.share) != 0 {
		g.Words += "; " + percent(always.share) + " outside of promotions"
	}
	for i := range p.units {
		if words := p.how(i, most.rules); words != "" {
			g.How = append(g.How, words)
		}
	}
	return g
}

// how says what one unit adds to the rate.
func (p *Program) how(unit int, rules []*rule) string {
	u := &p.units[unit]
	best, reward := p.bestWorth(u)
	if best == nil {
		return ""
	}
	given, ids := new(big.Rat), []string(nil)
	for _, r := range rules {
		if rate := r.moneyRate(unit); rate.Sign() > 0 {
			given.Add(given, rate)
			ids = append(ids, r.id)
		}
	}
	if given.Sign() == 0 {
		return ""
	}
	whole := rat(p.whole())
	words := fmt.Sprintf("%s for %s [%s]", p.exactAmount(u, new(big.Rat).Mul(given, whole), ""), p.exactMoney(whole), listed(ids, "and"))
	if worth := p.worthWords(u, best, true); worth != "" && reward != "" {
		words += fmt.Sprintf(", each worth %s [%s]", worth, reward)
	}
	if u.den > 1 && u.round != down {
		words += "; by rounding up to " + p.amount(u, 1) + " more in a purchase"
	}
	return words
}

// moneyRate is how much of a unit the rule gives for a minor unit spent; 0
// where it is not money that decides.
func (r *rule) moneyRate(unit int) *big.Rat {
	sum := new(big.Rat)
	if r.on != onSale || r.of == ofQuantity {
		return sum
	}
	for _, g := range r.gives {
		if g.unit == unit && g.fixed == 0 {
			sum.Add(sum, g.rate.rat())
		}
	}
	return sum
}

// backRate is the share of what is spent that the rule gives back.
func (p *Program) backRate(r *rule) *big.Rat {
	sum := new(big.Rat)
	for i := range p.units {
		if best, _ := p.bestWorth(&p.units[i]); best != nil {
			sum.Add(sum, new(big.Rat).Mul(r.moneyRate(i), best))
		}
	}
	return sum
}
