package loyalty

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Fraction is an exact amount ≥ 0 of a unit before rounding:
// Whole + Num/Den, with 0 ≤ Num < Den.
type Fraction struct{ Whole, Num, Den int64 }

// quotient returns a·b/c for a, b ≥ 0 and c > 0, or ledger.ErrOverflow where
// its whole part leaves int64.
func quotient(a, b, c int64) (Fraction, error) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return Fraction{}, ledger.ErrOverflow
	}
	whole, num := bits.Div64(hi, lo, uint64(c))
	if whole > math.MaxInt64 {
		return Fraction{}, ledger.ErrOverflow
	}
	return Fraction{int64(whole), int64(num), c}, nil
}

// add adds two fractions of one denominator.
func (f Fraction) add(g Fraction) (Fraction, error) {
	sum := Fraction{Num: f.Num - (g.Den - g.Num), Den: g.Den}
	carry := int64(1)
	if sum.Num < 0 {
		sum.Num, carry = sum.Num+g.Den, 0
	}
	if f.Whole > math.MaxInt64-g.Whole-carry || g.Whole > math.MaxInt64-carry {
		return Fraction{}, ledger.ErrOverflow
	}
	sum.Whole = f.Whole + g.Whole + carry
	return sum, nil
}

// apportion splits a total over parts by the largest remainder: each gets the
// whole of its exact share, and those with the largest remainders, the earlier
// where they tie, one more until the total is reached. The shares have one
// denominator, and the total is their sum, rounded either way.
func apportion(total int64, exact []Fraction, parts []int64) {
	for i, share := range exact {
		parts[i] = share.Whole
		total -= share.Whole
	}
	for ; total > 0; total-- {
		best := -1
		for i, share := range exact {
			taken := parts[i] > share.Whole
			if !taken && (best < 0 || share.Num > exact[best].Num) {
				best = i
			}
		}
		parts[best]++
	}
}

// String writes the amount exactly: as a decimal where that ends, else with
// the fraction that is left, as in "41 2/3".
func (f Fraction) String() string { return f.behind(strconv.FormatInt(f.Whole, 10)) }

// in writes it as money, exactly too: 5.0025 hundredths are "0.050025".
func (f Fraction) in(currency ledger.Currency) string {
	return f.behind(currency.Format(ledger.Minor(f.Whole)))
}

// behind writes what is left behind a whole that is written already.
func (f Fraction) behind(whole string) string {
	if f.Num == 0 {
		return whole
	}
	shared := gcd(f.Num, f.Den)
	num, den := f.Num/shared, f.Den/shared
	if digits, ok := decimals(num, den); ok {
		if !strings.Contains(whole, ".") {
			whole += "."
		}
		return whole + digits
	}
	if whole == "0" {
		return fmt.Sprintf("%d/%d", num, den)
	}
	return fmt.Sprintf("%s %d/%d", whole, num, den)
}

// decimals writes num/den < 1 in lowest terms behind the point, if it ends.
func decimals(num, den int64) (string, bool) {
	twos, fives := 0, 0
	rest := den
	for ; rest%2 == 0; rest /= 2 {
		twos++
	}
	for ; rest%5 == 0; rest /= 5 {
		fives++
	}
	if rest != 1 {
		return "", false
	}
	var b strings.Builder
	for range max(twos, fives) {
		num *= 10 // below 10·maxTerm
		b.WriteByte(byte('0' + num/den))
		num %= den
	}
	return b.String(), true
}
