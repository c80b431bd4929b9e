package checkout

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// SaleLines are a completed sale in the two lines of a display.
func (t *Till) SaleLines(e *ledger.Entry) []string {
	pay := both("Pay", e.Sale.Currency.Format(e.Sale.Total))
	if e.Told == nil {
		_, unknown := e.Subject.Suspect()
		return []string{pay, both(unclaimedLine(unknown), "")}
	}
	return []string{pay, both("Balance", t.number(e, e.Told.Balance))}
}

// unclaimedLine says what to do for the points of a sale that nobody has yet: a card
// helps nobody whose number is unknown here.
func unclaimedLine(unknown bool) string {
	if unknown {
		return "Not enrolled here"
	}
	return "Points: show card"
}

// ReturnLines are a return or void in the two lines of a display.
func (t *Till) ReturnLines(e *ledger.Entry) []string {
	back := both("Back", e.Return.Currency.Format(e.Return.Total))
	if e.Return.Unpriced() {
		back = both("All of the sale", "")
	}
	switch {
	case e.Told == nil:
		return []string{back, both("", "")}
	case e.Told.Owed > 0:
		return []string{back, both("Owed", t.number(e, e.Told.Owed))}
	}
	return []string{back, both("Balance", t.number(e, e.Told.Balance))}
}

// QuoteLines are a quote in the two lines of a display.
func (t *Till) QuoteLines(q Quote) []string {
	pay := both("Pay", q.program.Currency().Format(q.Total))
	switch {
	case q.Member.Account.IsZero() && !q.Unknown:
		return []string{pay, both("", "")}
	case q.Unproven || q.Unknown:
		return []string{pay, both(unclaimedLine(!q.Unproven), "")}
	}
	unit := q.program.MainUnit()
	return []string{pay, both(q.Member.Name, "+"+q.program.Amounts().Number(unit, given(q.Explanations, unit)))}
}

// number writes an amount that was told with an entry, in the unit of its
// balance.
func (t *Till) number(e *ledger.Entry, n ledger.Points) string {
	return t.Programs.Of(e).Amounts().Number(e.Told.Unit, n)
}

func given(why []loyalty.Explanation, unit ledger.Unit) ledger.Points {
	for _, w := range why {
		if w.Unit == unit {
			return w.Given
		}
	}
	return 0
}
