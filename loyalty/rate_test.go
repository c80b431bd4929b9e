package loyalty_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func TestParseRate(t *testing.T) {
	cases := []struct {
		text string
		want loyalty.Rate
		fail string
	}{
		{text: "1/100", want: loyalty.Rate{Num: 1, Den: 100}},
		{text: "20/100", want: loyalty.Rate{Num: 20, Den: 100}},
		{text: "0/1", want: loyalty.Rate{Num: 0, Den: 1}},
		{text: "1000000000/1000000000", want: loyalty.Rate{Num: 1e9, Den: 1e9}},
		{text: "20%", fail: "write the exact fraction 1/5"},
		{text: "0.185", fail: "write the exact fraction 37/200"},
		{text: "5", fail: "write the exact fraction 5/1"},
		{text: "", fail: "write two whole numbers"},
		{text: "1e-2", fail: "write two whole numbers"},
		{text: "1/0", fail: "divided by 0"},
		{text: "-1/2", fail: "write two whole numbers"},
		{text: "+1/2", fail: "write two whole numbers"},
		{text: "1/2/3", fail: "write two whole numbers"},
		{text: "1 / 2", fail: "write two whole numbers"},
		{text: "1000000001/1", fail: "up to 1000000000"},
		{text: "1/99999999999999999999", fail: "up to 1000000000"},
		{text: "١/٢", fail: "write two whole numbers"},
	}
	for _, c := range cases {
		got, err := loyalty.ParseRate(c.text)
		switch {
		case c.fail == "" && (err != nil || got != c.want):
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		case c.fail != "" && (err == nil || !strings.Contains(err.Error(), c.fail)):
			t.Errorf("%q: %v, want an error with %q", c.text, err, c.fail)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	for _, seed := range []string{"1/100", "0/1", "20%", "0.01", "1/0", "/", "99999999999999999999/1", "0001/0002"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rate, err := loyalty.ParseRate(text)
		if err != nil {
			return
		}
		if rate.Num < 0 || rate.Den <= 0 {
			t.Fatalf("%q was read as %v", text, rate)
		}
		if again, err := loyalty.ParseRate(rate.String()); again != rate || err != nil {
			t.Errorf("%q: %v written and read again is %v, %v", text, rate, again, err)
		}
	})
}

// The table is the direction of the rounding: half to even.
func TestNetOf(t *testing.T) {
	cases := []struct {
		gross ledger.Minor
		tax   string
		want  ledger.Minor
	}{
		{1200, "20/100", 1000},
		{1999, "20/100", 1666}, // 1665.83
		{100, "18/100", 85},    // 84.75
		{0, "20/100", 0},
		{1, "1/1", 0}, // 0.5
		{3, "1/1", 2}, // 1.5
		{5, "1/1", 2}, // 2.5
		{7, "1/1", 4}, // 3.5
		{-3, "1/1", -2},
		{-5, "1/1", -2},
		{-1999, "20/100", -1666},
		{1999, "0/100", 1999},
		{math.MaxInt64, "0/1", math.MaxInt64},
		{math.MaxInt64, "1/1000000000", 9223372027631403779},
		{math.MinInt64, "1/1", math.MinInt64 / 2},
	}
	for _, c := range cases {
		tax, err := loyalty.ParseRate(c.tax)
		if err != nil {
			t.Fatal(err)
		}
		if got := loyalty.NetOf(c.gross, tax); got != c.want {
			t.Errorf("%d with %s of tax: net %d, want %d", c.gross, c.tax, got, c.want)
		}
	}
	if got := loyalty.NetOf(1999, loyalty.Rate{}); got != 1999 {
		t.Errorf("without a rate: %d, want 1999", got)
	}
}

// For any amount and tax the net is the whole number nearest to the exact one.
func TestNetOfIsNearest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gross := rapid.Int64().Draw(t, "gross")
		tax := loyalty.Rate{Num: rapid.Int64Range(0, 1e9).Draw(t, "num"), Den: rapid.Int64Range(1, 1e9).Draw(t, "den")}
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(gross), big.NewInt(tax.Den)), big.NewInt(tax.Den+tax.Num))
		off := exact.Sub(exact, new(big.Rat).SetInt64(int64(loyalty.NetOf(ledger.Minor(gross), tax))))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("off by %s", off)
		}
	})
}
