package api

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Place is where a basket is rung up.
type Place struct {
	Store string `json:"retail_store_id,omitempty" maxLength:"64" doc:"where it is given it must be this till's store, so that no basket strays"`
}

// Transaction is what the POS itself calls a sale or return, with the names of ARTS
// POSLog.
type Transaction struct {
	Workstation string `json:"workstation_id,omitempty" maxLength:"32" pattern:"^[A-Za-z0-9._:-]*$" doc:"what the POS calls its checkout; kept, and told again"`
	Sequence    int64  `json:"sequence_number,omitempty" minimum:"0" doc:"of the transaction at that checkout; kept, and told again. A POS without another id may write both as sale_id: 3-1002"`
}

func (t Transaction) fact() ledger.Transaction { return ledger.Transaction(t) }

// Line is one article. Amounts are minor units, with the names of ARTS POSLog. The
// order of the fields is part of what makes a request the same again, across releases
// too: a new one is left out where it is not sent.
type Line struct {
	SKU        string   `json:"sku,omitempty" maxLength:"64"`
	Quantity   int64    `json:"quantity,omitempty" default:"1" minimum:"1" doc:"pieces; 1 of what is weighed"`
	Extended   *int64   `json:"extended_amount,omitempty" minimum:"0" doc:"what is charged for the line, with tax. Where it is absent: quantity times regular_sales_unit_price, less discount_amount"`
	UnitPrice  *int64   `json:"regular_sales_unit_price,omitempty" minimum:"0" doc:"of one piece, with tax; not looked at where extended_amount is given"`
	Discount   int64    `json:"discount_amount,omitempty" minimum:"0" doc:"the POS's own, of the line; not looked at where extended_amount is given"`
	Net        *int64   `json:"net_amount,omitempty" minimum:"0" doc:"without tax: the base of points. Where it is absent: what is charged less tax"`
	Tax        *int64   `json:"tax,omitempty" minimum:"0" doc:"in what is charged; 0 where neither it nor net_amount is given"`
	Categories []string `json:"categories,omitempty" maxItems:"16"`
}

// facts are a basket's lines and tenders as an entry has them.
func (s *Server) facts(at Place, lines []Line, tenders []Tender) (l []ledger.Line, t []ledger.Tender, err error) {
	if at.Store != "" && at.Store != string(s.Till.StoreID) {
		return nil, nil, problem(otherStore, "")
	}
	for i, line := range lines {
		fact, err := line.fact()
		if err != nil {
			return nil, nil, problem(badBasket, fmt.Sprintf("line_items[%d]: %v", i, err))
		}
		l = append(l, fact)
	}
	for _, tender := range tenders {
		t = append(t, ledger.Tender{Type: tender.Type, Amount: ledger.Minor(tender.Amount)})
	}
	return l, t, nil
}

func (l Line) fact() (ledger.Line, error) {
	gross, err := l.gross()
	if err != nil {
		return ledger.Line{}, err
	}
	net := gross
	switch {
	case l.Net != nil && l.Tax != nil && *l.Net != gross-*l.Tax:
		return ledger.Line{}, errors.New("net_amount and tax do not make what is charged")
	case l.Net != nil:
		net = *l.Net
	case l.Tax != nil && *l.Tax > gross:
		return ledger.Line{}, errors.New("tax is more than is charged")
	case l.Tax != nil:
		net -= *l.Tax
	}
	return ledger.Line{
		SKU: l.SKU, Net: ledger.Minor(net), Gross: ledger.Minor(gross), Quantity: l.Quantity, Categories: l.Categories,
	}, nil
}

// gross is what is charged, with tax.
func (l Line) gross() (int64, error) {
	if l.Extended != nil {
		return *l.Extended, nil
	}
	if l.UnitPrice == nil {
		return 0, errors.New("say extended_amount, or regular_sales_unit_price")
	}
	whole, err := ledger.MulDivFloor(l.Quantity, *l.UnitPrice, 1)
	if err != nil {
		return 0, errors.New("quantity times regular_sales_unit_price is too large")
	}
	if l.Discount > whole {
		return 0, errors.New("discount_amount is more than the line")
	}
	return whole - l.Discount, nil
}
