package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// CapExceeded is why something is taken back that a terminal had given: others,
// of which it did not know, had drawn on the same limit.
const CapExceeded = "cap_exceeded"

// Correct takes back what an entry gave beyond limits that terminals share, once
// the entry is posted: what it told stays told, and this is another entry. It
// returns nil where no limit is exceeded. Rewards that were had beyond a limit
// were had: they are the caller's to tell of.
func (a *Account) Correct(p *Program, m Moment, of *Sold) (effect *Effect, err error) {
	excess := a.excess(p, &of.Effect)
	if len(excess) == 0 {
		return nil, nil
	}
	err = a.try(func(a *Account) error {
		u := undoing{a.decideOwn(p, m, ledger.Correct), of}
		u.effect.Sale = of.Effect.Entry
		var postings []ledger.Posting
		for _, x := range excess {
			postings = append(postings, x.takes(&of.Effect)...)
			for _, back := range x.gives(&of.Effect) {
				u.use(back, of.Effect.Day)
			}
		}
		if err := u.postings(postings); err != nil {
			return err
		}
		done, err := u.done()
		effect = &done
		return err
	})
	if err != nil {
		return nil, err
	}
	return effect, nil
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

// excess is what a rule gave beyond a limit.
type excess struct {
	use    ledger.LimitUse // of the entry
	uses   int64           // all of the rule's are too many, or none
	amount ledger.Points
}

// excess finds what an entry drew beyond what its limits allow, each rule by the
// limit that is exceeded most.
func (a *Account) excess(p *Program, e *Effect) (all []excess) {
	for _, u := range e.Uses {
		l, known := p.limits[u.Limit]
		if !known || u.Rule == "" {
			continue
		}
		used := a.used(p, u.Limit, e.Day)
		x := excess{use: u.LimitUse}
		if l.uses > 0 {
			x.uses = min(u.Uses, max(0, used.Uses-l.uses))
		} else {
			x.amount = min(u.Amount, max(0, used.Amount-l.amount))
		}
		if x.uses == 0 && x.amount == 0 {
			continue
		}
		i := slices.IndexFunc(all, func(have excess) bool { return have.use.Rule == u.Rule })
		switch {
		case i < 0:
			all = append(all, x)
		case x.uses > 0 || all[i].uses == 0 && x.amount > all[i].amount:
			all[i] = x
		}
	}
	return all
}

// gives is what all limits of the rule get back.
func (x excess) gives(e *Effect) (uses []ledger.LimitUse) {
	for _, u := range e.Uses {
		if u.Rule != x.use.Rule {
			continue
		}
		back := u.LimitUse
		back.Uses, back.Amount = -back.Uses, -back.Amount
		if x.uses == 0 {
			back.Uses, back.Amount = 0, max(back.Amount, -x.amount)
		}
		if back.Uses != 0 || back.Amount != 0 {
			uses = append(uses, back)
		}
	}
	return uses
}

// takes is what is to come back of what the rule gave: all of it where it was not
// to be used at all, else the amount, from the last line on.
func (x excess) takes(e *Effect) (postings []ledger.Posting) {
	left := x.amount
	for i := len(e.Moves) - 1; i >= 0; i-- {
		p := e.Moves[i].Posting
		if p.From != ledger.Issued || p.Rule != x.use.Rule {
			continue
		}
		if x.uses == 0 {
			p.Amount = min(p.Amount, left)
			left -= p.Amount
		}
		if p.Amount == 0 {
			continue
		}
		p.From, p.To, p.Lot = ledger.Available, ledger.Issued, nil
		postings = append(postings, p)
	}
	return postings
}
