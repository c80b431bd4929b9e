package ledger

import (
	"math"
	"math/bits"
	"strconv"
	"time"
)

// Points is an amount of any unit, money units included.
type Points int64

// Minor is an amount of money in minor units (cents, kuruş) of the currency
// that stands beside it.
type Minor int64

// Millis is an instant in milliseconds since 1970-01-01 UTC.
type Millis int64

// Add returns the sum, or ErrOverflow.
func (p Points) Add(q Points) (Points, error) {
	sum, err := addInt64(int64(p), int64(q))
	return Points(sum), err
}

// Add returns the sum, or ErrOverflow.
func (m Minor) Add(n Minor) (Minor, error) {
	sum, err := addInt64(int64(m), int64(n))
	return Minor(sum), err
}

func addInt64(a, b int64) (int64, error) {
	sum := a + b
	if (a > 0) == (b > 0) && a != 0 && b != 0 && (sum > 0) != (a > 0) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// MulDivFloor returns floor(a·b/c) for a, b ≥ 0 and c > 0, exactly, or
// ErrOverflow. It rounds toward zero: nobody is given a fraction.
func MulDivFloor(a, b, c int64) (int64, error) {
	if a < 0 || b < 0 || c <= 0 {
		return 0, ErrOverflow
	}
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	if hi >= uint64(c) {
		return 0, ErrOverflow
	}
	quotient, _ := bits.Div64(hi, lo, uint64(c))
	if quotient > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return int64(quotient), nil
}

// String returns the amount with its sign, without a unit.
func (p Points) String() string { return strconv.FormatInt(int64(p), 10) }

// MillisOf returns t in milliseconds.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns the instant in UTC.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// Add returns the instant d later.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d.Milliseconds()) }
