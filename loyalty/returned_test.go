package loyalty_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// The one rounding of returns goes down until all has come back.
func TestUpTo(t *testing.T) {
	for _, c := range []struct{ whole, part, all, want int64 }{
		{10, 0, 3, 0}, {10, 1, 3, 3}, {10, 2, 3, 6}, {10, 3, 3, 10}, {1, 99, 100, 0}, {1, 100, 100, 1}, {0, 1, 2, 0},
		{7, 0, 1, 0}, {7, 1, 1, 7}, {math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64, math.MaxInt64 - 1},
	} {
		if got := loyalty.UpTo(c.whole, c.part, c.all); got != c.want {
			t.Errorf("%d of %d·1/%d: %d, want %d", c.part, c.whole, c.all, got, c.want)
		}
	}
}

// twoLines is a sale of two lines, 30.00 and 10.00, that earned 30 and 10 and
// had 5.00 off for 500 from two rights.
func twoLines() *ledger.Entry {
	line := func(i int) *int { return &i }
	return &ledger.Entry{
		Sale: &ledger.Sale{
			Currency: "USD", Total: 3500,
			Lines: []ledger.Line{
				{Net: 2500, Gross: 3000, Quantity: 3, Discount: 375},
				{Net: 800, Gross: 1000, Quantity: 1, Discount: 125},
			},
			Rewards: []ledger.Taken{{Reward: "five-off", Times: 1, Discount: 500}},
		},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 30, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: line(0)},
			{Unit: "points", Amount: 10, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: line(1)},
			{Unit: "miles", Amount: 7, From: ledger.Issued, To: ledger.Pending, Rule: "fly", Line: line(0)},
			{Unit: "points", Amount: 300, From: ledger.Escrow(ledger.RightID{1}), To: ledger.Redeemed, Reward: "five-off"},
			{Unit: "points", Amount: 200, From: ledger.Escrow(ledger.RightID{2}), To: ledger.Redeemed, Reward: "five-off"},
		},
	}
}

// clawed and given sum what a return takes and gives back of a unit.
func clawed(b loyalty.Back, unit ledger.Unit) (sum ledger.Points) {
	for _, p := range b.Postings {
		if p.Unit == unit && p.To == ledger.Issued {
			sum += p.Amount
		}
	}
	return sum
}

func given(b loyalty.Back, unit ledger.Unit) (sum ledger.Points) {
	for _, p := range b.Postings {
		if p.Unit == unit && p.From == ledger.Redeemed && p.To == ledger.Available {
			sum += p.Amount
		}
	}
	return sum
}

