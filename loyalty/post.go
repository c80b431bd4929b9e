package loyalty

import (
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Posted is a sale or activity as it was evaluated. That its entry is posted
// once, and an activity's ref counts once, is the caller's to see to.
type Posted struct {
	Entry ledger.EntryID
	Kind  ledger.Kind
	Moment
	// On is the event, as rules name it; "sale" counts as a visit.
	On string
	// Referrer says that another member referred her.
	Referrer bool
	Outcome  Outcome
	// Postings are the entry's, whose places name the lots. Nil: those that
	// Program.Postings writes. What is spent out of a right, or at a loss, is
	// decided by whoever keeps rights: Spent are the moves, and the postings they
	// stand for are passed over.
	Postings []ledger.Posting
	Spent    []Move
}

// OnReferral is the event that makes a friend count.
const OnReferral = "referral"

// Postings writes an outcome for an entry: what its rewards cost, out of what is
// available, then what it earned.
func (p *Program) Postings(o Outcome) []ledger.Posting {
	var postings []ledger.Posting
	for _, taken := range o.Rewards {
		cost := ledger.Posting{From: ledger.Available, To: ledger.Redeemed, Reward: taken.Reward}
		if reward, _ := p.Reward(taken.Reward); taken.Voucher {
			cost.Unit, cost.Amount = ledger.VoucherUnit(taken.Reward), 1
		} else {
			cost.Unit, cost.Amount = reward.Unit, ledger.Points(taken.Times)*reward.Cost // Evaluate counted it
		}
		if cost.Amount > 0 {
			postings = append(postings, cost)
		}
	}
	return append(postings, o.Earned...)
}

// Post posts an outcome: it spends what the rewards cost, then earns, so that
// points of a sale are not spendable in that sale. Its error is *NoRedeem where
// the account cannot pay.
func (a *Account) Post(p *Program, posted Posted) (effect Effect, err error) {
	if posted.Postings == nil {
		posted.Postings = p.Postings(posted.Outcome)
	}
	err = a.try(func(a *Account) error {
		d := a.decide(p, posted.Moment, posted.Kind, posted.Entry)
		d.active(posted)
		for _, m := range posted.Spent {
			if err := d.move(m.Posting, m.Lots); err != nil {
				return err
			}
		}
		if err := d.postings(posted.Entry, posted.Postings); err != nil {
			return err
		}
		for _, u := range posted.Outcome.Uses {
			d.use(u, d.effect.Day)
		}
		d.effect.Statuses = posted.Outcome.Statuses
		effect, err = d.done()
		return err
	})
	return effect, err
}

// active notes what a sale or activity is beside what it moves.
func (d *decision) active(posted Posted) {
	d.effect.Active = true
	if d.State.Joined == "" {
		d.effect.Joined = d.effect.Day
	}
	if posted.On == onSale {
		d.effect.Visits = 1
	}
	d.effect.Referred = posted.On == OnReferral && posted.Referrer && !d.State.Referred
	for _, unit := range d.units() {
		ended := d.purse(unit).Idled
		for _, idle := range slices.Sorted(maps.Keys(ended)) {
			// From now on nobody could tell that she was idle before.
			if day := d.idleDay(idle); day != "" && day <= d.effect.Day && day > ended[idle] {
				d.effect.Idled = append(d.effect.Idled, Idled{unit, idle, day})
			}
		}
	}
}

// PostReferral posts what the same outcome gives to the member who referred
// her; first says that she had not counted as her friend yet (the Referred of
// the friend's effect). It is no activity of the referrer.
func (a *Account) PostReferral(p *Program, posted Posted, first bool) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, posted.Moment, posted.Kind, posted.Entry)
		if first {
			d.effect.Referrals = 1
		}
		if err := d.postings(posted.Entry, posted.Outcome.ToReferrer); err != nil {
			return err
		}
		for _, u := range posted.Outcome.ReferrerUses {
			d.use(u, d.effect.Day)
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

// Join notes the day a member joined, where it did not come with a sale, and who
// referred her, if anybody did: the first named stays.
func (a *Account) Join(p *Program, entry ledger.EntryID, m Moment, referrer ledger.ReferralCode) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, ledger.Enroll, entry)
		if d.State.Joined == "" {
			d.effect.Joined = d.effect.Day
		}
		if d.State.Referrer == "" {
			d.effect.Referrer = referrer
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

// postings posts an entry's postings: first all that spend.
func (d *decision) postings(entry ledger.EntryID, postings []ledger.Posting) error {
	for _, p := range postings {
		if p.From == ledger.Available && p.To == ledger.Redeemed {
			if err := d.spend(p); err != nil {
				return err
			}
		}
	}
	d.effect.Moves = slices.Grow(d.effect.Moves, len(postings))
	lot, terms := "", (*ledger.LotTerms)(nil)
	for i, p := range postings {
		if p.From != ledger.Issued {
			continue
		}
		if i == 0 || !sharesLot(&postings[i-1], &p) {
			lot, terms = ledger.LotName(entry, lotOfPosting(postings, i)), d.terms(&p)
		}
		p.Lot = terms
		paid, err := d.credit(p, lot)
		if err != nil {
			return err
		}
		now := p.Amount
		if p.To == ledger.Pending {
			now = paid // the rest is progress once it vests
		}
		if err := d.count(p.Unit, d.effect.Day, now); err != nil {
			return err
		}
	}
	return nil
}

// terms are those of what an entry gives, with such as are not its own to say: they
// are those of the version that gave it, from now on.
func (d *decision) terms(p *ledger.Posting) *ledger.LotTerms {
	u := d.program.unitOf(p.Unit)
	if u == nil || u.expires.idle.isZero() {
		return p.Lot
	}
	terms := termsOf(p)
	terms.Idle = u.expires.idle.text
	return &terms
}

// lotOfPosting returns the first posting that earns on the same terms: they
// share its lot.
func lotOfPosting(postings []ledger.Posting, i int) int {
	return slices.IndexFunc(postings, func(q ledger.Posting) bool { return sharesLot(&q, &postings[i]) })
}

// sharesLot reports whether two postings earn on the same terms.
func sharesLot(p, q *ledger.Posting) bool {
	return p.Unit == q.Unit && p.From == q.From && p.To == q.To && (p.Lot == q.Lot || termsOf(p) == termsOf(q))
}
