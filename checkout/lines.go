package checkout

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// SaleLines are a completed sale in the two lines of a display.
func (t *Till) SaleLines(e *ledger.Entry) []string {
	pay := both(t.say().pay, t.Language.Money(e.Sale.Currency, e.Sale.Total))
	if e.Told == nil {
		return []string{pay, t.notYetLine(e)}
	}
	return []string{pay, both(t.say().balance, t.number(e, e.Told.Balance))}
}

// notYetLine says what to do for the points of a sale that is written down and that
// nobody has yet.
func (t *Till) notYetLine(e *ledger.Entry) string {
	program := t.Programs.Of(e)
	waiting := ledger.Points(0)
	if isDetached(e) {
		now, pending := EarnedOf(e, program.MainUnit())
		waiting = now + pending
	}
	_, unknown := e.Subject.Suspect()
	return t.notYet(program, waiting, unknown)
}

// notYet says what to do for points that nobody has yet, and how many wait for who
// shows her card; that helps nobody whose number is unknown here.
func (t *Till) notYet(program *loyalty.Program, waiting ledger.Points, unknown bool) string {
	switch {
	case unknown:
		return both(t.say().notEnrolled, "")
	case waiting > 0:
		return both(t.say().showCardFor, "+"+t.Amounts(program).Number(program.MainUnit(), waiting))
	}
	return both(t.say().showCard, "")
}

// ReturnLines are a return or void in the two lines of a display.
func (t *Till) ReturnLines(e *ledger.Entry) []string {
	back := both(t.say().back, t.Language.Money(e.Return.Currency, e.Return.Total))
	if e.Return.Unpriced() {
		back = both(t.say().allOfSale, "")
	}
	switch {
	case e.Told == nil:
		return []string{back, both("", "")}
	case e.Told.Owed > 0:
		return []string{back, both(t.say().owed, t.number(e, e.Told.Owed))}
	}
	return []string{back, both(t.say().balance, t.number(e, e.Told.Balance))}
}

// QuoteLines are a quote in the two lines of a display.
func (t *Till) QuoteLines(q Quote) []string {
	pay := both(t.say().pay, t.Language.Money(q.program.Currency(), q.Total))
	switch {
	case q.Member.Account.IsZero() && !q.Unknown:
		return []string{pay, both("", "")}
	case q.Unknown && !q.Unproven:
		return []string{pay, t.notYet(q.program, 0, true)}
	}
	unit := q.program.MainUnit()
	earns := given(q.Explanations, unit)
	if q.Unproven {
		return []string{pay, t.notYet(q.program, earns, false)}
	}
	return []string{pay, both(q.Member.Name, "+"+t.Amounts(q.program).Number(unit, earns))}
}

// number writes an amount that was told with an entry, in the unit of its
// balance.
func (t *Till) number(e *ledger.Entry, n ledger.Points) string {
	return t.Amounts(t.Programs.Of(e)).Number(e.Told.Unit, n)
}

func given(why []loyalty.Explanation, unit ledger.Unit) ledger.Points {
	for _, w := range why {
		if w.Unit == unit {
			return w.Given
		}
	}
	return 0
}
