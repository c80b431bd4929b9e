package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// unit is one reward currency of a program.
type unit struct {
	name      ledger.Unit
	spendable bool
	money     bool   // one of it is one minor unit of the currency
	pending   period // until it vests; zero for at once
	expires   expiry
	round     rounding
	// den is a denominator common to the rates of all rules that give it.
	den int64
}

// rounding is how what is earned becomes whole.
type rounding string

const (
	down     rounding = "down"
	halfEven rounding = "half_even"
	up       rounding = "up"
)

// expiry is when units end. Of its fields at most one is set: never, after a
// period from the day they were earned (with toMonthEnd from the end of that
// month), after a period without activity, or with the calendar year.
type expiry struct {
	after        period
	toMonthEnd   bool
	idle         period
	calendarYear bool
}

// terms are those of units earned on a day. A period ends before the day it
// names begins in the store's zone: that day is the first on which the units
// have vested, or are no longer there. Idle expiry is not among the terms: it
// depends on what the member does.
func (u *unit) terms(day ledger.Date, zone *time.Location) (terms ledger.LotTerms) {
	vests := day
	if !u.pending.isZero() {
		vests = u.pending.from(day)
		terms.VestsAt = midnight(vests, zone)
	}
	if ends := u.expires.on(day, vests); ends != "" {
		terms.ExpiresAt = midnight(ends, zone)
	}
	return terms
}

// on returns the first day on which units earned on a day, and vesting on
// another, are no longer there; empty where no date decides that.
func (e expiry) on(earned, vests ledger.Date) ledger.Date {
	switch {
	case e.calendarYear:
		// Of the year in which they vest: else what is earned in December could
		// end before it could be spent.
		return endOfYear(vests)
	case e.after.isZero():
		return ""
	case e.toMonthEnd:
		return endOfMonth(e.after.from(firstOfMonth(earned)))
	}
	return e.after.from(earned)
}
