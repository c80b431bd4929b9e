package loyalty_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// oddBasket is a basket that a till should not send, or seldom does.
type oddBasket struct {
	name    string
	basket  loyalty.Basket
	refused string // the path, where no program takes it
}

func oddBaskets(w *written) []oddBasket {
	of := func(lines ...ledger.Line) loyalty.Basket { return loyalty.Basket{Lines: lines} }
	one := ledger.Line{Net: 1000, Gross: 1200, Quantity: 1}
	with := func(change func(*loyalty.Basket)) loyalty.Basket {
		b := of(one, one)
		change(&b)
		return b
	}
	paid := func(amounts ...ledger.Minor) loyalty.Basket {
		b := of(one, one)
		for i, amount := range amounts {
			b.Tenders = append(b.Tenders, ledger.Tender{Type: []string{"cash", "key_card", "stored_value"}[i%3], Amount: amount})
		}
		return b
	}
	asked := func(reward string, times int64) loyalty.Basket {
		return with(func(b *loyalty.Basket) { b.Redeem = []loyalty.Redemption{{Reward: reward, Times: times}} })
	}
	return []oddBasket{
		{"no lines", of(), "line_items"},
		{"as many lines as there may be", of(manyLines(w, loyalty.MaxLines)...), ""},
		{"one line more", of(manyLines(w, loyalty.MaxLines+1)...), "line_items"},
		{"a negative net", of(one, ledger.Line{Net: -1, Gross: 0, Quantity: 1}), "line_items[1].net_amount"},
		{"a negative gross", of(ledger.Line{Net: 0, Gross: -1, Quantity: 1}, one), "line_items[0].extended_amount"},
		{"the least there is", of(ledger.Line{Net: math.MinInt64, Gross: math.MinInt64, Quantity: math.MinInt64}), "line_items[0].net_amount"},
		{"a negative quantity", of(ledger.Line{Net: 5, Gross: 5, Quantity: -1}), "line_items[0].quantity"},
		{"net above gross", of(one, ledger.Line{Net: 1201, Gross: 1200, Quantity: 1}), "line_items[1].net_amount"},
		{"a discount that was sent", of(ledger.Line{Net: 5, Gross: 5, Quantity: 1, Discount: 1}), "line_items[0].discount_amount"},
		{"another currency", with(func(b *loyalty.Basket) { b.Currency = "JPY" }), "currency_code"},
		{"no currency", with(func(b *loyalty.Basket) { b.Currency = "-" }), "currency_code"},
		{"all of it free", of(ledger.Line{Quantity: 1}, ledger.Line{Quantity: 3}), ""},
		{"nothing of anything", of(ledger.Line{}), ""},
		{"free of tax and of net", of(ledger.Line{Gross: 500, Quantity: 1}), ""},
		{"no quantity", of(ledger.Line{Net: 1000, Gross: 1000}, one), ""},
		{"a quantity no shop has", of(goodsOf(w, 1000, math.MaxInt64), goodsOf(w, 1000, math.MaxInt64)), "line_items[0].quantity"},
		{"a million of it", of(goodsOf(w, 1_000_000, 1_000_000), one), ""},
		{"the dearest sale there is", of(goodsOf(w, loyalty.MaxSale, 1)), ""},
		{"one dearer", of(goodsOf(w, loyalty.MaxSale+1, 1)), "line_items[0].extended_amount"},
		{"together too dear", of(goodsOf(w, loyalty.MaxSale, 1), goodsOf(w, 1, 1)), "line_items"},
		{"more than an int64 holds", of(goodsOf(w, math.MaxInt64, 1), goodsOf(w, math.MaxInt64, 1)), "line_items[0].extended_amount"},
		{"no line that counts", of(ledger.Line{Net: 1000, Gross: 1000, Quantity: 1, Categories: w.words["categories"]}), ""},
		{"too many categories", of(ledger.Line{Net: 5, Gross: 5, Quantity: 1, Categories: make([]string, condition.MaxCategories+1)}), "line_items[0].categories"},
		{"too many departments", with(func(b *loyalty.Basket) { b.Departments = make([]string, condition.MaxWords+1) }), "departments"},
		{"words that are none", of(ledger.Line{SKU: "\x00\xff", Net: 5, Gross: 5, Quantity: 1, Categories: []string{"", "\"", strings.Repeat("x", 10_000)}}), ""},
		{"paid by too many", paid(make([]ledger.Minor, condition.MaxTenders+1)...), "tenders"},
		{"paid too little", paid(1, 2), ""},
		{"paid too much", paid(1_000_000, 7), ""},
		{"paid nothing", paid(0, 0), ""},
		{"with change as a tender", paid(2500, -100), "?"},
		{"paid less than nothing", paid(-2400), "?"},
		{"paid more than can be counted", paid(math.MaxInt64, math.MaxInt64, math.MaxInt64), "?"},
		{"a reward there is not", asked("nonesuch", 1), "redeem[0].reward"},
		{"a reward not at all", asked(anyReward(w), 0), "redeem[0].times"},
		{"a reward less than that", asked(anyReward(w), math.MinInt64), "redeem[0].times"},
		{"a reward without end", asked(anyReward(w), math.MaxInt64), "!"},
	}
}