func TestTake(t *testing.T) {
	one := ledger.ReturnedLine{Line: 0, Quantity: 1, Net: 833, Gross: 1000, Discount: 125}
	for _, c := range []struct {
		name   string
		before []loyalty.Wish
		wish   loyalty.Wish
		lines  []ledger.ReturnedLine
		total  ledger.Minor
		clawed ledger.Points
		miles  ledger.Points
		given  ledger.Points
	}{
		{name: "all", wish: loyalty.Wish{All: true}, lines: []ledger.ReturnedLine{
			{Line: 0, Quantity: 3, Net: 2500, Gross: 3000, Discount: 375},
			{Line: 1, Quantity: 1, Net: 800, Gross: 1000, Discount: 125},
		}, total: 3500, clawed: 40, miles: 7, given: 500},
		{name: "one of three", wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}},
			lines: []ledger.ReturnedLine{one}, total: 875, clawed: 10, miles: 2, given: 125},
		{name: "by price", wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Gross: 1000}}},
			lines: []ledger.ReturnedLine{one}, total: 875, clawed: 10, miles: 2, given: 125},
		{name: "a whole line", wish: loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}}},
			lines: []ledger.ReturnedLine{{Line: 1, Quantity: 1, Net: 800, Gross: 1000, Discount: 125}}, total: 875, clawed: 10, given: 125},
		{name: "the last two of three", before: []loyalty.Wish{{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}}},
			wish:  loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0}}},
			lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2, Net: 1667, Gross: 2000, Discount: 250}}, total: 1750, clawed: 20, miles: 5, given: 250},
		{name: "an amount is spread", wish: loyalty.Wish{Gross: 2000}, lines: []ledger.ReturnedLine{
			{Line: 0, Quantity: 1, Net: 1250, Gross: 1500, Discount: 187},
			{Line: 1, Quantity: 0, Net: 400, Gross: 500, Discount: 62},
		}, total: 1751, clawed: 20, miles: 3, given: 249},
		{name: "an amount is all that is left", before: []loyalty.Wish{{Gross: 2000}}, wish: loyalty.Wish{Gross: 2000}, lines: []ledger.ReturnedLine{
			{Line: 0, Quantity: 2, Net: 1250, Gross: 1500, Discount: 188},
			{Line: 1, Quantity: 1, Net: 400, Gross: 500, Discount: 63},
		}, total: 1749, clawed: 20, miles: 4, given: 251},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before []loyalty.Back
			for _, wish := range c.before {
				before = append(before, take(t, twoLines(), before, wish))
			}
			got := take(t, twoLines(), before, c.wish)
			if diff := cmp.Diff(c.lines, got.Lines); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
			if got.Total != c.total || clawed(got, "points") != c.clawed || clawed(got, "miles") != c.miles || given(got, "points") != c.given {
				t.Errorf("total %d, clawed %d and %d, given %d, want %d, %d, %d, %d",
					got.Total, clawed(got, "points"), clawed(got, "miles"), given(got, "points"), c.total, c.clawed, c.miles, c.given)
			}
			for _, p := range got.Postings {
				if p.Unit == "miles" && p.From != ledger.Pending {
					t.Errorf("pending miles are taken from %s", p.From)
				}
			}
		})
	}
}

type tester interface {
	Helper()
	Fatal(...any)
}

func take(t tester, sale *ledger.Entry, before []loyalty.Back, wish loyalty.Wish) loyalty.Back {
	t.Helper()
	rest, err := loyalty.RestOf(sale, before)
	if err != nil {
		t.Fatal(err)
	}
	back, err := rest.Take(wish)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// More than is left is refused with what is left, and Fit cuts it to that.
func TestExcess(t *testing.T) {
	before := []loyalty.Back{take(t, twoLines(), nil, loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2}}})}
	rest, err := loyalty.RestOf(twoLines(), before)
	if err != nil {
		t.Fatal(err)
	}
	left := ledger.ReturnedLine{Line: 0, Quantity: 1, Net: 834, Gross: 1000, Discount: 125}
	for _, c := range []struct {
		name string
		wish loyalty.Wish
		left ledger.ReturnedLine
		says string
	}{
		{"quantity", loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 2}}}, left, "only 10.00 (quantity 1) of line 0 is left to come back"},
		{"price", loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Gross: 1001}}}, left, "only 10.00 (quantity 1) of line 0 is left to come back"},
		{"twice in one", loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 1}, {Line: 1}}}, ledger.ReturnedLine{Line: 1}, "nothing is left of line 1 to come back"},
		{"amount", loyalty.Wish{Gross: 2001}, ledger.ReturnedLine{Quantity: 2, Net: 1634, Gross: 2000, Discount: 250}, "only 20.00 (quantity 2) of the sale is left to come back"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rest.Take(c.wish)
			var excess *loyalty.ExcessReturn
			if !errors.As(err, &excess) || excess.Left != c.left || err.Error() != c.says {
				t.Fatalf("error %v, want one that leaves %+v", err, c.left)
			}
			back, cut, err := rest.Fit(c.wish)
			if err != nil || cut == nil || len(back.Lines) == 0 {
				t.Errorf("fit: %+v, cut %v, %v", back, cut, err)
			}
		})
	}
	all := append(before, take(t, twoLines(), before, loyalty.Wish{All: true}))
	if rest, err = loyalty.RestOf(twoLines(), all); err != nil {
		t.Fatal(err)
	}
	if _, err := rest.Take(loyalty.Wish{All: true}); err == nil || err.Error() != "nothing is left of the sale to come back" {
		t.Errorf("all once more: %v", err)
	}
	for _, wish := range []loyalty.Wish{{Gross: -1}, {Lines: []ledger.ReturnedLine{{Line: 2}}}, {Lines: []ledger.ReturnedLine{{Line: 0, Gross: -1}}}} {
		var invalid *loyalty.InvalidBasket
		if _, _, err := rest.Fit(wish); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", wish, err)
		}
	}
	if _, err := loyalty.RestOf(twoLines(), append(all, all[0])); err == nil {
		t.Error("more came back than there was, and that was taken")
	}
}

