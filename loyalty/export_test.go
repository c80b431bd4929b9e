package loyalty

import "time"

// UpTo is the one rounding of returns.
var UpTo = upTo

// PeriodOf reads a period and returns its parts.
func PeriodOf(text string) (months, days int, clock time.Duration, err error) {
	p, err := parsePeriod(text)
	return p.months, p.days, p.clock, err
}

// Clone returns a copy that shares nothing.
func (a *Account) Clone() *Account { return a.clone() }
