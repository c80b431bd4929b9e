package loyalty

import (
	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

func (r *reader) rewards(n *yaml.Node, p *Program) []Reward {
	var rewards []Reward
	seen := map[string]bool{}
	for _, item := range r.Items(n, "rewards") {
		values, ok := r.Fields(item, rewardKeys)
		id := ""
		if v := values["id"]; v != nil {
			id = r.id(v, "reward", seen)
		}
		reward := Reward{ID: id}
		if ok {
			r.reward(item, values, p, &reward)
		}
		rewards = append(rewards, reward) // known by id, whatever is wrong with it
	}
	return rewards
}

func (r *reader) reward(n *yaml.Node, values map[string]*yaml.Node, p *Program, reward *Reward) {
	if v := values["cost"]; v != nil {
		reward.Unit, reward.Cost = r.cost(v, p)
	}
	reward.Benefit = r.benefit(values["benefit"])
	for key, flag := range map[string]*bool{"repeat": &reward.Repeat, "auto": &reward.Auto, "grant_only": &reward.GrantOnly} {
		if v := values[key]; v != nil {
			*flag = r.Flag(v, key)
		}
	}
	if v := values["voucher"]; v != nil {
		reward.voucher = r.days(v, "voucher")
	}
	if v := values["limit"]; v != nil {
		reward.limits = r.limitNames(v, p)
		r.affordable(v, reward, p)
	}
	if v := values["when"]; v != nil {
		may := []string{"basket", "member", "now", "store"}
		if reward.issuedByItself() {
			may = []string{"member", "now", "store"} // there is no basket then
		}
		reward.when = r.condition(v, "when", may...)
	}
	r.rewardFits(n, reward)
}

// rewardFits looks at what belongs together.
func (r *reader) rewardFits(n *yaml.Node, reward *Reward) {
	switch {
	case reward.GrantOnly && reward.Cost > 0:
		r.Fail(n, "reward %q: what is only given has no cost", reward.ID)
	case reward.GrantOnly && !reward.IsVoucher():
		r.Fail(n, "reward %q: what is only given is a voucher: write how long it holds, as in voucher: P90D", reward.ID)
	case reward.Repeat && reward.IsVoucher():
		r.Fail(n, "reward %q: repeat is for what is used at once, not for vouchers", reward.ID)
	case reward.Repeat && (reward.Benefit.Kind == Percent || reward.Benefit.Kind == Item || reward.Benefit.Kind == Access):
		r.Fail(n, "reward %q: repeat goes with discount, gift_card, donate or cash", reward.ID)
	case reward.issuedByItself() && reward.inSale() && !reward.IsVoucher():
		r.Fail(n, "reward %q: what takes something off a sale cannot come by itself: write how long its voucher holds, as in voucher: P90D", reward.ID)
	}
}

// affordable demands that the reward's limits allow it once.
func (r *reader) affordable(n *yaml.Node, reward *Reward, p *Program) {
	for _, name := range reward.limits {
		switch l := p.limits[name]; {
		case l.amount > 0 && reward.Cost == 0:
			r.Fail(n, "limit %q is of an amount, and the reward has no cost: give the limit uses", name)
		case l.amount > 0 && reward.Cost > l.amount:
			r.Fail(n, "limit %q allows %d and the reward costs %d: it could never be had", name, l.amount, reward.Cost)
		}
	}
}

func (r *reader) cost(n *yaml.Node, p *Program) (ledger.Unit, ledger.Points) {
	pairs := r.Pairs(n, "cost")
	if len(pairs) != 1 {
		if n.Kind == yaml.MappingNode {
			r.Fail(n, "cost: one unit, as in {points: 500}")
		}
		return "", 1
	}
	u := r.unit(pairs[0].Key, p)
	cost := ledger.Points(r.Whole(pairs[0].Value, "cost", 1))
	if u == nil {
		return "", 1
	}
	if !u.spendable {
		r.Fail(pairs[0].Key, "unit %q is not spendable: nothing costs it", u.name)
	}
	return u.name, cost
}

func (r *reader) benefit(n *yaml.Node) (b Benefit) {
	values, ok := r.Fields(n, benefitKeys)
	if !ok {
		return Benefit{Kind: Discount, Value: 1}
	}
	kinds := 0
	for _, kind := range []BenefitKind{Discount, Percent, Item, GiftCard, Donation, Cash, Access} {
		v := values[string(kind)]
		if v == nil {
			continue
		}
		kinds++
		b.Kind = kind
		switch kind {
		case Percent:
			if b.Percent = r.rate(v, "percent"); b.Percent.Num > b.Percent.Den || b.Percent.Num == 0 {
				r.Fail(v, "percent %s: above nothing and at most 1/1", b.Percent)
			}
		case Item:
			b.Item, _ = r.Text(v, "item")
		case Access:
			b.Access = r.Name(v, "access")
		default:
			b.Value = ledger.Minor(r.Whole(v, string(kind), 1))
		}
	}
	if kinds != 1 {
		r.Fail(n, "benefit: one of discount, percent, item, gift_card, donate, cash and access")
	}
	r.benefitDetails(n, values, &b)
	return b
}

func (r *reader) benefitDetails(n *yaml.Node, values map[string]*yaml.Node, b *Benefit) {
	if v := values["max"]; v != nil {
		b.Max = ledger.Minor(r.Whole(v, "max", 1))
		if b.Kind != Percent && b.Kind != Item {
			r.Fail(v, "max goes with percent or item")
		}
	}
	if v := values["to"]; v != nil {
		b.To = r.Name(v, "to")
		if b.Kind != Donation {
			r.Fail(v, "to goes with donate")
		}
	} else if b.Kind == Donation {
		r.Fail(n, "donate to whom? Write to: NAME beside it")
	}
}

// issuedByItself reports whether headquarters issues the reward as soon as it
// can be paid for. A perk without cost is taken like any other.
func (r *Reward) issuedByItself() bool { return r.Auto && r.Cost > 0 }

// inSale reports whether the benefit is had in a sale.
func (r *Reward) inSale() bool {
	switch r.Benefit.Kind {
	case Discount, Percent, Item, Access:
		return true
	}
	return false
}
