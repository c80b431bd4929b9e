package loyalty

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
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

// worst is what one unit of money can earn at most, and by which rules.
type worst struct {
	share *big.Rat
	rules []*rule
}

func (w worst) words() string { return "at most " + percent(w.share) + " of what a member spends" }

func (p *Program) givesBack() GivesBack {
	most, always := p.worst(true), p.worst(false)
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

// worst adds up all rules, save that two which ask for different values of one
// thing do not apply to the same money: a member has one level, a payment one
// type. It is a bound: whether such a sale can be is not looked at further.
func (p *Program) worst(promotions bool) (most worst) {
	var candidates []*rule
	for i := range p.rules {
		r := &p.rules[i]
		dated := r.from != "" || r.until != ""
		if !r.isOver(p.effective) && (promotions || !dated) && p.backRate(r).Sign() > 0 {
			candidates = append(candidates, r)
		}
	}
	most.share = new(big.Rat)
	for _, world := range worldsOf(candidates) {
		this := worst{share: new(big.Rat)}
		for _, r := range candidates {
			if world.allows(r) {
				this.share.Add(this.share, p.backRate(r))
				this.rules = append(this.rules, r)
			}
		}
		if this.share.Cmp(most.share) > 0 {
			most = this
		}
	}
	return most
}

// isOver reports whether the rule no longer holds on a day.
func (r *rule) isOver(day ledger.Date) bool { return r.until != "" && r.until <= day }

// world is one value for each thing of which a minor unit has one.
type world map[string]string

// alone are the things of which what is paid, by whom, for what and when has
// exactly one.
var alone = []string{"member.tier", "referrer.tier", "tender.type", "line.sku", "store", "basket.partner", "now.weekday", "now.month"}

// maxWorlds bounds what is tried; a program that names more is bounded by the
// sum of its rules.
const maxWorlds = 4096

// worldsOf are all that the rules tell apart: each value they name, and one
// that none names.
func worldsOf(rules []*rule) []world {
	values := map[string][]string{}
	for _, r := range rules {
		all, _ := readClauses(written(r.when))
		for _, c := range slices.Concat(all...) {
			if slices.Contains(alone, c.path) && (c.op == "==" || c.op == "!=") {
				values[c.path] = append(values[c.path], c.values...)
			}
		}
	}
	worlds := []world{{}}
	for _, path := range alone {
		if values[path] == nil {
			continue
		}
		slices.Sort(values[path])
		named := append(slices.Compact(values[path]), "")
		if len(worlds)*len(named) > maxWorlds {
			continue // this thing is not told apart: more rules are added up
		}
		worlds = split(worlds, path, named)
	}
	return worlds
}

func split(worlds []world, path string, values []string) []world {
	var all []world
	for _, w := range worlds {
		for _, value := range values {
			with := world{path: value}
			for other, is := range w {
				with[other] = is
			}
			all = append(all, with)
		}
	}
	return all
}

// allows reports whether the rule can hold there, as far as can be told.
func (w world) allows(r *rule) bool {
	all, ok := readClauses(written(r.when))
	if r.when == nil || !ok {
		return true
	}
	return slices.ContainsFunc(all, func(together []clause) bool {
		return !slices.ContainsFunc(together, w.contradicts)
	})
}

func (w world) contradicts(c clause) bool {
	value, told := w[c.path]
	if !told {
		return false
	}
	named := slices.Contains(c.values, value)
	return c.op == "==" && !named || c.op == "!=" && named
}
