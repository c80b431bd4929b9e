package checkout

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// SaleLines are a completed sale in the two lines of a display.
func (t *Till) SaleLines(e *ledger.Entry) []string {
	pay := both("Pay", e.Sale.Currency.Format(e.Sale.Total))
	if e.Told == nil {
		return []string{pay, both("Points: show card", "")}
	}
	return []string{pay, both("Balance", e.Told.Balance.String())}
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
		return []string{back, both("Owed", e.Told.Owed.String())}
	}
	return []string{back, both("Balance", e.Told.Balance.String())}
}

// QuoteLines are a quote in the two lines of a display.
func (t *Till) QuoteLines(q Quote) []string {
	pay := both("Pay", q.program.Currency().Format(q.Total))
	if q.Member.Account.IsZero() {
		return []string{pay, both("", "")}
	}
	return []string{pay, both(q.Member.Name, "+"+given(q.Explanations, q.program.MainUnit()).String())}
}

func given(why []loyalty.Explanation, unit ledger.Unit) ledger.Points {
	for _, w := range why {
		if w.Unit == unit {
			return w.Given
		}
	}
	return 0
}