// What stands for no line comes back by the share of the whole sale: of a
// condensed one by price, of one without lines all at once.
func TestWithoutLines(t *testing.T) {
	condensed := twoLines()
	if err := condensed.Condense(); err != nil {
		t.Fatal(err)
	}
	half := take(t, condensed, nil, loyalty.Wish{Gross: 2000})
	if clawed(half, "points") != 20 || given(half, "points") != 250 || half.Total != 1750 {
		t.Errorf("half of a condensed sale: %+v", half)
	}
	bare := twoLines()
	bare.Sale.Lines = nil
	for i := range bare.Postings {
		bare.Postings[i].Line = nil
	}
	all := take(t, bare, nil, loyalty.Wish{All: true})
	if clawed(all, "points") != 40 || given(all, "points") != 500 || all.Total != 3500 {
		t.Errorf("a sale without lines: %+v", all)
	}
	rest, err := loyalty.RestOf(bare, []loyalty.Back{all})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rest.Take(loyalty.Wish{All: true}); err == nil {
		t.Error("came back twice")
	}
	if _, err := rest.Take(loyalty.Wish{Gross: 1}); err == nil {
		t.Error("part of a sale without lines came back")
	}
}

// A void that is heard of after returns of all of the sale is a void all the same,
// and brings back what only a void does; a second one is none.
func TestVoidAfterReturns(t *testing.T) {
	all := []loyalty.Back{take(t, twoLines(), nil, loyalty.Wish{All: true})}
	for _, want := range []bool{true, false} {
		rest, err := loyalty.RestOf(twoLines(), all)
		if err != nil {
			t.Fatal(err)
		}
		back, cut, err := rest.Fit(loyalty.Wish{Void: true})
		if err != nil || cut == nil || back.Void != want || len(back.Lines) > 0 {
			t.Errorf("void %v, cut %v, lines %v, %v; want void %v", back.Void, cut, back.Lines, err, want)
		}
		all = append(all, back)
	}
}

// However a sale is split into returns, they sum to what a void does, none of
// it is below zero, and then nothing is left.
func TestSplitIsVoid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		sale := drawSale(rt)
		void := take(rt, sale, nil, loyalty.Wish{All: true})
		var before []loyalty.Back
		for range rapid.IntRange(0, 6).Draw(rt, "returns") {
			rest, err := loyalty.RestOf(sale, before)
			if err != nil {
				rt.Fatal(err)
			}
			back, _, err := rest.Fit(drawWish(rt, sale))
			if err != nil {
				rt.Fatal(err)
			}
			before = append(before, back)
		}
		rest, err := loyalty.RestOf(sale, before)
		if err != nil {
			rt.Fatal(err)
		}
		last, _, err := rest.Fit(loyalty.Wish{All: true})
		if err != nil {
			rt.Fatal(err)
		}
		var sum loyalty.Back
		lines := make([]ledger.ReturnedLine, len(sale.Sale.Lines))
		for _, b := range append(before, last) {
			sum.Total += b.Total
			sum.Postings = append(sum.Postings, b.Postings...)
			for _, l := range b.Lines {
				if l.Gross < 0 || l.Net < 0 || l.Quantity < 0 || l.Discount < 0 || l.Discount > l.Gross {
					rt.Fatalf("line %+v", l)
				}
				lines[l.Line].Gross += l.Gross
				lines[l.Line].Net += l.Net
				lines[l.Line].Quantity += l.Quantity
				lines[l.Line].Discount += l.Discount
			}
		}
		for _, p := range sum.Postings {
			if p.Amount <= 0 {
				rt.Fatalf("posting %+v", p)
			}
		}
		if sum.Total != void.Total || clawed(sum, "points") != clawed(void, "points") || given(sum, "points") != given(void, "points") {
			rt.Fatalf("split: %d, %d, %d; void: %d, %d, %d", sum.Total, clawed(sum, "points"), given(sum, "points"),
				void.Total, clawed(void, "points"), given(void, "points"))
		}
		for i, l := range sale.Sale.Lines {
			if lines[i].Gross != l.Gross || lines[i].Discount != l.Discount || lines[i].Net > l.Net || lines[i].Quantity > l.Quantity {
				rt.Fatalf("line %d: %+v came back of %+v", i, lines[i], l)
			}
		}
	})
}

