package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// limit bounds, for one member, how often the rules and rewards that name it
// give something, or how much: one of uses and amount is set.
type limit struct {
	name   string
	uses   int64
	amount ledger.Points // of all units together
	every  window
}

// window is a stretch of days that ends with a given one.
type window struct {
	kind   windowKind
	period period // of a rolling one
}

type windowKind string

const (
	calendarDay   windowKind = "calendar_day"
	calendarMonth windowKind = "calendar_month"
	calendarYear  windowKind = "calendar_year"
	ever          windowKind = "ever"
	rolling       windowKind = "rolling"
)

// begin returns the first day of the window that a day is in; empty where it
// has none. P30D is the day and the 29 before it.
func (w window) begin(day ledger.Date) ledger.Date {
	switch w.kind {
	case calendarDay:
		return day
	case calendarMonth:
		return firstOfMonth(day)
	case calendarYear:
		return day[:len(day)-5] + "01-01"
	case rolling:
		return nextDay(w.period.before(day))
	}
	return ""
}

// before returns the day that is the period before another; a month that has no
// such day gives its last.
func (p period) before(day ledger.Date) ledger.Date {
	d := civil(day)
	first := time.Date(d.Year(), d.Month()-time.Month(p.months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return dateOf(first.AddDate(0, 0, min(d.Day(), last.Day())-1-p.days))
}
