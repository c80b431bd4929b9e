package loyalty

import (
	"maps"
	"math/big"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// worst is what one unit of money can give back at most, and by which rules.
type worst struct {
	share *big.Rat
	rules []*rule
}

func (w worst) words() string { return "at most " + percent(w.share) + " of what a member spends" }

// giver is a rule that gives back a share of what is spent.
type giver struct {
	*rule
	share *big.Rat
	when  alternatives // nil: it may always hold, as far as can be told
}

// worst adds up all rules, save that two which ask for different values of one
// thing do not apply to the same money: a member has one level, a payment one
// type. It is a bound: whether such a sale can be is not looked at further.
func (p *Program) worst(promotions bool) (most worst) {
	givers := p.givers(promotions)
	shares, den := overOne(givers)
	best, sum := new(big.Int), new(big.Int)
	var in world // the one in which they give most
	for _, w := range worldsOf(givers) {
		sum.SetInt64(0)
		for i, g := range givers {
			if w.allows(g) {
				sum.Add(sum, shares[i])
			}
		}
		if sum.Cmp(best) > 0 {
			best.Set(sum)
			in = w
		}
	}
	for _, g := range givers {
		if in.allows(g) {
			most.rules = append(most.rules, g.rule)
		}
	}
	most.share = new(big.Rat).SetFrac(best, den)
	return most
}

// overOne writes the shares over one denominator, so that adding them up in
// every world is quick.
func overOne(givers []giver) (shares []*big.Int, den *big.Int) {
	den = big.NewInt(1)
	for _, g := range givers {
		of := g.share.Denom()
		shared := new(big.Int).GCD(nil, nil, den, of)
		den.Mul(den, new(big.Int).Quo(of, shared))
	}
	for _, g := range givers {
		share := new(big.Int).Quo(den, g.share.Denom())
		shares = append(shares, share.Mul(share, g.share.Num()))
	}
	return shares, den
}

// givers are the rules that count, those with dates only if promotions do.
func (p *Program) givers(promotions bool) (givers []giver) {
	for i := range p.rules {
		r := &p.rules[i]
		dated := r.from != "" || r.until != ""
		if r.isOver(p.effective) || dated && !promotions {
			continue
		}
		if share := p.backRate(r); share.Sign() > 0 {
			g := giver{rule: r, share: share}
			if all, ok := readClauses(written(r.when)); ok {
				g.when = all
			}
			givers = append(givers, g)
		}
	}
	return givers
}

// isOver reports whether the rule no longer holds on a day.
func (r *rule) isOver(day ledger.Date) bool { return r.until != "" && r.until <= day }

// world is one value for each thing of which a minor unit has one.
type world map[string]string

// alone are the things of which what is paid, by whom, for what and when has
// exactly one.
var alone = []string{"member.tier", "referrer.tier", "tender.type", "line.sku", "store", "basket.partner", "now.weekday", "now.month"}

// maxWorlds bounds what is tried; of a program that tells more apart, more
// rules are added up.
const maxWorlds = 1024

// worldsOf are all that the rules tell apart: each value they name, and one
// that none names.
func worldsOf(givers []giver) []world {
	values := map[string][]string{}
	for _, g := range givers {
		for _, c := range slices.Concat(g.when...) {
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
		if len(worlds)*len(named) <= maxWorlds {
			worlds = splitBy(worlds, path, named)
		}
	}
	return worlds
}

// splitBy makes of each world one for each value of a thing.
func splitBy(worlds []world, path string, values []string) []world {
	var all []world
	for _, w := range worlds {
		for _, value := range values {
			with := maps.Clone(w)
			with[path] = value
			all = append(all, with)
		}
	}
	return all
}

// allows reports whether the rule can hold there, as far as can be told.
func (w world) allows(g giver) bool {
	possible := func(together []clause) bool { return !slices.ContainsFunc(together, w.contradicts) }
	return g.when == nil || slices.ContainsFunc(g.when, possible)
}

func (w world) contradicts(c clause) bool {
	value, told := w[c.path]
	if !told {
		return false
	}
	named := slices.Contains(c.values, value)
	return c.op == "==" && !named || c.op == "!=" && named
}
