package condition

import (
	"strings"

	"cel.dev/cel-go/cel"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Cost returns what a condition that was let through may cost at most, and
// what the library counts when it is asked about facts.
func (c *Condition) Cost(f *Facts) (most, counted uint64) {
	checked, issues := environment().Compile(c.text)
	if issues.Err() != nil {
		panic(issues.Err())
	}
	estimate, err := environment().EstimateCost(checked, bounds{})
	if err != nil {
		panic(err)
	}
	program, err := environment().Program(checked, cel.EvalOptions(cel.OptOptimize, cel.OptTrackCost))
	if err != nil {
		panic(err)
	}
	_, details, _ := program.Eval((*activation)(f))
	return estimate.Max, *details.ActualCost()
}

// Full returns facts in which every list and text is as long as it may be.
func Full() *Facts {
	word := strings.Repeat("w", maxLength)
	words := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = word
		}
		return all
	}
	facts := fullSale(word, words(MaxCategories))
	facts.Basket.Departments = words(MaxWords)
	facts.Member = &Member{Tier: word, Statuses: words(MaxWords), Segments: words(MaxWords)}
	facts.Store = word
	return facts
}

func fullSale(word string, categories []string) *Facts {
	b := &Basket{Lines: make([]ledger.Line, MaxLines), Tenders: make([]ledger.Tender, MaxTenders), Partner: word}
	for i := range b.Lines {
		b.Lines[i] = ledger.Line{SKU: word, Net: 1, Gross: 1, Quantity: 1, Categories: categories}
	}
	for i := range b.Tenders {
		b.Tenders[i] = ledger.Tender{Type: word, Amount: 1}
	}
	return &Facts{Basket: b, Line: &b.Lines[0], Tender: &b.Tenders[0]}
}
