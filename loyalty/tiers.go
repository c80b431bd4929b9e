package loyalty

import "github.com/loyaltyd/loyaltyd/ledger"

// tiers are levels of one unit earned over a window.
type tiers struct {
	of     ledger.Unit
	window window
	// keep is how long a level is held after it was last reached: a period, or
	// where that is zero to the end of the window after that one.
	keep   period
	levels []level // lowest first; the first is everybody's
}

type level struct {
	name string
	from ledger.Points // sum of the window from which it is reached
}

// keptUntil is the first day on which a level reached on a day is no longer
// held, unless it is reached again. Empty is for ever.
func (t *tiers) keptUntil(day ledger.Date) ledger.Date {
	if !t.keep.isZero() {
		return t.keep.from(day)
	}
	switch t.window.kind {
	case calendarMonth:
		return endOfMonth(endOfMonth(day))
	case calendarYear:
		return endOfYear(endOfYear(day))
	case rolling:
		return t.window.period.from(t.window.period.from(day))
	}
	return ""
}
