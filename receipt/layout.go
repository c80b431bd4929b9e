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
		number = fmt.Sprintf(wordReceipt, r.Number)
	}
	p.put(number, r.At.Format(layoutTime))
}

// marks say at both ends of the paper what it must not be taken for.
func (r Receipt) marks(p *page) {
	if r.Training {
		p.center(wordTraining, true)
	}
	if r.Copy {
		p.center(wordCopy, true)
	}
}

func (r Receipt) goods(p *page) {
	var sum ledger.Minor
	for _, item := range r.Items {
		p.put(item.words(), r.money(item.Amount))
		sum += item.Amount // fits: the program added them up before
	}
	discounts := slices.DeleteFunc(slices.Clone(r.Rewards), func(t ledger.Taken) bool { return t.Benefit != "" || t.Bought })
	if len(discounts) == 0 {
		return
	}
	p.put(wordSubtotal, r.money(sum))
	for _, reward := range discounts {
		text := fmt.Sprintf(wordReward, loyalty.NameWords(reward.Reward))
		if reward.Voucher {
			text = fmt.Sprintf(wordVoucher, loyalty.NameWords(reward.Reward))
		}
		if reward.Times > 1 && ledger.Minor(reward.Times) != reward.Discount { // of one that takes off the least there is the amount says it
			text = fmt.Sprintf(wordTimes, reward.Times, text)
		}
		p.put(text, r.money(-reward.Discount))
	}
}

func (i Item) words() string {
	text := i.Text
	if text == "" {
		text = wordGoods
	}
	if i.Quantity > 1 {
		return fmt.Sprintf(wordTimes, i.Quantity, text)
	}
	return text
}

func (r Receipt) payment(p *page) {
	p.total(fmt.Sprintf(wordTotal, r.Currency), r.money(r.Total))
	for _, tender := range r.Tenders {
		p.put(tenderWords(tender.Type), r.money(tender.Amount))
	}
}

// tenderWords makes words of a tender_type: "gift_card" is "Gift card".
func tenderWords(kind string) string {
	text := strings.ReplaceAll(kind, "_", " ")
	if text == "" || text[0] < 'a' || text[0] > 'z' {
		return text
	}
	return string(text[0]-'a'+'A') + text[1:]
}

func (r Receipt) member(p *page) {
	if r.Member != "" {
		p.put(wordMember, r.Member)
	}
	for _, a := range r.Earned {
		if a.Amount > 0 || !slices.ContainsFunc(r.Pending, func(b Amount) bool { return b.Unit == a.Unit }) {
			p.bold(wordEarned, r.units(a))
		}
	}
	for _, a := range r.Pending {
		p.bold(wordEarnedPending, r.units(a))
		if a.From != "" {
			p.put("", fmt.Sprintf(wordVests, a.From))
		}
	}
	if r.Limited {
		p.put("", wordLimited)
	}
	for _, a := range r.Unclaimed {
		p.put(wordUnclaimed, r.units(a))
	}
	r.toConfirm(p)
	for _, a := range r.Redeemed {
		p.put(wordRedeemed, r.units(a))
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
		p.bold(wordToConfirm, r.units(a))
	}
	if r.ConfirmUntil != "" {
		p.put(fmt.Sprintf(wordConfirmUntil, r.ConfirmUntil), "")
	}
}

// claim is the code of a sale that nobody has yet: for a scanner, where the
// paper can show one, and in groups for whoever keys it.
func (r Receipt) claim(p *page) {
	if r.Claim == "" || r.Training {
		return
	}
	p.bold(wordClaim, "")
	p.put(fmt.Sprintf(wordClaimUntil, r.ClaimUntil), "")
	p.lines = append(p.lines, Line{Code: r.Claim})
	p.groups(r.Claim)
}

// told is the balance that was told with the entry.
func (r Receipt) told(p *page) {
	told := func(points ledger.Points) string { return r.Amounts.Words(r.Told.Unit, points) }
	if r.Told.AsOf == 0 {
		p.bold(wordBalanceHere, told(r.Told.Balance))
	} else {
		p.bold(wordBalance, told(r.Told.Balance))
		p.put(wordAsOf, r.asOf())
	}
	p.put(wordSpendable, told(r.Told.Spendable))
	if r.Told.Pending != 0 {
		p.put(wordPending, told(r.Told.Pending))
	}
	if r.Told.Owed != 0 {
		p.put(wordOwed, told(r.Told.Owed))
	}
	for _, v := range r.Told.Vouchers {
		text := fmt.Sprintf(wordVoucher, loyalty.NameWords(v.Reward))
		if v.Count > 1 {
			text = fmt.Sprintf(wordTimes, v.Count, text)
		}
		p.put(fmt.Sprintf(wordYouHave, text), r.until(v.EndsAt))
	}
}

func (h Header) units(a Amount) string { return h.Amounts.Words(a.Unit, a.Amount) }

// asOf says until when the balance holds what happened elsewhere, with the date
// where that is another. What happened here is in it up to this receipt.
func (r Receipt) asOf() string {
	at := r.Told.AsOf.Time().In(r.At.Location())
	if at.Format(time.DateOnly) == r.At.Format(time.DateOnly) {
		return at.Format(layoutClock)
	}
	return at.Format(layoutTime)
}

func (r Receipt) foot(p *page) {
	for _, note := range r.Notes {
		p.put(note, "")
	}
	p.put(fmt.Sprintf(wordEntry, r.Entry), "")
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

func (r Receipt) money(amount ledger.Minor) string { return r.Currency.Format(amount) }
