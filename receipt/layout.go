package receipt

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// minColumns is the narrowest paper that is laid out for.
const minColumns = 16

// Layout lays the receipt out for paper of so many columns, at least 16.
func (r Receipt) Layout(columns int) []Line { return r.LayoutIn(columns, clean) }

// LayoutIn does so with every text first spelled in the letters the paper has,
// so that the width of what is printed is what was counted.
func (r Receipt) LayoutIn(columns int, spell func(string) string) []Line {
	p := newPage(columns, spell)
	r.head(p)
	if r.Currency != "" { // a sale has one
		p.rule()
		r.goods(p)
		r.payment(p)
	}
	p.rule()
	r.member(p)
	r.bars(p)
	r.foot(p)
	return p.lines
}

// Text lays the receipt out as plain text, a line feed behind each line.
func (r Receipt) Text(columns int) string {
	return text(r.Layout(columns), columns)
}

func (r Receipt) head(p *page) {
	r.marks(p)
	p.center(r.Store, true)
	p.center(r.Terminal, false)
	number := ""
	if r.Number != "" {
		number = fmt.Sprintf(r.say().receipt, r.Number)
	}
	p.put(number, r.Language.Instant(r.At))
}

// marks say at both ends of the paper what it must not be taken for.
func (r Receipt) marks(p *page) {
	if r.Training {
		p.center(r.say().training, true)
	}
	if r.Copy {
		p.center(r.say().copy, true)
	}
}

func (r Receipt) goods(p *page) {
	var sum ledger.Minor
	for _, item := range r.Items {
		p.put(item.words(r.say()), r.money(item.Amount))
		sum += item.Amount // fits: the program added them up before
	}
	discounts := slices.DeleteFunc(slices.Clone(r.Rewards), func(t ledger.Taken) bool { return t.Benefit != "" || t.Bought })
	if len(discounts) == 0 {
		return
	}
	p.put(r.say().subtotal, r.money(sum))
	for _, reward := range discounts {
		text := fmt.Sprintf(r.say().reward, loyalty.NameWords(reward.Reward))
		if reward.Voucher {
			text = fmt.Sprintf(r.say().voucher, loyalty.NameWords(reward.Reward))
		}
		if reward.Times > 1 && ledger.Minor(reward.Times) != reward.Discount { // of one that takes off the least there is the amount says it
			text = fmt.Sprintf(r.say().times, reward.Times, text)
		}
		p.put(text, r.money(-reward.Discount))
	}
}

func (i Item) words(say *words) string {
	text := i.Text
	if text == "" {
		text = say.goods
	}
	if i.Quantity > 1 {
		return fmt.Sprintf(say.times, i.Quantity, text)
	}
	return text
}

func (r Receipt) payment(p *page) {
	p.total(fmt.Sprintf(r.say().total, r.Language.Currency(r.Currency)), r.money(r.Total))
	for _, tender := range r.Tenders {
		p.put(r.say().tender(tender.Type), r.money(tender.Amount))
	}
}

// tender makes words of a tender_type: "gift_card" is "Gift card".
func (w *words) tender(kind string) string {
	if text, known := w.tenders[kind]; known {
		return text
	}
	text := strings.ReplaceAll(kind, "_", " ")
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}

func (r Receipt) member(p *page) {
	if r.Member != "" {
		p.put(r.say().member, r.Member)
	}
	for _, a := range r.Earned {
		if a.Amount > 0 || !slices.ContainsFunc(r.Pending, func(b Amount) bool { return b.Unit == a.Unit }) {
			p.bold(r.say().earned, r.units(a))
		}
	}
	for _, a := range r.Pending {
		p.bold(r.say().earnedPending, r.units(a))
		if a.From != "" {
			p.put("", fmt.Sprintf(r.say().vests, r.Language.Date(a.From)))
		}
	}
	if r.Limited {
		p.put("", r.say().limited)
	}
	for _, a := range r.Unclaimed {
		p.put(r.say().unclaimed, r.units(a))
	}
	r.toConfirm(p)
	for _, a := range r.Redeemed {
		p.put(r.say().redeemed, r.units(a))
	}
	r.gains(p)
	if r.Told != nil {
		r.told(p)
	}
	r.claim(p)
}

// toConfirm tells what waits for her, and until when.
func (r Receipt) toConfirm(p *page) {
	for _, a := range r.ToConfirm {
		p.bold(r.say().toConfirm, r.units(a))
	}
	if r.ConfirmUntil != "" {
		p.put(fmt.Sprintf(r.say().confirmUntil, r.Language.Date(r.ConfirmUntil)), "")
	}
}

// claim is the code of a sale that nobody has yet: for a scanner, where the
// paper can show one, and in groups for whoever keys it.
func (r Receipt) claim(p *page) {
	if r.Claim == "" || r.Training {
		return
	}
	p.bold(r.say().claim, "")
	p.put(fmt.Sprintf(r.say().claimUntil, r.Language.Date(r.ClaimUntil)), "")
	p.lines = append(p.lines, Line{Code: r.Claim})
	p.groups(r.Claim)
}

// told is the balance that was told with the entry.
func (r Receipt) told(p *page) {
	told := func(points ledger.Points) string { return r.units(Amount{Unit: r.Told.Unit, Amount: points}) }
	if r.Told.AsOf == 0 {
		p.bold(r.say().balanceHere, told(r.Told.Balance))
	} else {
		p.bold(r.say().balance, told(r.Told.Balance))
		p.put(r.say().asOf, r.asOf())
	}
	p.put(r.say().spendable, told(r.Told.Spendable))
	if r.Told.Pending != 0 {
		p.put(r.say().pending, told(r.Told.Pending))
	}
	if r.Told.Owed != 0 {
		p.put(r.say().owed, told(r.Told.Owed))
	}
	for _, v := range r.Told.Vouchers {
		text := fmt.Sprintf(r.say().voucher, loyalty.NameWords(v.Reward))
		if v.Count > 1 {
			text = fmt.Sprintf(r.say().times, v.Count, text)
		}
		p.put(fmt.Sprintf(r.say().youHave, text), r.until(v.EndsAt))
	}
}

func (h Header) units(a Amount) string { return h.Amounts.In(h.Language).Words(a.Unit, a.Amount) }

// asOf says until when the balance holds what happened elsewhere, with the date
// where that is another. What happened here is in it up to this receipt.
func (r Receipt) asOf() string {
	at := r.Told.AsOf.Time().In(r.At.Location())
	if at.Format(time.DateOnly) == r.At.Format(time.DateOnly) {
		return r.Language.Clock(at)
	}
	return r.Language.Instant(at)
}

func (r Receipt) foot(p *page) {
	for _, note := range r.Notes {
		p.put(note, "")
	}
	p.put(fmt.Sprintf(r.say().entry, r.Entry), "")
	r.marks(p)
}

// bars are the receipt's number for a scanner, so that a return begins with a
// scan. Numbers of other tills, or of a POS, are no business of this one's.
func (r Receipt) bars(p *page) {
	if r.Training || !scannable.MatchString(r.Number) {
		return
	}
	p.lines = append(p.lines, Line{Bars: r.Number})
}

// scannable are the numbers that a till takes for a receipt's when they are
// scanned.
var scannable = regexp.MustCompile(`^[1-9][0-9]{7,8}$`)

func (r Receipt) money(amount ledger.Minor) string { return r.Language.Money(r.Currency, amount) }
