package condition_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// A condition is asked about facts, of which any may be missing.
func TestHolds(t *testing.T) {
	facts := condition.Facts{
		Member: &condition.Member{Tier: "vib"},
		Basket: &condition.Basket{Lines: []ledger.Line{{Categories: []string{"tea"}}, {Categories: []string{"tea", "coffee"}}}},
		Now:    &condition.Now{Weekday: 2},
	}
	for text, want := range map[string]bool{
		`member.tier == "vib"`: true,
		`now.weekday == 2 && basket.lines.exists(l, "coffee" in l.categories)`: true,
		`"fragrance" in line.categories`:                                       false,
		`referrer.joined.year == 0 && tender.amount == 0`:                      true,
	} {
		c, err := condition.Compile(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got, err := c.Holds(&facts); err != nil || got != want {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}
