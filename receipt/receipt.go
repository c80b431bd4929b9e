// Package receipt knows what a receipt says: as data, and laid out in lines
// for paper of any width. It is a pure function of the entry, so that a copy
// says what the first one said. Bytes for a printer are package escpos'.
package receipt

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Header is what a receipt says beside its entry.
type Header struct {
	Store    string // name for people
	Terminal string // name for people
	Member   string // masked
	// Counters are units that only count, for levels: no paper tells them.
	Counters []ledger.Unit
	// Language is what the paper speaks.
	Language loyalty.Language
	// Amounts writes amounts of the program's units, in that language.
	Amounts loyalty.Amounts
	// Zone is the store's, for the times on the paper; nil is UTC.
	Zone *time.Location
	// Claim is the code by which nobody's sale can be claimed, and ClaimUntil the
	// last day on which it can; both are empty where it cannot.
	Claim      string
	ClaimUntil ledger.Date
	// ConfirmUntil is the last day on which a sale can be confirmed that was made for
	// somebody who did not show who she is; empty where it is no such sale.
	ConfirmUntil ledger.Date
	Notes        []string // sentences at the end, such as "Offline"
	Copy         bool     // this is not the first paper of its sale
	Training     bool     // nothing of this is real
}

// Receipt is a receipt as data.
type Receipt struct {
	Header
	Number   string // what a person reads to find the sale; empty without one
	At       time.Time
	Currency ledger.Currency
	Items    []Item
	Rewards  []ledger.Taken
	Total    ledger.Minor
	Tenders  []ledger.Tender
	Earned   []Amount // one per unit
	// Pending is what the sale earned that is not there yet.
	Pending []Amount
	// Limited says that some of it counts within limits, which other tills draw
	// on too.
	Limited  bool
	Redeemed []Amount // one per unit
	Vouchers []Voucher
	Statuses []ledger.StatusGrant
	// Unclaimed is what the sale earned for a number nobody here knows: hers if
	// headquarters does.
	Unclaimed []Amount
	// ToConfirm is what the sale earned that is hers once she confirms it.
	ToConfirm []Amount
	// Told is the balance told with the sale; nil where nobody was told one.
	Told *ledger.Told
	// Entry finds the entry in a journal: the last twelve digits of its id.
	Entry string
}

// Item is an article as it is charged, before loyalty's discounts.
type Item struct {
	Text     string // empty where the till knows no word for it
	Quantity int64
	Amount   ledger.Minor // with tax
}

// Amount is so much of a unit.
type Amount struct {
	Unit   ledger.Unit
	Amount ledger.Points
	From   ledger.Date // the day from which it can be spent; empty where it can be now, or nobody knows
}

// From returns the receipt of an entry, a sale's as a rule.
func From(e *ledger.Entry, h Header) Receipt {
	r := Receipt{Header: h, At: h.local(e.At), Told: e.Told, Entry: lastDigits(e)}
	r.addPostings(e)
	r.addGains(e)
	if sale := e.Sale; sale != nil {
		r.Number, r.Currency, r.Total = sale.Receipt, sale.Currency, sale.Total
		r.Rewards, r.Tenders = sale.Rewards, sale.Tenders
		for _, line := range sale.Lines {
			r.Items = append(r.Items, itemOf(line))
		}
	}
	return r
}

// local is an instant in the store's zone.
func (h Header) local(at ledger.Millis) time.Time {
	if h.Zone == nil {
		return at.Time().In(time.UTC)
	}
	return at.Time().In(h.Zone)
}

// lastDigits is how paper names an entry.
func lastDigits(e *ledger.Entry) string {
	id := e.ID.String()
	return id[len(id)-12:]
}

func itemOf(line ledger.Line) Item {
	text := line.SKU
	if text == "" && len(line.Categories) > 0 {
		text = line.Categories[0]
	}
	return Item{Text: text, Quantity: line.Quantity, Amount: line.Gross}
}

// addPostings sums what was earned and redeemed. The unit of the told balance
// is named even where it earned nothing; what nobody was told of is not called
// earned, and vouchers and uses of limits are no amounts.
func (r *Receipt) addPostings(e *ledger.Entry) {
	if e.Told != nil {
		r.Earned = []Amount{{Unit: e.Told.Unit}}
	}
	_, suspected := e.Subject.Suspect()
	for _, p := range e.Postings {
		_, voucher := p.Unit.Voucher()
		_, use := p.Unit.Use()
		switch {
		case voucher, use, slices.Contains(r.Counters, p.Unit):
		case p.From == ledger.Issued && e.Told != nil && p.To == ledger.Pending:
			r.Pending = add(r.Pending, p)
			r.Pending[len(r.Pending)-1].From = r.vests(p.Lot) // those of a unit stand together
		case p.From == ledger.Issued && e.Told != nil:
			r.Earned = add(r.Earned, p)
		case p.From == ledger.Issued && suspected:
			r.Unclaimed = add(r.Unclaimed, p)
		case p.From == ledger.Issued && r.ConfirmUntil != "":
			r.ToConfirm = add(r.ToConfirm, p)
		case p.To == ledger.Redeemed:
			r.Redeemed = add(r.Redeemed, p)
		}
	}
}

func add(sums []Amount, p ledger.Posting) []Amount {
	for i := range sums {
		if sums[i].Unit == p.Unit {
			sums[i].Amount += p.Amount
			return sums
		}
	}
	return append(sums, Amount{Unit: p.Unit, Amount: p.Amount})
}
