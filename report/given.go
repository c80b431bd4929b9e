package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Given is what a kind of reward gave that takes nothing off a sale: a donation, a
// gift card, cash, access. A void that brings one back stands with the voids.
type Given struct {
	Benefit  string          `json:"benefit"`          // donate, gift_card, cash or access
	To       string          `json:"to,omitempty"`     // who gets the donation
	Reward   string          `json:"reward,omitempty"` // which, of access
	Currency ledger.Currency `json:"currency_code"`
	Times    int64           `json:"times"`
	Value    ledger.Minor    `json:"value_minor"` // 0 of access, which is no money
}

// given is what Given tells apart.
type given struct {
	benefit, to, reward string
	currency            ledger.Currency
}

func (t *tally) give(taken ledger.Taken, currency ledger.Currency) error {
	if taken.Benefit == "" || taken.Bought {
		return nil
	}
	key := given{benefit: taken.Benefit, to: taken.To, currency: currency}
	if taken.Benefit == string(loyalty.Access) {
		key.reward = taken.Reward
	}
	g := t.givenAs(key)
	g.Times += taken.Times
	return more(&g.Value, taken.Value)
}

func (t *tally) givenAs(key given) *Given {
	if t.given[key] == nil {
		t.given[key] = &Given{Benefit: key.benefit, To: key.to, Reward: key.reward, Currency: key.currency}
	}
	return t.given[key]
}

func (t *tally) allGiven() (all []Given) {
	for _, g := range t.given {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b Given) int {
		return cmp.Or(cmp.Compare(a.Benefit, b.Benefit), cmp.Compare(a.To, b.To), cmp.Compare(a.Reward, b.Reward), cmp.Compare(a.Currency, b.Currency))
	})
	return all
}

// name is what people call it.
func (g Given) name(t teller) string {
	switch loyalty.BenefitKind(g.Benefit) {
	case loyalty.Donation:
		return clean(fmt.Sprintf(t.donations, loyalty.NameWords(g.To)))
	case loyalty.GiftCard:
		return t.giftCards
	case loyalty.Cash:
		return t.cash
	case loyalty.Access:
		return clean(fmt.Sprintf(t.access, loyalty.NameWords(g.Reward)))
	}
	return clean(g.Benefit)
}

// worth is empty where it is no money.
func (g Given) worth(t teller) string {
	if g.Value == 0 {
		return ""
	}
	return t.money(g.Currency, g.Value)
}

func (s Sums) givenLines(t teller) (out []line) {
	for _, g := range s.Given {
		out = append(out, line{label: g.name(t), number: count(g.Times), money: g.worth(t)})
	}
	return out
}

// writeGiven is a line for each operator and kind.
func (d Day) writeGiven(b *strings.Builder) {
	t := d.tells(loyalty.English)
	rows := [][]string{{"Operator", "given beside the sale", "times", "worth"}}
	for _, o := range d.Operators {
		for _, g := range o.Given {
			rows = append(rows, []string{o.name(), g.name(t), count(g.Times), g.worth(t)})
		}
	}
	if len(rows) > 1 {
		b.WriteByte('\n')
		writeGrid(b, rows)
	}
}

// givenColumns are the CSV's of what was given beside sales.
var givenColumns = []string{"benefit", "benefit_to", "benefit_reward", "benefit_times", "benefit_currency_code", "benefit_amount"}

// givenCells are those of the i-th kind.
func (s Sums) givenCells(i int) []string {
	if i >= len(s.Given) {
		return make([]string, len(givenColumns))
	}
	g := s.Given[i]
	return []string{g.Benefit, inert(g.To), inert(g.Reward), count(g.Times), string(g.Currency), g.Currency.Format(g.Value)}
}
