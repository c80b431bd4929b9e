package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// off is what a benefit takes off a basket: an amount over all lines, or off
// one of them.
type off struct {
	amount ledger.Minor
	line   int // -1 for all
}

// apply gives a reward's benefit, times over, and notes it.
func (e *evaluation) apply(r Reward, times int64, taken *ledger.Taken) (refused string) {
	b, refused := e.benefit(r, times)
	if refused != "" {
		return refused
	}
	switch r.Benefit.Kind {
	case Discount, Percent, Item:
		taken.Discount = b.amount
		e.discount(b)
		return ""
	case GiftCard, Donation, Cash:
		value, err := ledger.MulDivFloor(times, int64(r.Benefit.Value), 1)
		if err != nil {
			return costsTooMuch
		}
		taken.Value = ledger.Minor(value)
	}
	taken.Benefit, taken.To = string(r.Benefit.Kind), r.Benefit.To
	return ""
}

// benefit says what a reward would take off the basket as it is now.
func (e *evaluation) benefit(r Reward, times int64) (b off, refused string) {
	b.line = -1
	switch r.Benefit.Kind {
	case Discount:
		value, err := ledger.MulDivFloor(times, int64(r.Benefit.Value), 1)
		if err != nil {
			return b, needsTooMuch
		}
		if b.amount = ledger.Minor(value); b.amount > e.out.Total {
			return b, e.tooSmall(b.amount)
		}
	case Percent:
		if b.amount = e.percent(r.Benefit); b.amount == 0 {
			return b, takesNothing
		}
	case Item:
		if b = e.dearest(r.Benefit.Item); b.line < 0 {
			return b, "there is no " + r.Benefit.Item + " in the basket"
		}
		if r.Benefit.Max > 0 {
			b.amount = min(b.amount, r.Benefit.Max)
		}
		if b.amount == 0 {
			return b, takesNothing // it is free already
		}
	}
	return b, ""
}

// percent is of the basket's net after earlier discounts, rounded down.
func (e *evaluation) percent(b Benefit) ledger.Minor {
	var net ledger.Minor
	for _, of := range e.out.Net {
		net += of // at most the basket's gross
	}
	part, _ := ledger.MulDivFloor(int64(net), b.Percent.Num, b.Percent.Den) // at most 1/1
	amount := min(ledger.Minor(part), e.out.Total)
	if b.Max > 0 {
		amount = min(amount, b.Max)
	}
	return amount
}

// dearest finds the dearest single unit of a category, the earlier where they
// cost the same, and what is left of its price; line -1 where there is none.
func (e *evaluation) dearest(category string) (found off) {
	found.line = -1
	for i, line := range e.out.Lines {
		if !slices.Contains(line.Categories, category) {
			continue
		}
		price := line.Gross / ledger.Minor(max(1, line.Quantity))
		if price = min(price, line.Gross-line.Discount); found.line < 0 || price > found.amount {
			found = off{price, i}
		}
	}
	return found
}

// discount takes an amount off the lines: all of it off one, or by the largest
// remainder over what is left of each.
func (e *evaluation) discount(b off) {
	e.out.Total -= b.amount
	if b.line >= 0 {
		e.lower(b.line, b.amount)
		return
	}
	var left ledger.Minor
	exact := make([]Fraction, len(e.out.Lines))
	parts := make([]int64, len(e.out.Lines))
	for _, line := range e.out.Lines {
		left += line.Gross - line.Discount
	}
	if left == 0 {
		return
	}
	for i, line := range e.out.Lines {
		// Never overflows: the share is at most what is left of the line.
		exact[i], _ = quotient(int64(b.amount), int64(line.Gross-line.Discount), int64(left))
	}
	apportion(int64(b.amount), exact, parts)
	for i, part := range parts {
		e.lower(i, ledger.Minor(part))
	}
}

func (e *evaluation) lower(i int, by ledger.Minor) {
	e.out.Lines[i].Discount += by
	e.out.Net[i] = netAfterDiscount(e.out.Lines[i])
}
