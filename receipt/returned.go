package receipt

import (
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Return is a paper of what came back of a sale: a return, or a void. Amounts
// are what the customer gets.
type Return struct {
	Header
	Void     bool
	Number   string      // of this paper
	Of       string      // the sale's receipt number, or its id where the number is not known
	OfDay    ledger.Date // the sale's business day, where it is another than this paper's
	At       time.Time
	Currency ledger.Currency
	Items    []Item
	// Discount is what of Items was not paid with money: it comes back as
	// GivenBack.
	Discount  ledger.Minor
	Total     ledger.Minor
	TakenBack []Amount // what the sale had earned, one per unit
	GivenBack []Amount // what its rewards had cost, one per unit
	// VouchersGone had come with the sale, VouchersBack were used in it.
	VouchersGone, VouchersBack []string
	Told                       *ledger.Told
	Elsewhere                  bool // another till made the sale: points are put right later
	Unpriced                   bool // all of such a sale: Total is not known here
	Entry                      string
}

// FromReturn returns the paper of a return or void. The sale names the
// articles; nil where another till made it.
func FromReturn(e *ledger.Entry, sale *ledger.Entry, h Header) Return {
	back := e.Return
	r := Return{
		Header: h, Void: e.Kind == ledger.Voided, Number: back.Receipt, Of: back.Of.ID, At: h.local(e.At),
		Currency: back.Currency, Total: back.Total, Told: e.Told, Elsewhere: back.Of.Entry.IsZero(), Unpriced: back.Unpriced(),
		Entry: lastDigits(e),
	}
	if sale != nil && sale.Sale != nil && sale.Sale.Receipt != "" {
		r.Of = sale.Sale.Receipt
	}
	if back.Of.Day != e.Day {
		r.OfDay = back.Of.Day
	}
	for _, line := range back.Lines {
		item := Item{Quantity: line.Quantity, Amount: line.Gross}
		if sale != nil && sale.Sale != nil && line.Line < len(sale.Sale.Lines) {
			item.Text = itemOf(sale.Sale.Lines[line.Line]).Text
		}
		r.Items = append(r.Items, item)
		r.Discount += line.Discount
	}
	if sale != nil && !Credited(sale) {
		return r
	}
	for _, p := range e.Postings {
		reward, voucher := p.Unit.Voucher()
		switch {
		case voucher && p.To == ledger.Issued:
			r.VouchersGone = append(r.VouchersGone, reward)
		case voucher && p.From == ledger.Redeemed:
			r.VouchersBack = append(r.VouchersBack, reward)
		case slices.Contains(r.Counters, p.Unit):
		case p.To == ledger.Issued:
			r.TakenBack = add(r.TakenBack, p)
		case p.From == ledger.Redeemed:
			r.GivenBack = add(r.GivenBack, p)
		}
	}
	return r
}

// Credited reports whether a sale gave what it earned to a member when it was made.
// One that stood by itself gave nobody anything: whoever brings it back is told of
// nothing that is taken back.
func Credited(sale *ledger.Entry) bool {
	_, ok := sale.Subject.Account()
	return ok
}

// Layout lays it out for paper of so many columns, at least 16.
func (r Return) Layout(columns int) []Line { return r.LayoutIn(columns, clean) }

// LayoutIn does so as Receipt.LayoutIn does.
func (r Return) LayoutIn(columns int, spell func(string) string) []Line {
	p := newPage(columns, spell)
	head := Receipt{Header: r.Header, Number: r.Number, At: r.At, Entry: r.Entry}
	head.head(p)
	p.rule()
	r.title(p)
	for _, item := range r.Items {
		p.put(item.words(r.say()), r.money(item.Amount))
	}
	if r.Discount != 0 {
		p.put(r.say().rewardBack, r.money(-r.Discount))
	}
	if r.Unpriced {
		p.bold(r.say().allBack, "")
	} else {
		p.total(fmt.Sprintf(r.say().refund, r.Language.Currency(r.Currency)), r.money(r.Total))
	}
	p.rule()
	r.member(p)
	head.foot(p)
	return p.lines
}

// Text lays it out as plain text, a line feed behind each line.
func (r Return) Text(columns int) string { return text(r.Layout(columns), columns) }

func (r Return) money(amount ledger.Minor) string { return r.Language.Money(r.Currency, amount) }

func (r Return) title(p *page) {
	title := r.say().returned
	if r.Void {
		title = r.say().voided
	}
	p.center(title, true)
	p.put(fmt.Sprintf(r.say().of, r.Of), r.Language.Date(r.OfDay))
}

func (r Return) member(p *page) {
	if r.Member != "" {
		p.put(r.say().member, r.Member)
	}
	for _, a := range r.TakenBack {
		p.bold(r.say().takenBack, r.units(a))
	}
	for _, a := range r.GivenBack {
		p.bold(r.say().givenBack, r.units(a))
	}
	for _, reward := range r.VouchersGone {
		p.bold(r.say().voucherGone, loyalty.NameWords(reward))
	}
	for _, reward := range r.VouchersBack {
		p.bold(r.say().voucherBack, loyalty.NameWords(reward))
	}
	if r.Elsewhere {
		p.put(r.say().elsewhere, "")
	}
	if r.Told != nil {
		Receipt{Header: r.Header, At: r.At, Told: r.Told}.told(p)
	}
}
