package loyalty

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// taking is what the rewards of one sale come to.
type taking struct {
	rewards  []ledger.Taken
	costs    []Cost
	discount ledger.Minor
}

// take adds up the rewards asked for in a basket that costs gross.
func (p *Program) take(redeem []Redemption, gross ledger.Minor) (taking, error) {
	var t taking
	for i, asked := range redeem {
		reward, ok := p.Reward(asked.Reward)
		if !ok {
			return taking{}, &InvalidBasket{fmt.Sprintf("redeem[%d].reward", i), fmt.Sprintf("the program has no reward %q", asked.Reward)}
		}
		if asked.Times < 1 {
			return taking{}, &InvalidBasket{fmt.Sprintf("redeem[%d].times", i), fmt.Sprintf("%d: a reward is taken once or more", asked.Times)}
		}
		if !reward.Repeat && (asked.Times > 1 || t.has(reward.ID)) {
			return taking{}, &RewardRefused{reward.ID, "once per sale"}
		}
		if room := gross - t.discount; asked.Times > int64(room/reward.Discount) {
			return taking{}, &RewardRefused{reward.ID, p.needs(t.discount, reward, asked.Times)}
		}
		if err := t.add(reward, asked.Times); err != nil {
			return taking{}, &RewardRefused{reward.ID, "costs more than can be counted"}
		}
	}
	return t, nil
}

func (t *taking) has(id string) bool {
	for _, taken := range t.rewards {
		if taken.Reward == id {
			return true
		}
	}
	return false
}

// add takes a reward whose discount fits into the basket.
func (t *taking) add(reward Reward, times int64) error {
	cost, err := ledger.MulDivFloor(times, int64(reward.Cost), 1)
	if err != nil {
		return err
	}
	if err := t.charge(reward.Unit, ledger.Points(cost)); err != nil {
		return err
	}
	discount := reward.Discount * ledger.Minor(times)
	t.discount += discount
	t.rewards = append(t.rewards, ledger.Taken{Reward: reward.ID, Times: times, Discount: discount})
	return nil
}

func (t *taking) charge(unit ledger.Unit, amount ledger.Points) (err error) {
	for i := range t.costs {
		if t.costs[i].Unit == unit {
			t.costs[i].Amount, err = t.costs[i].Amount.Add(amount)
			return err
		}
	}
	t.costs = append(t.costs, Cost{unit, amount})
	return nil
}

// needs says how large a basket must be for a reward beside the discounts it
// already has.
func (p *Program) needs(discount ledger.Minor, reward Reward, times int64) string {
	const tooMuch = "needs more than any basket"
	more, err := ledger.MulDivFloor(times, int64(reward.Discount), 1)
	if err != nil {
		return tooMuch
	}
	least, err := discount.Add(ledger.Minor(more))
	if err != nil {
		return tooMuch
	}
	return fmt.Sprintf("needs %s or more", p.currency.Format(least))
}

// Offer is a reward a member can have in this sale.
type Offer struct {
	Reward
	// Times is how often at most, from 1.
	Times int64
}

// Offers returns the rewards a member could take in a basket, beside those it
// asks for already, in the order of the file. spendable says what this
// terminal may still spend of a unit for her. A basket that Evaluate would
// refuse is offered nothing.
func (p *Program) Offers(b Basket, spendable func(ledger.Unit) ledger.Points) []Offer {
	gross, err := p.gross(b)
	if err != nil {
		return nil
	}
	taken, err := p.take(b.Redeem, gross)
	if err != nil {
		return nil
	}
	var offers []Offer
	for _, reward := range p.rewards {
		times := min(int64(spendable(reward.Unit)/reward.Cost), int64((gross-taken.discount)/reward.Discount))
		if !reward.Repeat {
			times = min(times, 1)
		}
		if times < 1 || !reward.Repeat && taken.has(reward.ID) {
			continue
		}
		offers = append(offers, Offer{reward, times})
	}
	return offers
}
