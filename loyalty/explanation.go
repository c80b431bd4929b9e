package loyalty

import (
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Explanation says why an occasion earned what it did of one unit.
type Explanation struct {
	Unit  ledger.Unit
	Money ledger.Currency // of a unit that is money; else empty
	Parts []RulePart      // in order of rule id
	Sum   Fraction
	Given ledger.Points
	Lines []LineExplanation // one per line of the basket; one for an activity
}

// RulePart is what one rule gave before rounding, over all lines. One under a
// limit is whole; Uncut is what it would have given, where the limit left less.
type RulePart struct {
	Rule  string
	Exact Fraction
	Uncut Fraction
}

// LineExplanation is one line's part: Exact is what each rule gave on it, and
// Given what it got of the rounded whole.
type LineExplanation struct {
	Exact []Fraction
	Sum   Fraction
	Given ledger.Points
}

// String tells the sum, as in "base 20.01 + vib 5.0025 = 25.0125 → 25", or of a
// rule that its limit cut, "fruit 500 of 812.5 → 500", and of money "base 0.2001 →
// 0.20 USD".
func (e Explanation) String() string {
	exact := make([]Fraction, len(e.Parts))
	for i, p := range e.Parts {
		exact[i] = p.Exact
	}
	return e.sentence(exact, e.Sum, e.Given, true)
}

// Line tells the sum of one line, by its index, in the same form.
func (e Explanation) Line(i int) string {
	line := e.Lines[i]
	return e.sentence(line.Exact, line.Sum, line.Given, false)
}

func (e Explanation) sentence(exact []Fraction, sum Fraction, given ledger.Points, cuts bool) string {
	var b strings.Builder
	for i, p := range e.Parts {
		if i > 0 {
			b.WriteString(" + ")
		}
		b.WriteString(p.Rule + " " + e.exact(exact[i]))
		if cuts && p.Uncut.Den > 0 {
			b.WriteString(" of " + e.exact(p.Uncut))
		}
	}
	if len(e.Parts) > 1 {
		b.WriteString(" = " + e.exact(sum))
	}
	if e.Money != "" {
		return b.String() + " → " + e.Money.Format(ledger.Minor(given)) + " " + string(e.Money)
	}
	return b.String() + " → " + given.String()
}

func (e Explanation) exact(f Fraction) string {
	if e.Money != "" {
		return f.in(e.Money)
	}
	return f.String()
}
