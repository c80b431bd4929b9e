package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Outcome is what a program decides about a basket.
type Outcome struct {
	Lines []ledger.Line // the basket's, with Discount filled
	// Net is what each line earned on: net, after loyalty's discounts.
	Net     []ledger.Minor
	Earned  []ledger.Posting // by unit, line and rule; each above zero
	Costs   []Cost           // what the rewards cost, one per unit
	Rewards []ledger.Taken   // in the order asked for, without Hold
	Total   ledger.Minor     // what the customer pays: gross less discounts
	// Explanations say why, one per unit.
	Explanations []Explanation
}

// Cost is an amount of a unit that rewards take.
type Cost struct {
	Unit   ledger.Unit
	Amount ledger.Points
}

// Evaluate decides what a basket earns and what its rewards take off it. Its
// errors are *InvalidBasket and *RewardRefused; with either nothing is decided.
// Whether the member can pay the costs is not looked at.
func (p *Program) Evaluate(b Basket) (Outcome, error) {
	gross, err := p.gross(b)
	if err != nil {
		return Outcome{}, err
	}
	taken, err := p.take(b.Redeem, gross)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{
		Lines:   slices.Clone(b.Lines),
		Costs:   taken.costs,
		Rewards: taken.rewards,
		Total:   gross - taken.discount,
	}
	discountLines(out.Lines, taken.discount, gross)
	out.Net = make([]ledger.Minor, len(out.Lines))
	for i, line := range out.Lines {
		out.Net[i] = netAfterDiscount(line)
	}
	if err := p.earn(&out); err != nil {
		return Outcome{}, &InvalidBasket{"line_items", "the basket would earn more than can be counted"}
	}
	return out, nil
}

// discountLines splits a discount over the lines by what they cost, by the
// largest remainder. It is at most gross, so no line gets more than it costs.
func discountLines(lines []ledger.Line, discount, gross ledger.Minor) {
	if discount == 0 {
		return
	}
	exact := make([]Fraction, len(lines))
	parts := make([]int64, len(lines))
	for i, line := range lines {
		// Never overflows: the share is at most what the line costs.
		exact[i], _ = quotient(int64(discount), int64(line.Gross), int64(gross))
	}
	apportion(int64(discount), exact, parts)
	for i, part := range parts {
		lines[i].Discount = ledger.Minor(part)
	}
}

// netAfterDiscount returns a line's net after its discount, which is off the
// price with tax and so lowers net and tax alike: net·(gross−discount)/gross,
// rounded half to even.
func netAfterDiscount(line ledger.Line) ledger.Minor {
	if line.Discount == 0 {
		return line.Net
	}
	left := line.Gross - line.Discount
	return ledger.Minor(mulDivHalfEven(uint64(line.Net), uint64(left), uint64(line.Gross)))
}
