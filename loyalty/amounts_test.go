package loyalty_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Money is written as money with its currency's decimals, things as numbers of
// them, and vouchers are counted.
func TestAmounts(t *testing.T) {
	cash := "units: {cash: {money: true}, spend: {spendable: false}, points: {}}\n" +
		"rules: [{id: base, on: sale, each: line, give: {cash: 2/100, spend: 1/1, points: 1/100}}]"
	two := "units: {cash: {money: true}, fuel: {money: true}}\nrules: [{id: base, on: sale, each: line, give: {cash: 2/100, fuel: 1/100}}]"
	for _, c := range []struct {
		program       string
		unit          ledger.Unit
		n             ledger.Points
		number, words string
	}{
		{cash, "cash", 2250, "22.50", "22.50 USD"},
		{cash, "cash", -5, "-0.05", "-0.05 USD"},
		{cash, "spend", 123456, "1234.56", "1234.56 USD of spend"},
		{cash, "points", 1, "1", "1 point"},
		{cash, "points", 2250, "2250", "2,250 points"},
		{cash, "points", -1234567, "-1234567", "-1,234,567 points"},
		{cash, "gone", 7, "7", "7 gone"},
		{cash, "voucher.free_coffee", 1, "1", "1 voucher: free coffee"},
		{cash, "voucher.ten", 3, "3", "3 vouchers: ten"},
		{two, "cash", 2250, "22.50", "22.50 USD of cash"},
	} {
		a := language(t, c.program).Amounts()
		if number, words := a.Number(c.unit, c.n), a.Words(c.unit, c.n); number != c.number || words != c.words {
			t.Errorf("%d %s: %q, %q; want %q, %q", c.n, c.unit, number, words, c.number, c.words)
		}
	}
	var none loyalty.Amounts
	if got := none.Signed("points", 5) + none.Signed("points", -5); got != "+5 points-5 points" {
		t.Error(got)
	}
}
