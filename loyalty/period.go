package loyalty

import (
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// period is a length of time in ISO 8601: civil months and days, and hours and
// less, which are kept apart because only the store's calendar joins them.
type period struct {
	text   string
	months int
	days   int
	clock  time.Duration
}

// parsePeriod reads a length such as P30D, P6M or PT72H; each number has up to
// four digits. Accounts read the periods of statuses again and again.
func parsePeriod(text string) (period, error) {
	p := period{text: text}
	date, clock, timed := strings.Cut(strings.TrimPrefix(text, "P"), "T")
	days, ok := designated(date, "YMWD")
	times, clockOK := designated(clock, "HMS")
	if !strings.HasPrefix(text, "P") || !ok || !clockOK || timed && clock == "" || date+clock == "" {
		return period{}, fmt.Errorf("read period %q: write it in ISO 8601, as in P30D, P6M or PT72H", text)
	}
	p.months, p.days = 12*days[0]+days[1], 7*days[2]+days[3]
	p.clock = time.Duration(times[0])*time.Hour + time.Duration(times[1])*time.Minute + time.Duration(times[2])*time.Second
	return p, nil
}

// designated reads numbers of one to four digits, each before its letter, which
// stand in order and may be left out.
func designated(text, letters string) (numbers [4]int, ok bool) {
	next := 0
	for text != "" {
		n, digits := 0, 0
		for digits < len(text) && digits < 5 && text[digits] >= '0' && text[digits] <= '9' {
			n = 10*n + int(text[digits]-'0')
			digits++
		}
		if digits == 0 || digits == 5 || digits == len(text) {
			return numbers, false
		}
		at := strings.IndexByte(letters[next:], text[digits])
		if at < 0 {
			return numbers, false
		}
		numbers[next+at] = n
		next += at + 1
		text = text[digits+1:]
	}
	return numbers, true
}

// after returns the civil day that is a period's months and days after
// another. Where that month has no such day it is the month's last.
func (p period) after(day time.Time) time.Time {
	first := time.Date(day.Year(), day.Month()+time.Month(p.months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return first.AddDate(0, 0, min(day.Day(), last.Day())-1+p.days)
}

// civil returns a date as the midnight that arithmetic on days needs.
func civil(date ledger.Date) time.Time {
	day, _ := time.Parse(time.DateOnly, string(date)) // a Date is well formed
	return day
}

// duration returns a length that no calendar changes, days of 24 hours; false
// where there are months in it.
func (p period) duration() (time.Duration, bool) {
	return time.Duration(p.days)*24*time.Hour + p.clock, p.months == 0
}
