package loyalty_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// give is a rule as the test knows it: a rate, or a fixed amount with den 0.
type give struct{ num, den int64 }

func (g give) String() string {
	if g.den == 0 {
		return fmt.Sprint(g.num)
	}
	return fmt.Sprintf("%d/%d", g.num, g.den)
}

var (
	rate = rapid.Custom(func(t *rapid.T) give {
		return give{rapid.Int64Range(1, 1000).Draw(t, "num"), rapid.SampledFrom([]int64{1, 3, 6, 7, 100, 400}).Draw(t, "den")}
	})
	fixed = rapid.Custom(func(t *rapid.T) give { return give{rapid.Int64Range(1, 50).Draw(t, "fixed"), 0} })
	gives = rapid.SliceOfN(rapid.OneOf(rate, fixed), 1, 4)
	lines = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ledger.Line {
		gross := rapid.OneOf(rapid.Int64Range(0, 500), rapid.Int64Range(0, 1e10)).Draw(t, "gross")
		return ledger.Line{Gross: ledger.Minor(gross), Net: ledger.Minor(rapid.Int64Range(0, gross).Draw(t, "net")), Quantity: 1}
	}), 1, 12)
)

func rulesOf(all []give, order []int) string {
	var rules []string
	for _, i := range order {
		rules = append(rules, fmt.Sprintf("{id: r%d, on: sale, give: {points: %s}}", i, all[i]))
	}
	return strings.Join(rules, ", ")
}

func identity(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// What a sale earns is the exact sum of all contributions, counted here with
// big rationals, rounded down once; its postings are its parts, each above
// zero, and no line is a whole unit off what it gave.
func TestEarnedIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all, sale := gives.Draw(rt, "gives"), lines.Draw(rt, "lines")
		out, err := program(t, "points: {}", rulesOf(all, identity(len(all))), "").Evaluate(sold(loyalty.Basket{Currency: "USD", Lines: sale}))
		if err != nil {
			rt.Fatal(err)
		}
		exact := new(big.Rat)
		onlyRates := true
		for _, g := range all {
			if g.den == 0 {
				exact.Add(exact, big.NewRat(g.num, 1))
				onlyRates = false
				continue
			}
			for _, line := range sale {
				exact.Add(exact, product(line.Net, g))
			}
		}
		want := new(big.Int).Quo(exact.Num(), exact.Denom())
		perLine := make([]ledger.Points, len(sale))
		var total ledger.Points
		for _, p := range out.Earned {
			if p.Amount <= 0 || p.From != ledger.Issued || p.To != ledger.Available {
				rt.Fatalf("posting %+v", p)
			}
			total += p.Amount
			perLine[*p.Line] += p.Amount
		}
		if want.Cmp(big.NewInt(int64(total))) != 0 || out.Explanations[0].Given != total {
			rt.Fatalf("earned %d, explained %d, want %s rounded down", total, out.Explanations[0].Given, exact.FloatString(4))
		}
		for i, line := range sale {
			if given := out.Explanations[0].Lines[i].Given; given != perLine[i] {
				rt.Fatalf("line %d: explained %d, posted %d", i, given, perLine[i])
			}
			if !onlyRates {
				continue
			}
			share := new(big.Rat)
			for _, g := range all {
				share.Add(share, product(line.Net, g))
			}
			off := share.Sub(share, big.NewRat(int64(perLine[i]), 1))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				rt.Fatalf("line %d: a whole unit off its share, by %s", i, off)
			}
		}
	})
}

func product(net ledger.Minor, g give) *big.Rat {
	return new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(net)), big.NewInt(g.num)), big.NewInt(g.den))
}

// The order of rules changes nothing at all, the order of lines no total.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all, sale := gives.Draw(rt, "gives"), lines.Draw(rt, "lines")
		straight := identity(len(all))
		one, err := program(t, "points: {}", rulesOf(all, straight), "").Evaluate(sold(loyalty.Basket{Currency: "USD", Lines: sale}))
		if err != nil {
			rt.Fatal(err)
		}
		p := program(t, "points: {}", rulesOf(all, rapid.Permutation(straight).Draw(rt, "rules")), "")
		two, err := p.Evaluate(sold(loyalty.Basket{Currency: "USD", Lines: sale}))
		if err != nil {
			rt.Fatal(err)
		}
		if !slices.Equal(earned(one.Earned), earned(two.Earned)) {
			rt.Fatalf("rules in another order: %v, then %v", earned(one.Earned), earned(two.Earned))
		}
		three, err := p.Evaluate(sold(loyalty.Basket{Currency: "USD", Lines: rapid.Permutation(sale).Draw(rt, "shuffled")}))
		if err != nil {
			rt.Fatal(err)
		}
		if one.Explanations[0].Given != three.Explanations[0].Given || one.Total != three.Total {
			rt.Fatalf("lines in another order: %v, then %v", one.Explanations[0], three.Explanations[0])
		}
	})
}

// A discount is split without a rest, no line gets more than it costs, and no
// net falls below zero or rises.
func TestDiscountIsSplit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sale := lines.Draw(rt, "lines")
		var gross ledger.Minor
		for _, line := range sale {
			gross += line.Gross
		}
		if gross == 0 {
			return
		}
		discount := rapid.Int64Range(1, min(int64(gross), 1e12)).Draw(rt, "discount")
		p := program(t, "points: {}", base, fmt.Sprintf("{id: r, cost: {points: 1}, benefit: {discount: %d}}", discount))
		out, err := p.Evaluate(sold(loyalty.Basket{Currency: "USD", Lines: sale, Redeem: []loyalty.Redemption{{Reward: "r", Times: 1}}}))
		if err != nil {
			rt.Fatal(err)
		}
		var split ledger.Minor
		for i, line := range out.Lines {
			split += line.Discount
			if line.Discount < 0 || line.Discount > line.Gross {
				rt.Fatalf("line %d: discount %d of %d", i, line.Discount, line.Gross)
			}
			if out.Net[i] < 0 || out.Net[i] > line.Net || out.Net[i] > line.Gross-line.Discount {
				rt.Fatalf("line %d: net %d after discount, of %d", i, out.Net[i], line.Net)
			}
		}
		if split != ledger.Minor(discount) || out.Total != gross-split {
			rt.Fatalf("split %d of %d, total %d of %d", split, discount, out.Total, gross)
		}
	})
}
