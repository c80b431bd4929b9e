package loyalty

import (
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// What limits take of an entry is as if its till had known: what is left is what
// its rules gave, and a return of part of it is a share of that.

// cuts is how much of what each rule gave corrections took, with what another is
// to add to that; all where its uses are gone.
func (s *Sold) cuts(more []ledger.LimitUse) map[string]ledger.Points {
	cuts := map[string]ledger.Points{}
	for _, told := range s.Effect.Uses {
		if told.Rule == "" {
			continue
		}
		stands := s.stands(told.LimitUse, more)
		switch {
		case told.Uses > 0 && stands.Uses <= 0:
			cuts[told.Rule] = math.MaxInt64
		case told.Amount > stands.Amount:
			cuts[told.Rule] = max(cuts[told.Rule], told.Amount-stands.Amount)
		}
	}
	return cuts
}

// stands is what corrections, and more, leave of a use.
func (s *Sold) stands(use ledger.LimitUse, more []ledger.LimitUse) ledger.LimitUse {
	add := func(given ledger.LimitUse) {
		if sameUse(given, use) {
			use.Uses, use.Amount = use.Uses+given.Uses, use.Amount+given.Amount
		}
	}
	for i := range s.Backs {
		if s.Backs[i].Kind != ledger.Correct {
			continue
		}
		for _, given := range s.Backs[i].Uses {
			add(given.LimitUse)
		}
	}
	for _, given := range more {
		add(given)
	}
	return use
}

// sameUse reports whether two draws are of one rule, or reward, on one limit.
func sameUse(a, b ledger.LimitUse) bool {
	return a.Limit == b.Limit && a.Rule == b.Rule && a.Reward == b.Reward
}

func negative(u ledger.LimitUse) ledger.LimitUse {
	u.Uses, u.Amount = -u.Uses, -u.Amount
	return u
}

// cutRules takes from what rules gave, from the last line on.
func (r *Rest) cutRules(cuts map[string]ledger.Points) {
	r.cut = map[earnedKey]ledger.Points{}
	for i := len(r.flows) - 1; i >= 0; i-- {
		f := &r.flows[i]
		if f.From == ledger.Redeemed || f.Rule == "" {
			continue
		}
		part := min(f.Amount, cuts[f.Rule])
		if cuts[f.Rule] < math.MaxInt64 {
			cuts[f.Rule] -= part
		}
		r.cut[f.earnedKey()] += part
	}
}

// corrected counts what a correction took and gave.
func (r *Rest) corrected(postings []ledger.Posting) error {
	for _, p := range postings {
		i, known := r.at[keyOf(p)]
		amount := p.Amount
		if p.From == ledger.Issued {
			amount = -amount
		}
		if !known || amount > r.flows[i].Amount-r.flows[i].done || -amount > r.flows[i].done {
			return fmt.Errorf("more %s was corrected than there were", p.Unit)
		}
		r.flows[i].done += amount
	}
	return nil
}

// settle says what is to be taken and what given so that all that came back is
// what the cut says, of the rules that are cut first.
func (r *Rest) settle(rules []string) (takes, gives []ledger.Posting) {
	shares := r.shares()
	for i, f := range r.flows {
		if f.From == ledger.Redeemed || f.kept || r.earned[f.earnedKey()][0] < i {
			continue
		}
		due := r.due(f.earnedKey(), shares[i])
		for _, k := range r.cutFirst(r.earned[f.earnedKey()], rules) {
			p := r.flows[k].Posting
			if p.Amount = max(-r.flows[k].done, min(due, r.flows[k].Amount-r.flows[k].done)); p.Amount > 0 {
				takes = append(takes, p)
			}
			due -= p.Amount
			if p.Amount < 0 {
				p.From, p.To, p.Amount = ledger.Issued, p.From, -p.Amount
				gives = append(gives, p)
			}
		}
	}
	return takes, gives
}

// cutFirst puts the flows of some rules before the others.
func (r *Rest) cutFirst(flows []int, rules []string) []int {
	var first, then []int
	for _, i := range flows {
		if slices.Contains(rules, r.flows[i].Rule) {
			first = append(first, i)
		} else {
			then = append(then, i)
		}
	}
	return append(first, then...)
}
