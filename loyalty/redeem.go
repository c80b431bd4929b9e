package loyalty

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// redeem takes a reward that a basket asks for. A held voucher of it is used
// first; else it is bought, with its conditions and limits.
func (e *evaluation) redeem(i int, asked Redemption) error {
	reward, held, ok := e.next(asked.Reward)
	if !ok {
		return &InvalidBasket{fmt.Sprintf("redeem[%d].reward", i), fmt.Sprintf("the program has no reward %q", asked.Reward)}
	}
	if asked.Times < 1 {
		return &InvalidBasket{fmt.Sprintf("redeem[%d].times", i), fmt.Sprintf("%d: a reward is taken once or more", asked.Times)}
	}
	taken, refused, err := e.take(reward, held, asked.Times)
	if err != nil {
		return err
	}
	if refused != "" {
		return &RewardRefused{reward.ID, refused}
	}
	e.out.Rewards = append(e.out.Rewards, taken)
	return nil
}

// next returns a reward as it can be had next, with the voucher that is used for
// it, if she holds one.
func (e *evaluation) next(id string) (r Reward, held Held, ok bool) {
	var used int64
	for _, taken := range e.out.Rewards {
		if taken.Voucher && taken.Reward == id {
			used++
		}
	}
	return e.ready(e.Member.vouchers(), id, used)
}

// take takes a reward, or says in words why it cannot be had.
func (e *evaluation) take(r Reward, held Held, times int64) (taken ledger.Taken, refused string, err error) {
	taken = ledger.Taken{Reward: r.ID, Times: times}
	if taken.Voucher = held.Count > 0; taken.Voucher {
		if refused = held.refused(times); refused != "" {
			return taken, refused, nil
		}
		taken.Terms = held.terms()
	}
	if !r.Repeat && (times > 1 || e.hasTaken(r.ID)) {
		return taken, oncePerSale, nil
	}
	if !taken.Voucher {
		if r.issuedByItself() {
			return taken, comesByItself, nil
		}
		if refused, err = e.mayBuy(r, times); refused != "" || err != nil {
			return taken, refused, err
		}
		taken.Bought = r.IsVoucher()
	}
	if !taken.Bought {
		if refused = e.apply(r, times, &taken); refused != "" {
			return taken, refused, nil
		}
	}
	return taken, e.pay(r, &taken), nil
}

func (e *evaluation) hasTaken(id string) bool {
	return slices.ContainsFunc(e.out.Rewards, func(t ledger.Taken) bool { return t.Reward == id })
}

// mayBuy says why a reward cannot be bought: only given, or not to her, now, in
// this basket, or so often.
func (e *evaluation) mayBuy(r Reward, times int64) (refused string, err error) {
	if r.GrantOnly {
		return givenOnly, nil
	}
	ok, err := e.holds(r.when)
	switch {
	case err != nil:
		return "", err
	case e.asksUnknown(r.when):
		return notKnown, nil
	case !ok:
		return e.only(r.when.Missing(&e.facts)), nil
	}
	return e.within(r, times), nil
}

// within says why the reward's limits do not allow it so often.
func (e *evaluation) within(r Reward, times int64) (refused string) {
	uses, amount, full := e.member.room(r.limits)
	if full != "" {
		return "limit " + full + " is used up"
	}
	if times > uses {
		return fmt.Sprintf("only %d more within its limit", uses)
	}
	cost, err := ledger.MulDivFloor(times, int64(r.Cost), 1)
	if err != nil {
		return costsTooMuch
	}
	if ledger.Points(cost) > amount {
		return fmt.Sprintf("only %s more within its limit", e.Amounts().Number(r.Unit, amount))
	}
	return ""
}

// MayHold says how a reward is paid for that is set aside before its sale is
// known: by a voucher she holds, as Ready found it, by what it costs, or by a use
// of its limit. Where it cannot be it is a *RewardRefused. What a condition asks of
// the basket is asked when there is one.
func (p *Program) MayHold(o Occasion, r Reward, held Held, times int64) (taken ledger.Taken, err error) {
	e := p.begin(&o)
	e.facts = o.facts(p)
	taken = ledger.Taken{Reward: r.ID, Times: times, Voucher: held.Count > 0}
	refused := ""
	switch {
	case taken.Voucher:
		taken.Terms, refused = held.terms(), held.refused(times)
	case times > 1 && !r.Repeat:
		refused = oncePerSale
	case r.GrantOnly:
		refused = givenOnly
	case r.Cost == 0 && len(p.Uses(taken)) == 0:
		refused = "costs nothing, so there is nothing to set aside: take it when the sale is complete"
	case r.issuedByItself():
		refused = comesByItself
	case r.when != nil && r.when.Reads("basket"):
		refused = e.within(r, times)
	default:
		refused, err = e.mayBuy(r, times)
	}
	if refused != "" {
		err = &RewardRefused{r.ID, refused}
	}
	return taken, err
}

// pay charges the reward, and draws on its limits.
func (e *evaluation) pay(r Reward, taken *ledger.Taken) (refused string) {
	if taken.Voucher {
		return e.charge(ledger.VoucherUnit(r.ID), 1)
	}
	cost := ledger.Points(taken.Times) * r.Cost // mayBuy counted it
	e.member.draw(r.limits, ledger.LimitUse{Uses: taken.Times, Amount: cost, Reward: r.ID})
	if taken.Bought {
		e.out.Earned = append(e.out.Earned, e.voucher(r, ledger.Posting{Reward: r.ID}))
	}
	if cost == 0 {
		return ""
	}
	return e.charge(r.Unit, cost)
}

