package ledger

import "fmt"

// Sale is the basket as the POS knows it, in POSLog's words where it has one.
// Amounts are minor units of the sale's currency.
type Sale struct {
	// ID is the POS's own id of the sale, unique per terminal and business
	// day. Receipt is the number a person reads on the paper.
	ID      string `json:"sale_id"`
	Receipt string `json:"receipt"`
	Transaction
	Currency Currency `json:"currency_code"`
	Lines    []Line   `json:"line_items,omitempty"`
	Tenders  []Tender `json:"tenders,omitempty"`
	// Condensed says that the basket was too large to keep and Lines are its
	// sums by category.
	Condensed bool    `json:"condensed,omitempty"`
	Rewards   []Taken `json:"rewards,omitempty"`
	// Total is what the customer pays, after loyalty's own discounts.
	Total Minor `json:"total"`
}

// Line is one article of a sale.
type Line struct {
	SKU        string   `json:"sku,omitempty"`
	Net        Minor    `json:"net"`             // before loyalty's discounts, without tax
	Gross      Minor    `json:"extended_amount"` // what the POS charges for it, with tax
	Quantity   int64    `json:"quantity"`
	Categories []string `json:"categories,omitempty"`
	// Discount is the part of loyalty's discounts that fell on this line.
	Discount Minor `json:"discount_amount,omitempty"`
}

// Tender is one way the customer paid.
type Tender struct {
	Type   string `json:"tender_type"`
	Amount Minor  `json:"amount"`
}

// Taken is a reward used in a sale.
type Taken struct {
	Reward   string `json:"reward"`
	Times    int64  `json:"times"`
	Discount Minor  `json:"discount_amount,omitempty"`
	// Benefit says what it is where it is no discount, Value what all of it is
	// worth, and To who gets a donation.
	Benefit string `json:"benefit,omitempty"`
	Value   Minor  `json:"value,omitempty"`
	To      string `json:"to,omitempty"`
	// Voucher says that a held voucher was used, Bought that one was bought, to
	// be used later: it takes nothing off this sale.
	Voucher bool `json:"voucher,omitempty"`
	Bought  bool `json:"bought,omitempty"`
	// Terms are those of the voucher that was used.
	Terms *LotTerms `json:"terms,omitempty"`
	Hold  HoldID    `json:"hold,omitzero"`
}

// Told is the balance that was told with an entry. It is part of the fact: a
// copy of the receipt says what the first one said.
type Told struct {
	Unit      Unit   `json:"unit"`
	Balance   Points `json:"balance"`
	AsOf      Millis `json:"as_of_ms"` // when headquarters last spoke of the account; 0 never
	Spendable Points `json:"spendable_here"`
	Pending   Points `json:"pending,omitempty"`
	// Owed is what a return took that was no longer there.
	Owed Points `json:"owed,omitempty"`
	// Vouchers are those she may use at this till from now on, soonest to end
	// first, a few at most.
	Vouchers []ToldVoucher `json:"vouchers,omitempty"`
}

// ToldVoucher is how many vouchers of a reward end together.
type ToldVoucher struct {
	Reward string `json:"reward"`
	EndsAt Millis `json:"ends_at_ms,omitempty"` // 0 never
	Count  int64  `json:"count"`
}

func (s *Sale) check() error {
	if s.ID == "" || len(s.ID) > 64 {
		return fmt.Errorf("sale_id %q: want 1 to 64 characters", s.ID)
	}
	if _, err := ParseCurrency(string(s.Currency)); err != nil {
		return err
	}
	for i, tender := range s.Tenders {
		if tender.Type == "" {
			return fmt.Errorf("tender %d has no tender_type", i)
		}
	}
	return s.Transaction.check()
}
