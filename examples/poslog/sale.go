package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// sale is the till's request to complete one.
type sale struct {
	Day string `json:"business_day_date"`
	numbers
	Currency string        `json:"currency_code"`
	Operator string        `json:"operator_id,omitempty"`
	Lines    []saleLine    `json:"line_items"`
	Tenders  []saleTender  `json:"tenders,omitempty"`
	Member   *memberNumber `json:"member,omitempty"`
}

type saleLine struct {
	SKU        string   `json:"sku,omitempty"`
	Quantity   int64    `json:"quantity"`
	Extended   int64    `json:"extended_amount"`
	Net        int64    `json:"net_amount"`
	Categories []string `json:"categories,omitempty"`
}

type saleTender struct {
	Type   string `json:"tender_type"`
	Amount int64  `json:"amount"`
}

type memberNumber struct {
	Phone string `json:"phone"`
}

// numbers are the POS's own of a transaction; ours knows the sale by both of them.
type numbers struct {
	Workstation string `json:"workstation_id,omitempty"`
	Sequence    int64  `json:"sequence_number,omitempty"`
}

// numbered reads them; a sequence number that is no whole number is left out.
func numbered(workstation, sequence string) numbers {
	n, err := strconv.ParseInt(strings.TrimSpace(sequence), 10, 64)
	if err != nil || n < 0 {
		n = 0
	}
	return numbers{strings.TrimSpace(workstation), n}
}

// comesBack is the till's request to take goods of one sale back.
type comesBack struct {
	ID     string `json:"return_id"`
	Day    string `json:"return_business_day_date"`
	Of     string `json:"business_day_date"`
	Amount int64  `json:"amount"`
	numbers
	Link numbers `json:"transaction_link"`

	sale string
}

// errUntellable is of a transaction that no till can be told as it is.
var errUntellable = errors.New("cannot be told")

func untellable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errUntellable, fmt.Sprintf(format, args...))
}

// sold is what was bought, nil where nothing was.
func (t *transaction) sold() (*sale, error) {
	s := &sale{Day: day(t.Day), numbers: numbered(t.Workstation, t.Sequence), Currency: t.Currency, Operator: t.Operator, Member: t.member()}
	for _, item := range t.Retail.Items {
		switch {
		case item.Voided:
		case item.Sale != nil:
			line, err := item.Sale.line(t.Currency)
			if err != nil {
				return nil, err
			}
			s.Lines = append(s.Lines, line)
		case item.Tender != nil:
			paid, err := minor(item.Tender.Amount, t.Currency)
			if err != nil {
				return nil, err
			}
			if paid >= 0 { // change is none
				s.Tenders = append(s.Tenders, saleTender{strings.ToLower(item.Tender.Type), paid})
			}
		}
	}
	if len(s.Lines) == 0 {
		return nil, nil
	}
	return s, nil
}

// member is who the POS says bought: the loyalty account's number before the
// customer's.
func (t *transaction) member() *memberNumber {
	for _, number := range append(t.Retail.Loyalty, t.Retail.Customer) {
		if number = strings.TrimSpace(number); number != "" {
			return &memberNumber{number}
		}
	}
	return nil
}

func (g *goods) line(currency string) (saleLine, error) {
	gross, net, err := g.amounts(currency)
	if err != nil {
		return saleLine{}, fmt.Errorf("item %s: %w", g.Item, err)
	}
	return saleLine{g.Item, pieces(g.Quantity), gross, net, g.Categories}, nil
}

// amounts are with and without tax, whichever of them the POS wrote.
func (g *goods) amounts(currency string) (gross, net int64, err error) {
	if gross, err = minor(g.Extended, currency); err != nil {
		return 0, 0, err
	}
	net = gross
	for _, t := range g.Taxes {
		amount, err := minor(t.Amount, currency)
		switch {
		case err != nil:
			return 0, 0, err
		case t.Taxable.Included:
			net -= amount
		default:
			gross += amount
		}
	}
	if gross < 0 || net < 0 {
		return 0, 0, untellable("an amount below zero")
	}
	return gross, net, nil
}

// returned is what comes back, of each sale it was bought with.
func (t *transaction) returned() (all []comesBack, err error) {
	place := map[string]int{}
	for _, item := range t.Retail.Items {
		if item.Voided || item.Return == nil {
			continue
		}
		of := item.Return.Link
		if of == nil {
			of = t.Retail.Link
		}
		if of == nil {
			return nil, untellable("item %s comes back without a TransactionLink to its sale", item.Return.Item)
		}
		gross, _, err := item.Return.amounts(t.Currency)
		if err != nil {
			return nil, fmt.Errorf("item %s: %w", item.Return.Item, err)
		}
		key := day(of.Day) + " " + of.id()
		at, known := place[key]
		if !known {
			at = len(all)
			place[key] = at
			id := fmt.Sprintf("%s-R%d", t.id(), at+1)
			all = append(all, comesBack{
				ID: id, Day: day(t.Day), Of: day(of.Day), sale: of.id(),
				numbers: numbered(t.Workstation, t.Sequence), Link: numbered(of.Workstation, of.Sequence),
			})
		}
		all[at].Amount += gross
	}
	return all, nil
}
