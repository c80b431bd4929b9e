package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Outcome is what a program decides about an occasion.
type Outcome struct {
	Day   ledger.Date   // the store's civil date of it
	Lines []ledger.Line // the basket's, with Discount filled
	// Net is what each line earned on: net, after loyalty's discounts.
	Net []ledger.Minor
	// Earned is what the member gets, by unit, line and rule, each above zero;
	// vouchers that a rule gave or a reward bought are among it, each a lot of
	// their own unit. ToReferrer is the same of the referrer.
	Earned     []ledger.Posting
	ToReferrer []ledger.Posting
	Costs      []Cost         // what the rewards cost, one per unit
	Rewards    []ledger.Taken // in the order asked for, without Hold
	Total      ledger.Minor   // what the customer pays: gross less discounts
	Statuses   []ledger.StatusGrant
	// Uses is what was drawn on the member's limits, ReferrerUses on the
	// referrer's.
	Uses         []ledger.LimitUse
	ReferrerUses []ledger.LimitUse
	// Explanations say why, one per unit that something gave; Missed, of each
	// rule that gave nothing, what said no, where the occasion asks for it.
	Explanations []Explanation
	Missed       []Missed
}

// Cost is an amount of a unit that rewards take.
type Cost struct {
	Unit   ledger.Unit
	Amount ledger.Points
}

// onSale is the event of a sale, in rules and conditions.
const onSale = "sale"

// evaluation is one occasion under way.
type evaluation struct {
	*Program
	*Occasion
	facts    condition.Facts
	eligible []bool // of each line, by the program
	member   draws
	referrer draws
	out      Outcome
}

// Evaluate decides what an occasion earns and what its rewards take off it. Its
// errors are *InvalidBasket and *RewardRefused; with either nothing is decided.
// Whether the member can pay the costs is not looked at.
func (p *Program) Evaluate(o Occasion) (Outcome, error) {
	e := p.begin(&o)
	if o.Basket != nil {
		if err := e.sell(); err != nil {
			return Outcome{}, err
		}
	}
	if err := e.earn(); err != nil {
		return Outcome{}, err
	}
	e.out.Uses, e.out.ReferrerUses = e.member.uses, e.referrer.uses
	return e.out, nil
}

func (p *Program) begin(o *Occasion) *evaluation {
	return &evaluation{
		Program: p, Occasion: o,
		member:   draws{limits: p.limits, of: o.Member},
		referrer: draws{limits: p.limits, of: o.Referrer},
		out:      Outcome{Day: ledger.DateAt(o.At, o.zone())},
	}
}

// sell looks at the basket and takes its rewards.
func (e *evaluation) sell() error {
	gross, err := e.gross(*e.Basket)
	if err != nil {
		return err
	}
	e.facts = e.Occasion.facts(e.Program)
	e.out.Lines, e.out.Total = slices.Clone(e.Basket.Lines), gross
	e.out.Net = make([]ledger.Minor, len(e.out.Lines))
	for i, line := range e.out.Lines {
		e.out.Net[i] = line.Net
	}
	for i, asked := range e.Basket.Redeem {
		if err := e.redeem(i, asked); err != nil {
			return err
		}
	}
	return nil
}

// holds evaluates a condition that is there; one that asks what is not known here
// does not hold. What it cannot compute, a sum out
// of range, is the basket's fault.
func (e *evaluation) holds(c *condition.Condition) (bool, error) {
	if c == nil {
		return true, nil
	}
	if e.asksUnknown(c) {
		return false, nil
	}
	ok, err := c.Holds(&e.facts)
	if err != nil {
		return false, &InvalidBasket{"line_items", "condition " + c.String() + " cannot be decided: " + err.Error()}
	}
	return ok, nil
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
