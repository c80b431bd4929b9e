package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Why an entry is corrected: others, of which its terminal did not know, had
// drawn on the same limit; or one of these is void.
const (
	CapExceeded = "cap_exceeded"
	CapFreed    = "cap_freed"
)

// Correct changes what an entry drew on limits, by what Settle says, and takes
// back, or gives again, what its rules gave for that: what it told stays told,
// and this is another entry. What came back of it by then counts.
func (a *Account) Correct(p *Program, m Moment, of *Sold, uses []ledger.LimitUse) (effect Effect, err error) {
	rest, err := of.restCut(of.cuts(uses))
	if err != nil {
		return Effect{}, err
	}
	var rules []string
	for _, u := range uses {
		rules = append(rules, u.Rule)
	}
	takes, gives := rest.settle(rules)
	err = a.try(func(a *Account) error {
		u := undoing{a.decideOwn(p, m, ledger.Correct), of}
		u.effect.Sale = of.Effect.Entry
		for _, use := range uses {
			u.use(use, of.Effect.Day)
		}
		if err := u.postings(takes); err != nil {
			return err
		}
		if err := u.giveAgain(gives); err != nil {
			return err
		}
		effect, err = u.done()
		return err
	})
	return effect, err
}

// giveAgain gives what had been taken, on the terms and with the progress that
// the entry gave it.
func (u undoing) giveAgain(postings []ledger.Posting) error {
	for _, p := range postings {
		p.Lot = u.sold.terms(p)
		paid, err := u.credit(p, ledger.LotName(u.effect.Entry, len(u.effect.Moves)))
		if err != nil {
			return err
		}
		now := p.Amount
		if p.To == ledger.Pending {
			now = paid // the rest is progress once it vests
		}
		if err := u.count(p.Unit, u.sold.Effect.Day, now); err != nil {
			return err
		}
	}
	return nil
}

// terms are those on which the entry gave what a posting gives again.
func (s *Sold) terms(p ledger.Posting) *ledger.LotTerms {
	i := slices.IndexFunc(s.Effect.Moves, func(m Move) bool {
		return m.From == ledger.Issued && m.Lot != nil && m.Unit == p.Unit && m.Rule == p.Rule
	})
	if i < 0 {
		return nil
	}
	return s.Effect.Moves[i].Lot
}

// Exceeded returns the limits beyond which an entry's rewards were had.
func (a *Account) Exceeded(p *Program, e *Effect) (limits []string) {
	for _, u := range e.Uses {
		l, known := p.limits[u.Limit]
		if !known || u.Reward == "" || u.Uses < 0 || u.Amount < 0 {
			continue
		}
		used := l.every.drawn(a.State.Limits[u.Limit], u.Day)
		if l.uses > 0 && used.Uses > l.uses || l.uses == 0 && used.Amount > l.amount {
			limits = append(limits, u.Limit)
		}
	}
	return limits
}
