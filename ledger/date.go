package ledger

import (
	"fmt"
	"time"
)

// Date is a civil date of a store, as in "2026-11-22". A business day is one.
type Date string

// DateAt returns the civil date of an instant in a store's zone.
func DateAt(at Millis, zone *time.Location) Date {
	return Date(at.Time().In(zone).Format(time.DateOnly))
}

// DayBefore returns the last day on which something holds that ends with a date.
func (d Date) DayBefore() Date {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(day.AddDate(0, 0, -1).Format(time.DateOnly))
}

// ParseDate reads a date written as year-month-day.
func ParseDate(text string) (Date, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Format(time.DateOnly) != text {
		return "", fmt.Errorf("read date %q: write it as 2026-11-22", text)
	}
	return Date(text), nil
}