func drawSale(rt *rapid.T) *ledger.Entry {
	e := &ledger.Entry{Sale: &ledger.Sale{Currency: "USD"}}
	for i, line := range lines.Draw(rt, "lines") {
		line.Quantity = rapid.Int64Range(0, 4).Draw(rt, "quantity")
		line.Discount = ledger.Minor(rapid.Int64Range(0, int64(line.Gross)).Draw(rt, "discount"))
		e.Sale.Lines = append(e.Sale.Lines, line)
		if earned := rapid.Int64Range(0, 1000).Draw(rt, "earned"); earned > 0 {
			e.Postings = append(e.Postings, ledger.Posting{Unit: "points", Amount: ledger.Points(earned), From: ledger.Issued, To: ledger.Available, Rule: "base", Line: &i})
		}
	}
	if cost := rapid.Int64Range(0, math.MaxInt64).Draw(rt, "cost"); cost > 0 {
		e.Postings = append(e.Postings, ledger.Posting{Unit: "points", Amount: ledger.Points(cost), From: ledger.Escrow(ledger.RightID{1}), To: ledger.Redeemed, Reward: "off"})
	}
	if rapid.Bool().Draw(rt, "condensed") {
		if err := e.Condense(); err != nil {
			rt.Fatal(err)
		}
	}
	return e
}

func drawWish(rt *rapid.T, sale *ledger.Entry) loyalty.Wish {
	if rapid.Bool().Draw(rt, "amount") {
		return loyalty.Wish{Gross: ledger.Minor(rapid.Int64Range(0, 1000).Draw(rt, "gross"))}
	}
	draw := rapid.Custom(func(rt *rapid.T) ledger.ReturnedLine {
		return ledger.ReturnedLine{
			Line:     rapid.IntRange(0, len(sale.Sale.Lines)-1).Draw(rt, "line"),
			Quantity: rapid.Int64Range(0, 3).Draw(rt, "quantity"),
			Net:      ledger.Minor(rapid.Int64Range(0, 100).Draw(rt, "net")),
			Gross:    ledger.Minor(rapid.Int64Range(0, 200).Draw(rt, "gross")),
		}
	})
	return loyalty.Wish{Lines: rapid.SliceOfN(draw, 1, 3).Draw(rt, "wish")}
}

// What a line earned is rounded once for all its rules, and splitting a return
// changes nothing: 2 + 2 on a line are 4, a third of which is 1.
func TestRulesOfALineAreTakenTogether(t *testing.T) {
	sale := &ledger.Entry{
		Sale: &ledger.Sale{Currency: "USD", Total: 300, Lines: []ledger.Line{{Net: 300, Gross: 300, Quantity: 3}}},
		Postings: []ledger.Posting{
			{Unit: "points", Amount: 2, From: ledger.Issued, To: ledger.Available, Rule: "base", Line: new(0)},
			{Unit: "points", Amount: 2, From: ledger.Issued, To: ledger.Available, Rule: "extra", Line: new(0)},
		},
	}
	third := loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: 0, Quantity: 1}}}
	var before []loyalty.Back
	for i, want := range []ledger.Points{1, 1, 2} {
		back := take(t, sale, before, third)
		if got := clawed(back, "points"); got != want {
			t.Errorf("return %d takes %d, want %d", i+1, got, want)
		}
		before = append(before, back)
	}
}
