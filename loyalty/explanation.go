package loyalty

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Explanation says why a sale earned what it did of one unit.
type Explanation struct {
	Unit  ledger.Unit
	Rules []string // ids, in order; shared between explanations, not to be changed
	// Exact is what each of Rules gave before rounding, over all lines.
	Exact []Fraction
	Sum   Fraction
	Given ledger.Points
	Lines []LineExplanation // one per line of the basket
}

// LineExplanation is one line's part: Exact is what each rule gave on it, and
// Given what it got of the rounded whole.
type LineExplanation struct {
	Exact []Fraction
	Sum   Fraction
	Given ledger.Points
}

// String tells the sale's sum, as in
// "base 20.01 + vib 5.0025 = 25.0125 → 25".
func (e Explanation) String() string { return sentence(e.Rules, e.Exact, e.Sum, e.Given) }

// Line tells the sum of one line, by its index, in the same form.
func (e Explanation) Line(i int) string {
	line := e.Lines[i]
	return sentence(e.Rules, line.Exact, line.Sum, line.Given)
}

func sentence(rules []string, exact []Fraction, sum Fraction, given ledger.Points) string {
	var b strings.Builder
	for i, rule := range rules {
		if i > 0 {
			b.WriteString(" + ")
		}
		b.WriteString(rule + " " + exact[i].String())
	}
	if len(rules) > 1 {
		b.WriteString(" = " + sum.String())
	}
	return b.String() + " → " + given.String()
}
