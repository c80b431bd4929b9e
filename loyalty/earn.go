package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// MaxEarned is the most a sale may earn of a unit: a year of such sales can
// still be added up.
const MaxEarned ledger.Points = 1_000_000_000_000_000

// earn fills what the lines earn of each unit, and why.
func (p *Program) earn(out *Outcome) error {
	lineNumbers := make([]int, len(out.Lines))
	for i := range lineNumbers {
		lineNumbers[i] = i
	}
	out.Explanations = make([]Explanation, 0, len(p.units))
	for _, unit := range p.units {
		if len(unit.gives) == 0 {
			continue
		}
		why, err := unit.explain(out.Net)
		if err != nil {
			return err
		}
		out.Earned = unit.post(out.Earned, why, lineNumbers)
		out.Explanations = append(out.Explanations, why)
	}
	return nil
}

// explain adds up exactly what the rules give of the unit on each line's net,
// rounds once, down, and splits the result over the lines.
func (u unit) explain(net []ledger.Minor) (Explanation, error) {
	why := Explanation{Unit: u.name, Rules: u.rules, Exact: zeros(len(u.gives), u.den), Sum: Fraction{Den: u.den}}
	why.Lines = make([]LineExplanation, len(net))
	shares := zeros(len(net)*len(u.gives), u.den)
	for i := range why.Lines {
		why.Lines[i].Exact = shares[i*len(u.gives) : (i+1)*len(u.gives)]
	}
	for rule, give := range u.gives {
		if err := u.contribute(give, rule, net, why.Lines); err != nil {
			return Explanation{}, err
		}
	}
	lineSums := zeros(len(net), u.den)
	for i, line := range why.Lines {
		for rule, share := range line.Exact {
			var err error
			if why.Exact[rule], err = why.Exact[rule].add(share); err != nil {
				return Explanation{}, err
			}
			if lineSums[i], err = lineSums[i].add(share); err != nil {
				return Explanation{}, err
			}
			if why.Sum, err = why.Sum.add(share); err != nil {
				return Explanation{}, err
			}
		}
	}
	if why.Given = roundDown(why.Sum); why.Given > MaxEarned {
		return Explanation{}, ledger.ErrOverflow
	}
	given := make([]int64, len(net))
	apportion(int64(why.Given), lineSums, given)
	for i := range why.Lines {
		why.Lines[i].Sum, why.Lines[i].Given = lineSums[i], ledger.Points(given[i])
	}
	return why, nil
}

// contribute writes what one rule gives on each line. A fixed amount belongs
// to the lines too, by their net, so that a return takes back its part.
func (u unit) contribute(g give, rule int, net []ledger.Minor, lines []LineExplanation) error {
	if g.fixed > 0 {
		for i, part := range splitByNet(int64(g.fixed), net) {
			lines[i].Exact[rule].Whole = part
		}
		return nil
	}
	scaled := g.rate.Num * (u.den / g.rate.Den) // at most maxTerm²
	for i, base := range net {
		var err error
		if lines[i].Exact[rule], err = quotient(int64(base), scaled, u.den); err != nil {
			return err
		}
	}
	return nil
}

// splitByNet splits an amount over the lines by their net, by the largest
// remainder; the first line takes it all where every net is zero.
func splitByNet(amount int64, net []ledger.Minor) []int64 {
	parts := make([]int64, len(net))
	var total ledger.Minor
	for _, base := range net {
		total += base // at most the basket's gross, which fits
	}
	if total == 0 {
		parts[0] = amount
		return parts
	}
	exact := make([]Fraction, len(net))
	for i, base := range net {
		// Never overflows: the share is at most the amount.
		exact[i], _ = quotient(amount, int64(base), int64(total))
	}
	apportion(amount, exact, parts)
	return parts
}

// roundDown is the one rounding of what is earned, once per sale, member and
// unit: nobody is given a fraction.
func roundDown(sum Fraction) ledger.Points { return ledger.Points(sum.Whole) }

// post appends what each line was given, split over the rules that gave it.
func (u unit) post(earned []ledger.Posting, why Explanation, lineNumbers []int) []ledger.Posting {
	earned = slices.Grow(earned, len(why.Lines))
	parts := make([]int64, len(u.gives))
	for i, line := range why.Lines {
		apportion(int64(line.Given), line.Exact, parts)
		for rule, part := range parts {
			if part == 0 {
				continue
			}
			earned = append(earned, ledger.Posting{
				Unit:   u.name,
				Amount: ledger.Points(part),
				From:   ledger.Issued,
				To:     ledger.Available,
				Rule:   u.rules[rule],
				Line:   &lineNumbers[i],
			})
		}
	}
	return earned
}

func zeros(n int, den int64) []Fraction {
	all := make([]Fraction, n)
	for i := range all {
		all[i].Den = den
	}
	return all
}
