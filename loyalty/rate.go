package loyalty

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/yamlfile"
)

// maxTerm bounds both numbers of a rate, and the denominator common to all
// rates of a unit, so that products stay within 128 bits.
const maxTerm = 1_000_000_000

// Rate is an exact fraction: 1/100 is one point per hundred minor units, or a
// tax of one percent. ParseRate makes it.
type Rate struct{ Num, Den int64 }

// ParseRate reads a rate written as two whole numbers, as in "20/100", each up
// to 1,000,000,000 and the second above zero. Decimals and percentages are
// refused with the fraction to write instead.
func ParseRate(text string) (Rate, error) {
	num, den, ok := strings.Cut(text, "/")
	if !ok {
		return Rate{}, fmt.Errorf("read rate %q: %s", text, rateHint(text))
	}
	rate := Rate{}
	var err error
	if rate.Num, err = parseTerm(num); err != nil {
		return Rate{}, fmt.Errorf("read rate %q: %w", text, err)
	}
	if rate.Den, err = parseTerm(den); err != nil {
		return Rate{}, fmt.Errorf("read rate %q: %w", text, err)
	}
	if rate.Den == 0 {
		return Rate{}, fmt.Errorf("read rate %q: nothing can be divided by 0", text)
	}
	return rate, nil
}

// String writes the rate as ParseRate reads it.
func (r Rate) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

func parseTerm(text string) (int64, error) {
	if !yamlfile.IsDigits(text) {
		return 0, fmt.Errorf("write two whole numbers, as in 1/100")
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > maxTerm {
		return 0, fmt.Errorf("numbers go up to %d", maxTerm)
	}
	return n, nil
}

// rateHint says what to write for something that is no fraction.
func rateHint(text string) string {
	number, percent := strings.CutSuffix(text, "%")
	places := 0
	if percent {
		places = 2
	}
	if hint, ok := asFraction(strings.TrimSpace(number), places); ok {
		return "write the exact fraction " + hint
	}
	return "write two whole numbers, as in 1/100"
}

// asFraction turns a decimal, divided by a power of ten more, into the
// shortest fraction.
func asFraction(decimal string, places int) (string, bool) {
	whole, part, _ := strings.Cut(decimal, ".")
	digits := whole + part
	places += len(part)
	if !yamlfile.IsDigits(digits) || len(digits) > 9 || places > 9 {
		return "", false
	}
	num, _ := strconv.ParseInt(digits, 10, 64) // at most nine digits
	den := int64(1)
	for range places {
		den *= 10
	}
	shared := max(gcd(num, den), 1)
	return fmt.Sprintf("%d/%d", num/shared, den/shared), true
}

// NetOf returns what an amount with tax included is without it,
// gross·den/(den+num), rounded half to even. A rate of zero leaves it as it is.
func NetOf(gross ledger.Minor, tax Rate) ledger.Minor {
	if tax.Num <= 0 || tax.Den <= 0 {
		return gross
	}
	with := uint64(tax.Den) + uint64(tax.Num)
	if gross < 0 {
		return -ledger.Minor(mulDivHalfEven(-uint64(gross), uint64(tax.Den), with))
	}
	return ledger.Minor(mulDivHalfEven(uint64(gross), uint64(tax.Den), with))
}

// mulDivHalfEven returns a·b/c rounded half to even, for b ≤ c and c > 0: the
// result is at most a.
func mulDivHalfEven(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	quotient, rest := bits.Div64(hi, lo, c)
	if rest > c-rest || rest == c-rest && quotient%2 == 1 {
		quotient++
	}
	return quotient
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
