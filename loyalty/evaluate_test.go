package loyalty_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// program writes a program around units, rules and rewards.
func program(t testing.TB, units, rules, rewards string) *loyalty.Program {
	t.Helper()
	return mustLoad(t, "program: test\nversion: 1\ncurrency: USD\nannounced: 2026-01-01\neffective: 2026-01-01\nnotice: P0D\n"+
		"proof: {earn: claimed, redeem: claimed}\nunits: {"+units+"}\nrules: ["+rules+"]\nrewards: ["+rewards+"]\n")
}

// basket makes a basket in which every line's gross is its net.
func basket(nets ...ledger.Minor) loyalty.Basket {
	b := loyalty.Basket{Currency: "USD"}
	for _, net := range nets {
		b.Lines = append(b.Lines, ledger.Line{Net: net, Gross: net, Quantity: 1})
	}
	return b
}

// sold is a basket bought by nobody known.
func sold(b loyalty.Basket) loyalty.Occasion {
	return loyalty.Occasion{At: 1_774_000_000_000, Basket: &b}
}

// earned writes postings as "unit rule@line amount".
func earned(postings []ledger.Posting) []string {
	var all []string
	for _, p := range postings {
		all = append(all, string(p.Unit)+" "+p.Rule+"@"+string(rune('0'+*p.Line))+" "+p.Amount.String())
	}
	return all
}

const base = "{id: base, on: sale, each: line, give: {points: 1/100}}"

// What is earned is rounded once over the sale and split by largest remainder.
func TestEarn(t *testing.T) {
	cases := []struct {
		name, units, rules string
		nets               []ledger.Minor
		want               []string
		why                []string
	}{
		{"one line", "points: {}", base, []ledger.Minor{2001},
			[]string{"points base@0 20"}, []string{"base 20.01 → 20"}},
		{"rounded once, not per line", "points: {}", base, []ledger.Minor{150, 150},
			[]string{"points base@0 2", "points base@1 1"}, []string{"base 3 → 3"}},
		{"the largest remainder gets it", "points: {}", base, []ledger.Minor{120, 190, 190},
			[]string{"points base@0 1", "points base@1 2", "points base@2 2"}, []string{"base 5 → 5"}},
		{"ties go to the earlier line", "points: {}", base, []ledger.Minor{50, 50, 50},
			[]string{"points base@0 1"}, []string{"base 1.5 → 1"}},
		{"whole shares stay whole", "points: {}", base, []ledger.Minor{200, 90, 90},
			[]string{"points base@0 2", "points base@1 1"}, []string{"base 3.8 → 3"}},
		{"nothing on too little", "points: {}", base, []ledger.Minor{99},
			nil, []string{"base 0.99 → 0"}},
		{"rules add exactly", "points: {}", base + ", {id: a, on: sale, give: {points: 1/300}}", []ledger.Minor{100, 50},
			[]string{"points base@0 1", "points base@1 1"}, []string{"a 0.5 + base 1.5 = 2 → 2"}},
		{"two units", "stars: {}, points: {}", "{id: b, on: sale, give: {points: 1/1, stars: 250/6}}", []ledger.Minor{1},
			[]string{"stars b@0 41", "points b@0 1"}, []string{"b 41 2/3 → 41", "b 1 → 1"}},
		{"a fixed amount counts once", "points: {}", "{id: hello, on: sale, each: line, give: {points: 10}}", []ledger.Minor{300, 100, 0},
			[]string{"points hello@0 8", "points hello@1 2"}, []string{"hello 10 → 10"}},
		{"a fixed amount over free goods", "points: {}", "{id: hello, on: sale, give: {points: 10}}", []ledger.Minor{0, 0},
			[]string{"points hello@0 10"}, []string{"hello 10 → 10"}},
	}
	for _, c := range cases {
		out, err := program(t, c.units, c.rules, "").Evaluate(sold(basket(c.nets...)))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var why []string
		for _, e := range out.Explanations {
			why = append(why, e.String())
		}
		if diff := cmp.Diff(c.want, earned(out.Earned)); diff != "" {
			t.Errorf("%s: earned %s", c.name, diff)
		}
		if diff := cmp.Diff(c.why, why); diff != "" {
			t.Errorf("%s: explained %s", c.name, diff)
		}
	}
}

// A line explains itself too.
func TestExplainLine(t *testing.T) {
	out, err := program(t, "points: {}", base+", {id: vib, on: sale, give: {points: 1/400}}", "").Evaluate(sold(basket(2001, 40)))
	if err != nil {
		t.Fatal(err)
	}
	got := out.Explanations[0].Line(0) + "; " + out.Explanations[0].Line(1)
	if want := "base 20.01 + vib 5.0025 = 25.0125 → 25; base 0.4 + vib 0.1 = 0.5 → 0"; got != want {
		t.Errorf("explained %q, want %q", got, want)
	}
}

