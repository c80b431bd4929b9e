package checkout

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// mayTake says why somebody may not take a reward in a sale, whatever she has to
// spend; nil where she may. A voucher says that she would pay with one.
func (t ruled) mayTake(who identity, reward string, voucher bool) *loyalty.NoRedeem {
	proof := t.Program.Proof()
	switch {
	case who.member.Account.IsZero():
		return &loyalty.NoRedeem{Reason: loyalty.NoRight}
	case !who.proof.Meets(proof.Earn), !who.proof.Meets(proof.Redeem):
		return &loyalty.NoRedeem{Reason: loyalty.WeakProof}
	case away(who.member, reward, voucher):
		return &loyalty.NoRedeem{Reason: loyalty.VoucherAway}
	}
	return nil
}

// refused says why Complete would refuse the rewards that a quote reckons with; nil
// where nothing known here says so. What this till lacks and the account has,
// headquarters is asked for by Complete, never by a quote.
func (t ruled) refused(q Quote, proof ledger.Proof) error {
	who := identity{member: q.Member, proof: proof}
	for _, taken := range q.Rewards {
		if no := t.mayTake(who, taken.Reward, taken.Voucher); no != nil {
			return no
		}
	}
	for _, cost := range q.Costs {
		if _, voucher := cost.Unit.Voucher(); !voucher && cost.Amount > t.reach(q, cost.Unit) {
			return &loyalty.NoRedeem{Reason: loyalty.NoRight, Unit: cost.Unit}
		}
	}
	return nil
}

// reach is the most that a sale could spend of a unit, as far as is known here.
func (t ruled) reach(q Quote, unit ledger.Unit) ledger.Points {
	here := q.spendable(unit)
	if t.Asker == nil {
		return here
	}
	return max(here, q.Member.Balance(unit).Shown)
}
