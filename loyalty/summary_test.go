package loyalty_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// No sale gives back more than its program's summary says: the bound holds for
// whoever buys, whatever is bought, however it is paid, on any day.
func TestGivesBackIsABound(t *testing.T) {
	for _, name := range []string{"cash-back", "stars", "subscription", "tiered-points", "starter"} {
		p := shipped(t, name+".yaml")
		s := p.Summary()
		share, worth := ratio(t, s.GivesBack.AtMost), map[ledger.Unit]*big.Rat{}
		for _, u := range s.Units {
			if u.Worth != nil {
				worth[ledger.Unit(u.ID)] = ratio(t, u.Worth.Minor)
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			o := anySale(rt, p)
			out, err := p.Evaluate(o)
			if err != nil {
				rt.Fatal(err)
			}
			spent, back := new(big.Rat), new(big.Rat)
			for _, l := range o.Basket.Lines {
				spent.Add(spent, big.NewRat(int64(l.Net), 1))
			}
			for _, posting := range out.Earned {
				if each := worth[posting.Unit]; each != nil {
					back.Add(back, new(big.Rat).Mul(each, big.NewRat(int64(posting.Amount), 1)))
				}
			}
			if most := spent.Mul(spent, share); back.Cmp(most) > 0 {
				rt.Errorf("%s gives back %s, at most %s: %+v", name, back.FloatString(2), most.FloatString(2), out.Earned)
			}
		})
	}
}

// Where there is nothing to tell, a list in JSON is empty, as all others are, and no null.
func TestNothingIsAnEmptyList(t *testing.T) {
	p := shipped(t, "stars.yaml")
	same, err := loyalty.Diff(p, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range []any{p.Summary(), same} {
		text, err := json.Marshal(of)
		if err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s, %v", text, err)
		}
	}
}

// anySale has what the shipped programs ask for, now and then.
func anySale(rt *rapid.T, p *loyalty.Program) loyalty.Occasion {
	b := &loyalty.Basket{Currency: p.Currency()}
	categories := rapid.SampledFrom([]string{"fragrance", "coffee", "alcohol", "gift_card", "tea"})
	for range rapid.IntRange(1, 4).Draw(rt, "lines") {
		net := ledger.Minor(rapid.Int64Range(0, 100_000).Draw(rt, "net"))
		b.Lines = append(b.Lines, ledger.Line{Net: net, Gross: net, Quantity: 1, Categories: []string{categories.Draw(rt, "category")}})
	}
	for range rapid.IntRange(0, 3).Draw(rt, "tenders") {
		kind := rapid.SampledFrom([]string{"cash", "key_card", "stored_value"}).Draw(rt, "tender")
		b.Tenders = append(b.Tenders, ledger.Tender{Type: kind, Amount: ledger.Minor(rapid.Int64Range(1, 100_000).Draw(rt, "paid"))})
	}
	day := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 120).Draw(rt, "day"))
	member := &loyalty.Standing{
		Tier:     rapid.SampledFrom([]string{"", "insider", "vib", "rouge", "member", "eip"}).Draw(rt, "tier"),
		Statuses: rapid.SampledFrom([][]string{nil, {"plus"}}).Draw(rt, "statuses"),
	}
	return loyalty.Occasion{At: ledger.MillisOf(day), Basket: b, Member: member}
}

func ratio(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("no fraction: %q", text)
	}
	return r
}
