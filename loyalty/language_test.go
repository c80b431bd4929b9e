package loyalty_test

import (
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Each language writes amounts and days as its readers do.
func TestLanguages(t *testing.T) {
	at := time.Date(2027, 2, 3, 14, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		language loyalty.Language
		want     []string
	}{
		{loyalty.English, []string{
			"en", "1234567.89", "-0.05", "1234567", "0.125", "1,234,567.89", "-1,000.00", "TRY", "EUR",
			"3 February 2027", "2027-02-03", "02-03", "3 Feb", "2027-02-03 14:05", "02-03 14:05", "14:05",
		}},
		{loyalty.Turkish, []string{
			"tr", "1.234.567,89", "-0,05", "1.234.567", "0,125", "1.234.567,89", "-1.000,00", "TL", "EUR",
			"3 Şubat 2027", "03.02.2027", "03.02", "3 Şub", "03.02.2027 14:05", "03.02 14:05", "14:05",
		}},
	} {
		l := c.language
		got := []string{
			l.String(), l.Money("TRY", 123456789), l.Money("TRY", -5), l.Money("JPY", 1234567), l.Money("KWD", 125), l.Grouped("TRY", 123456789), l.Grouped("TRY", -100000), l.Currency("TRY"), l.Currency("EUR"),
			l.DateWords("2027-02-03"), l.Date("2027-02-03"), l.DayOfYear("2027-02-03"), l.ShortDay(at), l.Instant(at), l.Recent(at), l.Clock(at),
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
		for _, none := range []ledger.Date{"", "soon", "2027-02-30"} {
			if l.Date(none) != string(none) || l.DateWords(none) != string(none) {
				t.Errorf("%s makes %q of %q", l, l.Date(none), none)
			}
		}
		if read, err := loyalty.ParseLanguage(l.String()); err != nil || read != l {
			t.Errorf("%s is read as %v, %v", l, read, err)
		}
	}
	if _, err := loyalty.ParseLanguage("tlh"); err == nil || err.Error() != `no language "tlh": one of en, tr` {
		t.Errorf("a language that is none: %v", err)
	}
}

// Units that many programs have are called in the language, others as the program
// calls them.
func TestAmountsInTurkish(t *testing.T) {
	program := language(t, "units: {cash: {money: true}, fuel: {money: true}, points: {}, beans: {}}\n"+
		"rules: [{id: base, on: sale, each: line, give: {cash: 2/100, fuel: 1/100, points: 1/100, beans: 1/100}}]")
	a := program.Amounts().In(loyalty.Turkish)
	for _, c := range []struct {
		unit ledger.Unit
		n    ledger.Points
		want string
	}{
		{"points", 1, "1 puan"}, {"points", -1234567, "-1.234.567 puan"}, {"stars", 2, "2 yıldız"}, {"beans", 1, "1 bean"}, {"beans", 2500, "2.500 beans"},
		{"cash", 123456, "1.234,56 USD (cash)"}, {"voucher.free_coffee", 1, "1 kupon: free coffee"}, {"voucher.ten", 3, "3 kupon: ten"},
	} {
		if got := a.Words(c.unit, c.n); got != c.want {
			t.Errorf("%d %s: %q, want %q", c.n, c.unit, got, c.want)
		}
	}
	if got := a.Number("cash", 123456); got != "1.234,56" {
		t.Errorf("a number of cash: %q", got)
	}
	if got := a.Number("points", 2250); got != "2250" {
		t.Errorf("a number of points: %q", got)
	}
}
