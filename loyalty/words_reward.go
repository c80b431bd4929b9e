package loyalty

import (
	"math/big"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// rewardWords is a reward as one sentence: what it is, what it costs, for whom
// and when, how often, and how long its voucher is good.
func (p *Program) rewardWords(reward Reward) string {
	return joined(", ",
		joined(" ", p.benefitWords(reward.Benefit), p.costWords(reward)),
		presentWords(reward),
		p.conditionWords(reward.when),
		p.limitsWords(reward.limits, p.unitOf(reward.Unit)),
		repeatWords(reward),
		voucherWords(reward),
	)
}

func (p *Program) costWords(reward Reward) string {
	if reward.Cost == 0 {
		return ""
	}
	return "for " + p.amountOf(reward.Unit, reward.Cost)
}

// presentWords say why there is no cost, where that is so.
func presentWords(reward Reward) string {
	switch {
	case reward.GrantOnly:
		return "only as a present"
	case reward.Cost == 0 && reward.Benefit.Kind != Item: // an item is said to be free
		return "at no cost"
	}
	return ""
}

func repeatWords(reward Reward) string {
	if reward.Repeat {
		return "as many times as the purchase needs"
	}
	return ""
}

func voucherWords(reward Reward) string {
	switch {
	case reward.IsVoucher() && reward.issuedByItself():
		return "as a voucher that comes by itself and is good for " + reward.voucher.words()
	case reward.IsVoucher():
		return "as a voucher that is good for " + reward.voucher.words()
	case reward.issuedByItself():
		return "comes by itself"
	}
	return ""
}

// benefitWords says what a reward gives.
func (p *Program) benefitWords(b Benefit) string {
	switch b.Kind {
	case Percent:
		return exactPercent(b.Percent) + " off" + p.upTo(b.Max)
	case Item:
		return "one item of category " + b.Item + " free" + p.upTo(b.Max)
	case GiftCard:
		return "a gift card of " + p.money(b.Value)
	case Donation:
		return p.money(b.Value) + " given to " + b.To
	case Cash:
		return p.money(b.Value) + " paid out"
	case Access:
		return "access to " + b.Access
	}
	return p.money(b.Value) + " off"
}

func (p *Program) upTo(most ledger.Minor) string {
	if most == 0 {
		return ""
	}
	return " (up to " + p.money(most) + ")"
}

// worth is what one unit brings in minor units when it is spent on a reward;
// nil where that cannot be said. upTo says that a basket may make it less.
func (r Reward) worth() (each *big.Rat, upTo bool) {
	if r.Cost == 0 {
		return nil, false
	}
	value := r.Benefit.Value
	switch r.Benefit.Kind {
	case Percent, Item:
		value, upTo = r.Benefit.Max, true
	case Access:
		return nil, false
	}
	if value == 0 {
		return nil, false
	}
	return big.NewRat(int64(value), int64(r.Cost)), upTo
}

// bestWorth is the most that one unit brings, and the reward that brings it;
// nil where none does that can be told in money.
func (p *Program) bestWorth(u *unit) (best *big.Rat, reward string) {
	if u.money && u.spendable {
		best = rat(1)
	}
	for _, r := range p.rewards {
		if r.Unit != u.name {
			continue
		}
		if each, _ := r.worth(); each != nil && (best == nil || each.Cmp(best) > 0 || reward == "" && each.Cmp(best) == 0) {
			best, reward = each, r.ID
		}
	}
	return best, reward
}

// buys reports whether a reward costs the unit.
func (p *Program) buys(u *unit) bool {
	return slices.ContainsFunc(p.rewards, func(r Reward) bool { return r.Cost > 0 && r.Unit == u.name })
}

// worthWords says what one unit is worth: "0.02 USD a point". What is money and
// worth as much as it says needs no words.
func (p *Program) worthWords(u *unit, each *big.Rat, upTo bool) string {
	if each == nil {
		return ""
	}
	words := p.exactMoney(each) + " a " + u.one()
	if p.isMoney(u) {
		if each.Cmp(rat(1)) == 0 {
			return ""
		}
		words = p.exactMoney(new(big.Rat).Mul(each, rat(p.whole()))) + " for " + p.exactMoney(rat(p.whole())) + " of " + string(u.name)
	}
	if upTo {
		return "up to " + words
	}
	return words
}
