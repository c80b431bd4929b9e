package loyalty

import (
	"math"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Issue gives what comes by itself once it can be paid for: of each such reward,
// in the order of the file, as many as the account can pay for within its limits
// and if its condition holds. Whoever posted what earned something calls it
// afterwards, as Pass does after vesting. A return issues nothing, even where it
// gives units back: else splitting it would change what the account has.
func (a *Account) Issue(p *Program, m Moment, who Profile) (effects []Effect, err error) {
	err = a.try(func(a *Account) error {
		effects, err = a.issue(p, m, who)
		return err
	})
	if err != nil {
		return nil, err
	}
	return effects, nil
}

func (a *Account) issue(p *Program, m Moment, who Profile) (effects []Effect, err error) {
	for i := range p.rewards {
		r := &p.rewards[i]
		if !r.issuedByItself() || a.Purse(r.Unit).Available < r.Cost {
			continue
		}
		standing := a.Standing(p, m, who)
		e := p.begin(&Occasion{At: m.At, Zone: m.Zone, Store: m.Store, Member: &standing})
		e.facts = e.Occasion.facts(p)
		times := e.affords(r, a.Purse(r.Unit).Available)
		if times == 0 {
			continue
		}
		effect, err := a.give(e, r, times, m)
		if err != nil {
			return nil, err
		}
		effects = append(effects, effect)
	}
	return effects, nil
}

// affords is how often a reward that comes by itself does so now.
func (e *evaluation) affords(r *Reward, available ledger.Points) int64 {
	if refused, err := e.mayBuy(*r, 1); refused != "" || err != nil {
		return 0 // a condition that cannot be decided does not hold
	}
	uses, amount, _ := e.member.room(r.limits)
	times := min(int64(available/r.Cost), uses, int64(amount/r.Cost))
	if r.Benefit.Value > 0 {
		times = min(times, math.MaxInt64/int64(r.Benefit.Value))
	}
	return times
}

// give takes the cost of a reward and gives its vouchers, or its benefit at
// once.
func (a *Account) give(e *evaluation, r *Reward, times int64, m Moment) (Effect, error) {
	d := a.decideOwn(e.Program, m, ledger.Issue)
	cost := ledger.Posting{Unit: r.Unit, From: ledger.Available, To: ledger.Redeemed, Reward: r.ID}
	cost.Amount = ledger.Points(times) * r.Cost // at most what is available
	if err := d.spend(cost); err != nil {
		return Effect{}, err
	}
	taken := &ledger.Taken{Reward: r.ID, Times: times, Bought: r.IsVoucher()}
	if taken.Bought {
		voucher := e.voucher(*r, ledger.Posting{Reward: r.ID})
		voucher.Amount = ledger.Points(times)
		if _, err := d.credit(voucher, ledger.LotName(d.effect.Entry, len(d.effect.Moves))); err != nil {
			return Effect{}, err
		}
	} else {
		taken.Benefit, taken.To = string(r.Benefit.Kind), r.Benefit.To
		taken.Value = ledger.Minor(times) * r.Benefit.Value // affords saw to it
	}
	d.effect.Taken = taken
	e.member.draw(r.limits, ledger.LimitUse{Uses: times, Amount: cost.Amount, Reward: r.ID})
	for _, u := range e.member.uses {
		d.use(u, d.effect.Day)
	}
	return d.done()
}