// A reward's discount falls on all lines by what they cost, and points are
// earned on what is left of the net.
func TestRedeem(t *testing.T) {
	p := program(t, "points: {}", base, "{id: cash10, cost: {points: 500}, benefit: {discount: 1000}}")
	b := basket(3000, 1500)
	b.Lines[1].Net = 1250 // 20 percent tax in the price
	b.Redeem = []loyalty.Redemption{{Reward: "cash10", Times: 1}}
	out, err := p.Evaluate(sold(b))
	if err != nil {
		t.Fatal(err)
	}
	want := loyalty.Outcome{
		Day:     "2026-03-20",
		Lines:   []ledger.Line{{Net: 3000, Gross: 3000, Quantity: 1, Discount: 667}, {Net: 1250, Gross: 1500, Quantity: 1, Discount: 333}},
		Net:     []ledger.Minor{2333, 972}, // 1250·1167/1500 = 972.5, half to even
		Earned:  out.Earned,
		Costs:   []loyalty.Cost{{Unit: "points", Amount: 500}},
		Rewards: []ledger.Taken{{Reward: "cash10", Times: 1, Discount: 1000}},
		Total:   3500,

		Explanations: out.Explanations,
	}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"points base@0 23", "points base@1 10"}, earned(out.Earned)); diff != "" {
		t.Error(diff)
	}
	if b.Lines[0].Discount != 0 {
		t.Error("the caller's basket was changed")
	}
}

// A reward that the basket is too small for, or takes too often, is refused
// with words.
func TestRewardRefused(t *testing.T) {
	p := program(t, "points: {}", base, "{id: five, cost: {points: 500}, benefit: {discount: 500}}, "+
		"{id: pay, cost: {points: 3}, benefit: {discount: 2}, repeat: true}, "+
		"{id: dear, cost: {points: 1000000000000}, benefit: {discount: 1}, repeat: true}")
	cases := []struct {
		net    ledger.Minor
		redeem []loyalty.Redemption
		want   string
	}{
		{499, []loyalty.Redemption{{Reward: "five", Times: 1}}, `reward "five": needs 5.00 or more`},
		{500, []loyalty.Redemption{{Reward: "five", Times: 1}}, ""},
		{5000, []loyalty.Redemption{{Reward: "five", Times: 2}}, `reward "five": once per sale`},
		{5000, []loyalty.Redemption{{Reward: "five", Times: 1}, {Reward: "five", Times: 1}}, `reward "five": once per sale`},
		{500, []loyalty.Redemption{{Reward: "five", Times: 1}, {Reward: "pay", Times: 1}}, `reward "pay": needs 5.02 or more`},
		{500, []loyalty.Redemption{{Reward: "pay", Times: 250}}, ""},
		{500, []loyalty.Redemption{{Reward: "pay", Times: 251}}, `reward "pay": needs 5.02 or more`},
		{500, []loyalty.Redemption{{Reward: "pay", Times: math.MaxInt64}}, `reward "pay": costs more than can be counted`},
		{10_000_000, []loyalty.Redemption{{Reward: "dear", Times: 10_000_000}}, `reward "dear": costs more than can be counted`},
		{500, []loyalty.Redemption{{Reward: "pay", Times: 0}}, `redeem[0].times: 0: a reward is taken once or more`},
		{500, []loyalty.Redemption{{Reward: "six", Times: 1}}, `redeem[0].reward: the program has no reward "six"`},
	}
	for _, c := range cases {
		b := basket(c.net)
		b.Redeem = c.redeem
		_, err := p.Evaluate(sold(b))
		var refused *loyalty.RewardRefused
		var invalid *loyalty.InvalidBasket
		if typed := errors.As(err, &refused) || errors.As(err, &invalid); typed != (c.want != "") {
			t.Errorf("%v: error %v is of no type to branch on", c.redeem, err)
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%v of %d: %v, want %q", c.redeem, c.net, err, c.want)
		}
	}
}

