package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Windows, periods and expiry are civil dates of the store. A date that ends
// something is the first day on which it no longer holds.

// from returns the day that is the period after another.
func (p period) from(day ledger.Date) ledger.Date { return dateOf(p.after(civil(day))) }

func (p period) isZero() bool { return p.months == 0 && p.days == 0 && p.clock == 0 }

// midnight is the instant at which a day begins in a zone. Where a clock change
// leaves that out it is the first instant of the day that there is.
func midnight(day ledger.Date, zone *time.Location) ledger.Millis {
	d := civil(day)
	return ledger.MillisOf(time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, zone))
}

// dateOf stays within the years that compare as text.
func dateOf(day time.Time) ledger.Date {
	if day.Year() > 9999 {
		return "9999-12-31"
	}
	return ledger.Date(day.Format(time.DateOnly))
}

func firstOfMonth(day ledger.Date) ledger.Date { return day[:len(day)-2] + "01" }

// endOfMonth is the first day after the month of a day.
func endOfMonth(day ledger.Date) ledger.Date {
	d := civil(day)
	return dateOf(time.Date(d.Year(), d.Month()+1, 1, 0, 0, 0, 0, time.UTC))
}

// endOfYear is the first day after the calendar year of a day.
func endOfYear(day ledger.Date) ledger.Date {
	return dateOf(time.Date(civil(day).Year()+1, 1, 1, 0, 0, 0, 0, time.UTC))
}

// nextDay is the day after.
func nextDay(day ledger.Date) ledger.Date { return dateOf(civil(day).AddDate(0, 0, 1)) }
