package loyalty

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// MaxLines is how many lines a basket may have.
const MaxLines = condition.MaxLines

// MaxSale is the most a sale may cost, in minor units. No till sells for more,
// and no sum of sales comes near what an int64 holds.
const MaxSale ledger.Minor = 1_000_000_000_000

// MaxQuantity is the most of one thing that a line may sell. Sums of quantities,
// and what is counted of them, stay as far from what an int64 holds.
const MaxQuantity int64 = 1_000_000_000_000

// Basket is a sale before it is evaluated.
type Basket struct {
	Currency ledger.Currency
	Lines    []ledger.Line // without Discount, which Evaluate fills
	Tenders  []ledger.Tender
	// Departments are where it was sold, Partner whose sale it is, as conditions
	// may ask.
	Departments []string
	Partner     string
	Redeem      []Redemption
}

// Redemption asks for a reward in this sale.
type Redemption struct {
	Reward string
	Times  int64
}

// InvalidBasket says what is wrong with a basket. Path is where, in the API's
// words, as in "line_items[1].net_amount"; empty for the whole. Problem is a sentence
// for whoever is at the till or wrote its program.
type InvalidBasket struct {
	Path    string
	Problem string
}

func (e *InvalidBasket) Error() string {
	if e.Path == "" {
		return e.Problem
	}
	return e.Path + ": " + e.Problem
}

// RewardRefused says why a basket cannot have a reward: the sale is as good
// without it, and nothing was decided.
type RewardRefused struct {
	Reward string
	Reason string // for whoever is at the till, as in "needs 5.00 or more"
}

func (e *RewardRefused) Error() string { return fmt.Sprintf("reward %q: %s", e.Reward, e.Reason) }

// gross checks the basket and returns what its lines cost together.
func (p *Program) gross(b Basket) (ledger.Minor, error) {
	if b.Currency != p.currency {
		return 0, &InvalidBasket{"currency_code", fmt.Sprintf("the program is in %s, the basket in %q", p.currency, string(b.Currency))}
	}
	if len(b.Lines) == 0 || len(b.Lines) > MaxLines {
		return 0, &InvalidBasket{"line_items", fmt.Sprintf("%d lines: a sale has 1 to %d", len(b.Lines), MaxLines)}
	}
	if err := b.lists(); err != nil {
		return 0, err
	}
	var total ledger.Minor
	for i, line := range b.Lines {
		if field, problem := p.lineProblem(line); problem != "" {
			return 0, &InvalidBasket{fmt.Sprintf("line_items[%d].%s", i, field), problem}
		}
		if total += line.Gross; total > MaxSale { // both were at most MaxSale: no overflow
			return 0, &InvalidBasket{"line_items", "the lines cost more together than " + p.currency.Format(MaxSale)}
		}
	}
	return total, nil
}

// lists keeps the basket's lists to what conditions may be asked about.
func (b *Basket) lists() error {
	if n := len(b.Tenders); n > condition.MaxTenders {
		return &InvalidBasket{"tenders", fmt.Sprintf("%d tenders: a sale has up to %d", n, condition.MaxTenders)}
	}
	if n := len(b.Departments); n > condition.MaxWords {
		return &InvalidBasket{"departments", fmt.Sprintf("%d departments: a sale has up to %d", n, condition.MaxWords)}
	}
	for i, line := range b.Lines {
		if n := len(line.Categories); n > condition.MaxCategories {
			return &InvalidBasket{fmt.Sprintf("line_items[%d].categories", i), fmt.Sprintf("%d categories: a line has up to %d", n, condition.MaxCategories)}
		}
	}
	return nil
}

// lineProblem returns the field of a line that cannot be and why.
func (p *Program) lineProblem(line ledger.Line) (field, problem string) {
	switch {
	case line.Net < 0:
		return "net_amount", p.currency.Format(line.Net) + " is negative: goods that come back are a return"
	case line.Gross < 0:
		return "extended_amount", p.currency.Format(line.Gross) + " is negative: goods that come back are a return"
	case line.Gross > MaxSale:
		return "extended_amount", p.currency.Format(line.Gross) + " is more than a sale may cost"
	case line.Quantity < 0:
		return "quantity", fmt.Sprintf("%d is negative: goods that come back are a return", line.Quantity)
	case line.Quantity > MaxQuantity:
		return "quantity", fmt.Sprintf("%d is more than a line may sell", line.Quantity)
	case line.Net > line.Gross:
		return "net_amount", fmt.Sprintf("%s without tax is more than extended_amount %s with it",
			p.currency.Format(line.Net), p.currency.Format(line.Gross))
	case line.Discount != 0:
		return "discount_amount", "loyalty's discount is decided here, not sent"
	}
	return "", ""
}
