package ledger

import "fmt"

// Return is what came back of a sale: the body of a return, and of a void,
// which is a return of all that was left. It is a transaction of its own.
// Amounts are minor units of the sale's currency.
type Return struct {
	// ID is the POS's own id of this transaction. Sales and returns share one
	// set of ids per terminal and business day. Receipt is the number on its
	// paper.
	ID      string  `json:"return_id"`
	Receipt string  `json:"receipt"`
	Of      SaleRef `json:"of"`
	Transaction

	Currency Currency       `json:"currency_code"`
	Lines    []ReturnedLine `json:"line_items,omitempty"`
	Total    Minor          `json:"total"` // what the customer gets back
}

// SaleRef names a sale by the key that is unique for ever: what the subject of
// a return is resolved by, whoever made the sale and whosever it became.
type SaleRef struct {
	Terminal TerminalID `json:"terminal_id"`
	Day      Date       `json:"business_day_date"`
	ID       string     `json:"sale_id"`
	// Entry is the sale's, where the terminal has it.
	Entry EntryID `json:"entry,omitzero"`
}

// ReturnedLine is how much of one line of a sale came back.
type ReturnedLine struct {
	Line     int   `json:"line"` // index into the sale's lines
	Quantity int64 `json:"quantity"`
	Net      Minor `json:"net"`             // as in the sale: before discounts, without tax
	Gross    Minor `json:"extended_amount"` // as in the sale, with tax
	// Discount is the part of loyalty's discount on the line that the customer
	// does not get back as money, because the units that paid for it come back.
	Discount Minor `json:"discount_amount,omitempty"`
}

// Unpriced reports whether all of a sale comes back that this terminal does not
// have: what the customer gets back only the POS knows.
func (r *Return) Unpriced() bool { return r.Of.Entry.IsZero() && len(r.Lines) == 0 && r.Total == 0 }

func (r *Return) check() error {
	if r.ID == "" || len(r.ID) > 64 {
		return fmt.Errorf("return_id %q: want 1 to 64 characters", r.ID)
	}
	if _, err := ParseCurrency(string(r.Currency)); err != nil {
		return err
	}
	for i, line := range r.Lines {
		if line.Line < 0 || line.Quantity < 0 || line.Net < 0 || line.Gross < 0 || line.Discount < 0 {
			return fmt.Errorf("returned line %d: nothing in it is below 0", i)
		}
	}
	if err := r.Transaction.check(); err != nil {
		return err
	}
	return r.Of.check()
}

func (s SaleRef) check() error {
	if s.Terminal.IsZero() || s.Day == "" || s.ID == "" || len(s.ID) > 64 {
		return fmt.Errorf("a return names its sale by terminal_id, business_day_date and sale_id")
	}
	return nil
}
