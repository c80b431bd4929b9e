package loyalty

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A program is told in the words of a shop: money with its decimals, days with
// their months, and no word of the file but names.

// money writes an amount with its currency, as in "10.00 USD".
func (p *Program) money(amount ledger.Minor) string {
	return p.currency.Format(amount) + " " + string(p.currency)
}

// whole is one whole unit of the currency, in minor units.
func (p *Program) whole() int64 {
	n := int64(1)
	for range p.currency.Digits() {
		n *= 10
	}
	return n
}

// exactMoney writes a fraction of minor units as money: exactly where it ends,
// else rounded up to six places.
func (p *Program) exactMoney(minor *big.Rat) string {
	if minor.IsInt() && minor.Num().IsInt64() {
		return p.money(ledger.Minor(minor.Num().Int64()))
	}
	whole := new(big.Rat).Quo(minor, big.NewRat(p.whole(), 1))
	if text, ok := decimal(whole); ok {
		return text + " " + string(p.currency)
	}
	return "about " + roundedUp(whole, 6) + " " + string(p.currency)
}

// maxPlaces is how many decimals a reader is asked to look at.
const maxPlaces = 6

// decimal writes a number with as many places as it has; false where it does
// not end soon enough.
func decimal(r *big.Rat) (string, bool) {
	places, exact := r.FloatPrec()
	if !exact || places > maxPlaces {
		return "", false
	}
	return r.FloatString(places), true
}

// roundedUp writes a number of at least 0 rounded up to some places, without
// zeros at its end.
func roundedUp(r *big.Rat, places int) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
	scaled := new(big.Int).Mul(r.Num(), scale)
	up, rest := new(big.Int).QuoRem(scaled, r.Denom(), new(big.Int))
	if rest.Sign() > 0 {
		up.Add(up, big.NewInt(1))
	}
	text := new(big.Rat).SetFrac(up, scale).FloatString(places)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

// percent writes a share, rounded up to a tenth of a per cent.
func percent(share *big.Rat) string {
	return roundedUp(new(big.Rat).Mul(share, big.NewRat(100, 1)), 1) + " %"
}

// exactPercent writes a rate as per cent where that ends, else as it is.
func exactPercent(rate Rate) string {
	if text, ok := decimal(new(big.Rat).Mul(rate.rat(), big.NewRat(100, 1))); ok {
		return text + " %"
	}
	return rate.String()
}

func (r Rate) rat() *big.Rat { return big.NewRat(r.Num, r.Den) }

// lastDay is the day before the first one on which something no longer holds.
func lastDay(until ledger.Date) ledger.Date { return dateOf(civil(until).AddDate(0, 0, -1)) }

// datesWords says when something holds that begins on one day and no longer
// holds on another; empty where it always does.
func datesWords(from, until ledger.Date) string {
	if until == "" {
		if from == "" {
			return ""
		}
		return "from " + English.DateWords(from)
	}
	last := lastDay(until)
	switch {
	case from == "":
		return "until " + English.DateWords(last)
	case from == last:
		return "on " + English.DateWords(last)
	case civil(from).Year() == civil(last).Year():
		return "from " + civil(from).Format("2 January") + " to " + English.DateWords(last)
	}
	return "from " + English.DateWords(from) + " to " + English.DateWords(last)
}

// words writes a period: "90 days", "1 year and 6 months".
func (p period) words() string {
	var parts []string
	add := func(n int, one string) {
		if n > 0 {
			parts = append(parts, counted(int64(n), one))
		}
	}
	add(p.months/12, "year")
	add(p.months%12, "month")
	add(p.days, "day")
	if p.clock > 0 {
		parts = append(parts, durationWords(p.clock))
	}
	if len(parts) == 0 {
		return "no days"
	}
	return listed(parts, "and")
}

// durationWords writes a length that no calendar changes.
func durationWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return counted(int64(d/day), "day")
	case d%time.Hour == 0:
		return counted(int64(d/time.Hour), "hour")
	case d%time.Minute == 0:
		return counted(int64(d/time.Minute), "minute")
	}
	return counted(int64(d/time.Second), "second")
}

// counted writes a number of things whose plural has an s.
func counted(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + one + "s"
}

// listed writes "a, b and c".
func listed(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " " + last + " " + words[len(words)-1]
}

// joined puts the parts of a sentence that are there behind each other.
func joined(separator string, parts ...string) string {
	var there []string
	for _, part := range parts {
		if part != "" {
			there = append(there, part)
		}
	}
	return strings.Join(there, separator)
}

// capital makes a sentence begin with a capital letter. Names are ASCII.
func capital(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// times writes how often.
func times(n int64) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