func anyReward(w *written) string { return w.p.Rewards()[0].ID }

// goodsOf is a line of all that the program speaks of but what does not count.
func goodsOf(w *written, price ledger.Minor, quantity int64) ledger.Line {
	l := ledger.Line{Net: price, Gross: price, Quantity: quantity}
	if skus := w.words["sku"]; len(skus) > 0 {
		l.SKU = skus[len(skus)-1]
	}
	return l
}

func manyLines(w *written, n int) []ledger.Line {
	lines := make([]ledger.Line, n)
	for i := range lines {
		lines[i] = goodsOf(w, ledger.Minor(i+1), 1)
		for k := range condition.MaxCategories - 1 {
			lines[i].Categories = append(lines[i].Categories, fmt.Sprint("category ", k))
		}
		if all := w.words["categories"]; len(all) > 0 && i%2 == 0 {
			lines[i].Categories = append(lines[i].Categories, all[i/2%len(all)])
		}
	}
	return lines
}

// Under every program a basket is right, in all that can be seen of it, or
// refused with words and the place: never wrong, and never a panic.
func TestOddBaskets(t *testing.T) {
	for _, w := range allShipped(t) {
		for _, c := range oddBaskets(w) {
			if c.basket.Currency == "" {
				c.basket.Currency = w.p.Currency()
			}
			s := &story{one: member(t, w.p), w: w, seen: map[string]int{}}
			o := loyalty.Occasion{At: at("2026-06-02"), Explain: true, Basket: &c.basket, Member: &loyalty.Standing{}}
			began := time.Now()
			out, err := w.p.Evaluate(o)
			if took := time.Since(began); len(c.basket.Lines) == loyalty.MaxLines {
				t.Logf("%s: %s in %.1f ms", w.name, c.name, took.Seconds()*1000)
			}
			s.p.Offers(o, func(ledger.Unit) ledger.Points { return math.MaxInt64 })
			var invalid *loyalty.InvalidBasket
			var refused *loyalty.RewardRefused
			switch {
			case errors.As(err, &invalid):
				if c.refused != "?" && invalid.Path != c.refused || len(invalid.Problem) < 10 {
					t.Errorf("%s: %s: refused: %v", w.name, c.name, err)
				}
			case errors.As(err, &refused):
				if c.refused != "!" || refused.Reason == "" {
					t.Errorf("%s: %s: %v", w.name, c.name, err)
				}
			case err != nil:
				t.Errorf("%s: %s: %v", w.name, c.name, err)
			case c.refused != "" && c.refused != "?":
				t.Errorf("%s: %s is taken", w.name, c.name)
			default:
				s.checkOutcome(o, out)
				s.posts(o, out)
				s.checkPurses()
				s.backAt(o.At, "S0", loyalty.Wish{All: true})
				s.checkSold(s.sales["S0"])
			}
		}
	}
}
