package loyalty

import (
	"fmt"
	"regexp"
	"strconv"
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

var periodForm = regexp.MustCompile(`^P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,4})S)?)?$`)

// parsePeriod reads a length such as P30D, P6M or PT72H; each number has up to
// four digits.
func parsePeriod(text string) (period, error) {
	found := periodForm.FindStringSubmatch(text)
	if found == nil || text[len(text)-1] == 'P' || text[len(text)-1] == 'T' {
		return period{}, fmt.Errorf("read period %q: write it in ISO 8601, as in P30D, P6M or PT72H", text)
	}
	var n [8]int
	for i := 1; i < len(found); i++ {
		n[i], _ = strconv.Atoi(found[i]) // up to four digits, or none
	}
	return period{
		text:   text,
		months: 12*n[1] + n[2],
		days:   7*n[3] + n[4],
		clock:  time.Duration(n[5])*time.Hour + time.Duration(n[6])*time.Minute + time.Duration(n[7])*time.Second,
	}, nil
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
