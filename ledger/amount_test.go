package ledger_test

import (
	"errors"
	"math"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func TestAddOverflows(t *testing.T) {
	for _, c := range []struct {
		a, b ledger.Points
		ok   bool
	}{
		{math.MaxInt64, 1, false}, {math.MinInt64, -1, false}, {math.MaxInt64, math.MinInt64, true},
		{math.MaxInt64 - 1, 1, true}, {0, math.MinInt64, true},
	} {
		_, err := c.a.Add(c.b)
		if got := !errors.Is(err, ledger.ErrOverflow); got != c.ok {
			t.Errorf("%d + %d: ok %v, want %v", c.a, c.b, got, c.ok)
		}
	}
}

func TestMulDivFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Min(0).Draw(t, "a"), rapid.Int64Min(0).Draw(t, "b")
		c := rapid.Int64Min(1).Draw(t, "c")
		want := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		want.Div(want, big.NewInt(c))
		got, err := ledger.MulDivFloor(a, b, c)
		if want.IsInt64() != (err == nil) || err == nil && got != want.Int64() {
			t.Fatalf("%d·%d/%d = %d, %v; want %s", a, b, c, got, err, want)
		}
	})
}

func TestCurrencyFormat(t *testing.T) {
	for _, c := range []struct {
		currency ledger.Currency
		amount   ledger.Minor
		want     string
	}{
		{"TRY", 34999, "349.99"}, {"TRY", 5, "0.05"}, {"TRY", -5, "-0.05"}, {"TRY", 0, "0.00"},
		{"JPY", 1999, "1999"}, {"KWD", 1999, "1.999"}, {"PKR", 1999, "19.99"},
		{"TRY", math.MinInt64, "-92233720368547758.08"},
	} {
		if got := c.currency.Format(c.amount); got != c.want {
			t.Errorf("%s %d: %q, want %q", c.currency, c.amount, got, c.want)
		}
	}
}

// The business day is the store's, whatever zone the machine has.
func TestDateAt(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		t.Fatal(err)
	}
	lateInUTC := ledger.MillisOf(time.Date(2026, 11, 21, 21, 30, 0, 0, time.UTC))
	if got := ledger.DateAt(lateInUTC, zone); got != "2026-11-22" {
		t.Errorf("date %s, want 2026-11-22", got)
	}
}

func TestMasksTellLittle(t *testing.T) {
	for name, want := range map[string]string{"Ayşe Yılmaz": "A*** Y***", "": "", " ş ": "ş***"} {
		if got := ledger.MaskName(name); got != want {
			t.Errorf("name %q: %q, want %q", name, got, want)
		}
	}
	if got := ledger.MaskPhone("+905321234567"); got != "***4567" {
		t.Errorf("phone: %q", got)
	}
}
