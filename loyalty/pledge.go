package loyalty

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Pledge tells what a terminal gives by itself from the vouchers that it only
// promises: those that a limit, a counter or another account decides. Other
// terminals may know of more. One that was bought under a limit it gives: it had
// a right to that use of it.
func (p *Program) Pledge(earned []ledger.Posting) (given []ledger.Posting, pledges []ledger.Pledge) {
	for i, posting := range earned {
		reward, voucher := posting.Unit.Voucher()
		if !voucher || !p.pledged(reward, posting.Rule) {
			if pledges != nil {
				given = append(given, posting)
			}
			continue
		}
		if pledges == nil {
			given = append(given, earned[:i]...)
		}
		pledges = append(pledges, ledger.Pledge{Reward: reward, Rule: posting.Rule})
	}
	if pledges == nil {
		return earned, nil
	}
	return given, pledges
}

// pledged reports whether a voucher that a rule gave, or that was bought where
// it names none, is headquarters' to issue.
func (p *Program) pledged(reward, rule string) bool {
	if rule == "" {
		r, _ := p.Reward(reward)
		return counts(r.when)
	}
	for i := range p.rules {
		if r := &p.rules[i]; r.id == rule {
			return r.referrer || len(r.limits) > 0 || counts(r.when)
		}
	}
	return false
}

// counts reports whether a condition asks for what others count too.
func counts(c *condition.Condition) bool {
	return c != nil && (c.Reads("referrer") || c.Reads("member.visits") || c.Reads("member.referrals"))
}

// Fulfil writes what pledges of an entry come to where everything is known:
// vouchers that last from the entry's day. A reward that the program no longer
// has, or no longer as a voucher, gives none. What a limit does not allow is
// corrected as any excess is.
func (p *Program) Fulfil(pledges []ledger.Pledge, m Moment) (postings []ledger.Posting) {
	for _, pledge := range pledges {
		r, ok := p.Reward(pledge.Reward)
		if !ok || !r.IsVoucher() {
			continue
		}
		posting := ledger.Posting{Rule: pledge.Rule}
		if pledge.Rule == "" {
			posting.Reward = r.ID
		}
		postings = append(postings, p.voucherOn(r, m.day(), m.zone(), posting))
	}
	return postings
}