// The reasons that are said in more than one place.
const (
	costsTooMuch  = "costs more than can be counted"
	comesByItself = "comes by itself when it can be paid for"
	takesNothing  = "takes nothing off this basket"
	givenOnly     = "is given, not bought: she holds none"
	oncePerSale   = "once per sale"
)

func (e *evaluation) charge(unit ledger.Unit, amount ledger.Points) (refused string) {
	for i, have := range e.out.Costs {
		if have.Unit == unit {
			sum, err := have.Amount.Add(amount)
			if err != nil {
				return costsTooMuch
			}
			e.out.Costs[i].Amount = sum
			return ""
		}
	}
	e.out.Costs = append(e.out.Costs, Cost{unit, amount})
	return ""
}

// voucher completes a posting that issues one voucher of a reward now.
func (e *evaluation) voucher(r Reward, p ledger.Posting) ledger.Posting {
	return e.voucherOn(r, e.out.Day, e.zone(), p)
}

// voucherOn completes a posting that issues one voucher on a day.
func (p *Program) voucherOn(r Reward, day ledger.Date, zone *time.Location, posting ledger.Posting) ledger.Posting {
	posting.Unit, posting.Amount, posting.From, posting.To = ledger.VoucherUnit(r.ID), 1, ledger.Issued, ledger.Available
	posting.Lot = &ledger.LotTerms{ExpiresAt: midnight(r.voucher.from(day), zone), Promise: p.promise(r)}
	return posting
}

// Offer is a reward a member can have in this sale.
type Offer struct {
	Reward
	// Times is how often at most, from 1.
	Times int64
	// Held is the voucher of it that she has; of Count 0 where she has none.
	Held Held
	// Here says that this terminal can give it without asking. Of a reward under a
	// limit that others share headquarters is asked otherwise.
	Here bool
}

// Offers returns the rewards a member could take in a basket, beside those it
// asks for already, in the order of the file, and then what only a voucher of an
// earlier version gives; and of all others why she cannot.
// spendable says what this terminal may still spend of a unit for her. A basket
// that Evaluate would refuse is offered nothing.
func (p *Program) Offers(o Occasion, spendable func(ledger.Unit) ledger.Points) (offers []Offer, not []RewardRefused) {
	e := p.begin(&o)
	if o.Basket == nil || e.sell() != nil {
		return nil, nil
	}
	for _, id := range p.Offered(o.Member.vouchers()) {
		offer, refused := e.offer(id, spendable)
		if refused != "" {
			not = append(not, RewardRefused{id, refused})
			continue
		}
		offers = append(offers, offer)
	}
	return offers, not
}

// offer says how often a reward could be taken beside what is taken already.
func (e *evaluation) offer(id string, spendable func(ledger.Unit) ledger.Points) (offer Offer, refused string) {
	r, held, _ := e.next(id)
	offer = Offer{Reward: r, Times: 1, Held: held, Here: true}
	if !r.Repeat && e.hasTaken(r.ID) {
		return offer, oncePerSale
	}
	if held.Count > 0 {
		if refused = held.refused(1); refused != "" {
			return offer, refused
		}
		_, refused = e.benefit(r, 1)
		return offer, refused
	}
	if r.issuedByItself() {
		return offer, comesByItself
	}
	if refused, err := e.mayBuy(r, 1); refused != "" || err != nil {
		return offer, refused
	}
	if r.Cost > 0 {
		offer.Times = int64(spendable(r.Unit) / r.Cost)
	}
	if offer.Times < 1 {
		return offer, "costs " + e.amountOf(r.Unit, r.Cost)
	}
	if !r.Repeat {
		offer.Times = 1
	}
	if r.Repeat {
		uses, amount, _ := e.member.room(r.limits)
		offer.Times = min(offer.Times, uses, e.most(r), int64(amount/max(1, r.Cost)))
		if offer.Times < 1 {
			return offer, e.tooSmall(r.Benefit.Value)
		}
	}
	e.reachHere(&offer, spendable)
	if r.IsVoucher() {
		return offer, ""
	}
	_, refused = e.benefit(r, 1)
	return offer, refused
}

// reachHere says whether this terminal has uses of the reward's limits, and then
// offers it no more often than they last.
func (e *evaluation) reachHere(offer *Offer, spendable func(ledger.Unit) ledger.Points) {
	for _, n := range e.Uses(ledger.Taken{Reward: offer.ID, Times: 1}) {
		times := int64(spendable(n.Unit) / n.Amount)
		if offer.Here = times > 0; !offer.Here {
			return
		}
		offer.Times = min(offer.Times, times)
	}
}

// most is how often a discount fits into what is left of the basket, or as often
// as what it gives can be counted.
func (e *evaluation) most(r Reward) int64 {
	if r.Benefit.Kind != Discount {
		return math.MaxInt64 / int64(max(1, r.Benefit.Value))
	}
	return int64(e.out.Total / r.Benefit.Value)
}

// tooSmall says how large a basket must be for a discount beside those it
// already has.
func (e *evaluation) tooSmall(discount ledger.Minor) string {
	var gross ledger.Minor
	for _, line := range e.out.Lines {
		gross += line.Gross
	}
	least, err := (gross - e.out.Total).Add(discount)
	if err != nil {
		return needsTooMuch
	}
	return fmt.Sprintf("needs %s or more", e.currency.Format(least))
}

const needsTooMuch = "needs more than any basket"