// A basket that cannot be is refused with its place; nothing is guessed.
func TestInvalidBasket(t *testing.T) {
	cases := []struct {
		change func(*loyalty.Basket)
		want   string
	}{
		{func(b *loyalty.Basket) { b.Currency = "EUR" }, `currency_code: the program is in USD, the basket in "EUR"`},
		{func(b *loyalty.Basket) { b.Lines = nil }, "line_items: 0 lines: a sale has 1 to 1000"},
		{func(b *loyalty.Basket) { b.Lines = make([]ledger.Line, 1001) }, "line_items: 1001 lines: a sale has 1 to 1000"},
		{func(b *loyalty.Basket) { b.Tenders = make([]ledger.Tender, 101) }, "tenders: 101 tenders: a sale has up to 100"},
		{func(b *loyalty.Basket) { b.Departments = make([]string, 101) }, "departments: 101 departments: a sale has up to 100"},
		{func(b *loyalty.Basket) { b.Lines[1].Categories = make([]string, 65) }, "line_items[1].categories: 65 categories: a line has up to 64"},
		{func(b *loyalty.Basket) { b.Lines[1].Net = -5 }, "line_items[1].net_amount: -0.05 is negative: goods that come back are a return"},
		{func(b *loyalty.Basket) { b.Lines[1].Gross = -5 }, "line_items[1].extended_amount: -0.05 is negative: goods that come back are a return"},
		{func(b *loyalty.Basket) { b.Lines[0].Quantity = -1 }, "line_items[0].quantity: -1 is negative: goods that come back are a return"},
		{func(b *loyalty.Basket) { b.Lines[0].Gross = 99 }, "line_items[0].net_amount: 1.00 without tax is more than extended_amount 0.99 with it"},
		{func(b *loyalty.Basket) { b.Lines[0].Discount = 1 }, "line_items[0].discount_amount: loyalty's discount is decided here, not sent"},
		{func(b *loyalty.Basket) { b.Lines[0].Gross = math.MaxInt64 }, "line_items[0].extended_amount: 92233720368547758.07 is more than a sale may cost"},
		{func(b *loyalty.Basket) { b.Lines[0].Gross = loyalty.MaxSale }, "line_items: the lines cost more together than 10000000000.00"},
	}
	p := program(t, "points: {}", "{id: base, on: sale, give: {points: 3/2}}", "")
	for _, c := range cases {
		b := basket(100, 200)
		c.change(&b)
		_, err := p.Evaluate(sold(b))
		var invalid *loyalty.InvalidBasket
		if !errors.As(err, &invalid) || err.Error() != c.want {
			t.Errorf("error %v, want %q", err, c.want)
		}
	}
}

// Offers are what the member can pay for and the basket has room for.
func TestOffers(t *testing.T) {
	p := program(t, "points: {}, stars: {}", base, "{id: ten, cost: {points: 900}, benefit: {discount: 1000}}, "+
		"{id: five, cost: {points: 500}, benefit: {discount: 500}}, {id: pay, cost: {stars: 1}, benefit: {discount: 2}, repeat: true}")
	cases := []struct {
		net           ledger.Minor
		points, stars ledger.Points
		redeem        []loyalty.Redemption
		want          []string
	}{
		{5000, 5000, 5, nil, []string{"ten×1", "five×1", "pay×5"}},
		{999, 5000, 10000, nil, []string{"five×1", "pay×499"}},
		{5000, 899, 0, nil, []string{"five×1"}},
		{5000, 499, -3, nil, nil},
		{1500, 900, 0, []loyalty.Redemption{{Reward: "ten", Times: 1}}, []string{"five×1"}},
		{1499, 900, 0, []loyalty.Redemption{{Reward: "ten", Times: 1}}, nil},
		{-1, 900, 0, nil, nil},
	}
	for _, c := range cases {
		b := basket(c.net)
		b.Redeem = c.redeem
		var got []string
		offers, _ := p.Offers(sold(b), func(u ledger.Unit) ledger.Points {
			return map[ledger.Unit]ledger.Points{"points": c.points, "stars": c.stars}[u]
		})
		for _, offer := range offers {
			got = append(got, offer.ID+"×"+ledger.Points(offer.Times).String())
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%+v: %s", c, diff)
		}
	}
}

// A sale of ten lines is evaluated while its entry is written many times over:
// performance.md gives it a quarter of that time.
func BenchmarkTenLines(b *testing.B) {
	sale := basket(1999, 250, 1, 99, 100, 12345, 777, 50, 50, 333)
	sale.Lines[3].Categories = []string{"makeup", "fragrance"}
	member := &loyalty.Standing{Tier: "vib", BirthMonth: 4}
	for _, bench := range []struct {
		name   string
		redeem []loyalty.Redemption
	}{{"earn", nil}, {"redeem", []loyalty.Redemption{{Reward: "cash10", Times: 1}}}} {
		b.Run(bench.name, func(b *testing.B) {
			p := shipped(b, "tiered-points.yaml")
			sale.Redeem = bench.redeem
			o := loyalty.Occasion{At: at("2026-05-05"), Basket: &sale, Member: member}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Evaluate(o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
