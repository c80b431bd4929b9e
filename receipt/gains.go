package receipt

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Voucher is one that is used later.
type Voucher struct {
	Reward string
	// LastDay is the last on which it holds, empty for ever. ToCome says that
	// headquarters sends it, if she gets it.
	LastDay ledger.Date
	ToCome  bool
}

// addGains notes what is given beside units. What nobody was told of is not.
func (r *Receipt) addGains(e *ledger.Entry) {
	if e.Told == nil {
		return
	}
	r.Statuses = e.Statuses
	r.Limited = slices.ContainsFunc(e.Uses, func(u ledger.LimitUse) bool { return u.Rule != "" })
	for _, p := range e.Postings {
		if reward, ok := p.Unit.Voucher(); ok && p.From == ledger.Issued {
			r.Vouchers = append(r.Vouchers, Voucher{Reward: reward, LastDay: r.lastDay(p.Lot)})
		}
	}
	for _, pledge := range e.Pledges {
		r.Vouchers = append(r.Vouchers, Voucher{Reward: pledge.Reward, ToCome: true})
	}
}

// lastDay is the last on which a lot is there.
func (h Header) lastDay(terms *ledger.LotTerms) ledger.Date {
	if terms == nil || terms.ExpiresAt == 0 {
		return ""
	}
	return ledger.Date(h.local(terms.ExpiresAt - 1).Format(time.DateOnly))
}

// vests is the day from which a pending lot can be spent.
func (h Header) vests(terms *ledger.LotTerms) ledger.Date {
	if terms == nil || terms.VestsAt == 0 {
		return ""
	}
	return ledger.Date(h.local(terms.VestsAt).Format(time.DateOnly))
}

// until says how long something holds that ends at an instant.
func (h Header) until(ends ledger.Millis) string {
	if ends == 0 {
		return ""
	}
	return fmt.Sprintf(h.say().until, h.Language.Date(h.lastDay(&ledger.LotTerms{ExpiresAt: ends})))
}

// gains tells them, and the rewards that took nothing off the sale.
func (r Receipt) gains(p *page) {
	for _, taken := range r.Rewards {
		if taken.Benefit != "" {
			r.benefit(p, taken)
		}
	}
	for _, v := range r.Vouchers {
		until := ""
		switch {
		case v.ToCome:
			until = r.say().toCome
		case v.LastDay != "":
			until = fmt.Sprintf(r.say().until, r.Language.Date(v.LastDay))
		}
		p.bold(fmt.Sprintf(r.say().voucher, loyalty.NameWords(v.Reward)), until)
	}
	for _, s := range r.Statuses {
		p.bold(fmt.Sprintf(r.say().status, loyalty.NameWords(s.Status)), r.say().span(s.Period))
	}
}

// benefit tells a reward that is no discount. The till hands out what is worth
// something.
func (r Receipt) benefit(p *page, taken ledger.Taken) {
	text := fmt.Sprintf(r.say().reward, loyalty.NameWords(taken.Reward))
	switch taken.Benefit {
	case "gift_card":
		text = r.say().giftCard
	case "donate":
		text = fmt.Sprintf(r.say().donation, loyalty.NameWords(taken.To))
	case "cash":
		text = r.say().cashOut
	}
	worth := ""
	if taken.Value != 0 {
		worth = r.money(taken.Value)
	}
	p.put(text, worth)
}

var spanForm = regexp.MustCompile(`^P(\d+)([YMWD])$`)

// span writes a period in words; one of several parts as it is written.
func (w *words) span(period string) string {
	found := spanForm.FindStringSubmatch(period)
	if found == nil {
		return period
	}
	unit := map[string]plural{"Y": w.years, "M": w.months, "W": w.weeks, "D": w.days}[found[2]]
	if found[1] == "1" {
		return "1 " + unit.one
	}
	return found[1] + " " + unit.several
}
