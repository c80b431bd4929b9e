package loyalty

import (
	"cmp"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Terminals that do not hear of each other give more than a limit allows. What
// each entry's rules are left is as if each terminal had known of all the
// others: they draw in the order of their time, whichever is heard of first, and
// one that is void has not drawn. Where a reward draws on the limit too, rights at
// terminals hold some of it, and who is heard of first draws first.

// Redraw is what is to be added to what an entry drew on limits.
type Redraw struct {
	Entry ledger.EntryID
	Uses  []ledger.LimitUse
}

// Unsettled reports whether what an effect drew, or a void gave back, may change
// what its own rules or other entries' are left.
func (a *Account) Unsettled(p *Program, e *Effect) bool {
	return slices.ContainsFunc(e.Uses, func(u Use) bool {
		l, known := p.limits[u.Limit]
		if !known || u.Rule == "" {
			return false
		}
		used := a.used(p, u.Limit, u.Day)
		if u.Uses < 0 || u.Amount < 0 { // full before: another may have been cut
			return l.uses > 0 && used.Uses-u.Uses >= l.uses || l.uses == 0 && used.Amount-u.Amount >= l.amount
		}
		return l.uses > 0 && used.Uses > l.uses || l.uses == 0 && used.Amount > l.amount
	})
}

// SettledFrom is the first day of which entries count for what an effect leaves
// unsettled; empty where all do.
func (p *Program) SettledFrom(e *Effect) (first ledger.Date) {
	first = e.Uses[0].Day // all are of one entry
	for name := range p.entangled(e) {
		first = min(first, p.limits[name].every.begin(e.Uses[0].Day))
	}
	return first
}

// entangled are the limits that an effect's rules draw on, and those that rules
// draw on together with one of them.
func (p *Program) entangled(e *Effect) map[string]bool {
	names := map[string]bool{}
	for _, u := range e.Uses {
		if _, known := p.limits[u.Limit]; known && u.Rule != "" {
			names[u.Limit] = true
		}
	}
	for before := 0; before < len(names); {
		before = len(names)
		for i := range p.rules {
			if limits := p.rules[i].limits; slices.ContainsFunc(limits, func(name string) bool { return names[name] }) {
				for _, name := range limits {
					names[name] = true
				}
			}
		}
	}
	return names
}

// Settle says what is to change of what entries drew once an effect of theirs is
// posted. The effects are the account's from SettledFrom on, in order.
func (a *Account) Settle(p *Program, effects []Effect, last *Effect) (redraws []Redraw) {
	s := settling{Program: p, limits: p.entangled(last), taken: map[string][]Drawn{}}
	changed := last.Entry
	if last.Void {
		changed = last.Sale
	}
	for _, d := range inTime(effects) {
		if d.Effect.Entry == changed {
			s.free = true
			s.meet(a, d)
		}
		if uses := s.settle(d, d.Effect.Entry == changed); len(uses) > 0 {
			redraws = append(redraws, Redraw{d.Effect.Entry, uses})
		}
	}
	return redraws
}

// drew is an entry that drew on limits, with corrections of it.
type drew struct {
	Sold
	void bool
	// elsewhere says that its draws are of entries in the ledger of an account that
	// became this one, or a void of one: they stay, on their own days.
	elsewhere bool
}

// inTime finds the entries that drew on limits, in the order of their time.
func inTime(effects []Effect) (all []*drew) {
	known := map[ledger.EntryID]*drew{}
	for _, e := range effects {
		of := known[e.Sale]
		switch {
		case of != nil && e.Kind == ledger.Correct:
			of.Backs = append(of.Backs, e)
		case of != nil && e.Void:
			of.void = true
		case e.Void || e.Came != nil:
			all = append(all, &drew{Sold: Sold{Effect: e}, elsewhere: true})
		case e.Sale.IsZero() && len(e.Uses) > 0:
			d := &drew{Sold: Sold{Effect: e}}
			known[e.Entry], all = d, append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *drew) int {
		switch {
		case a.elsewhere && !b.elsewhere:
			return -1
		case b.elsewhere && !a.elsewhere:
			return 1
		}
		return cmp.Or(cmp.Compare(a.Effect.At, b.Effect.At), cmp.Compare(a.Effect.Entry.String(), b.Effect.Entry.String()))
	})
	return all
}

// settling goes through entries in the order of their time.
type settling struct {
	*Program
	limits map[string]bool    // what draws on others stays as it is
	taken  map[string][]Drawn // by the entries before
	free   bool               // from here on something may change
}

// meet counts what an entry meets on limits that rewards draw on: what others
// drew by now, whenever that was, and what rights may still draw.
func (s *settling) meet(a *Account, d *drew) {
	for _, u := range d.Effect.Uses {
		if !s.rewarded(u.Limit) {
			continue
		}
		used := a.used(s.Program, u.Limit, d.Effect.Day)
		for _, own := range d.Effect.Uses {
			if own.Limit == u.Limit {
				used.Uses, used.Amount = used.Uses-own.Uses, used.Amount-own.Amount
			}
		}
		s.taken[u.Limit] = []Drawn{{d.Effect.Day, used.Uses, used.Amount}}
	}
}

// rewarded reports whether something else than rules draws on a limit.
func (s *settling) rewarded(limit string) bool {
	return s.claim.Limit == limit || slices.ContainsFunc(s.rewards, func(r Reward) bool { return slices.Contains(r.limits, limit) })
}

// settle notes what an entry draws, and returns what of that is to change.
func (s *settling) settle(d *drew, changed bool) (redraw []ledger.LimitUse) {
	if d.void {
		return nil
	}
	if d.elsewhere {
		for _, u := range d.Effect.Uses {
			s.taken[u.Limit] = append(s.taken[u.Limit], Drawn{u.Day, u.Uses, u.Amount})
		}
		return nil
	}
	for _, told := range d.byRule() {
		stand := make([]ledger.LimitUse, len(told))
		for i, u := range told {
			stand[i] = d.stands(u, nil)
		}
		draw := stand
		if s.free && s.mayChange(told, changed) {
			draw = s.leave(told, d.Effect.Day)
		}
		for i, u := range draw {
			s.taken[u.Limit] = append(s.taken[u.Limit], Drawn{d.Effect.Day, u.Uses, u.Amount})
			u.Uses, u.Amount = u.Uses-stand[i].Uses, u.Amount-stand[i].Amount
			if u.Uses != 0 || u.Amount != 0 {
				redraw = append(redraw, u)
			}
		}
	}
	return redraw
}

// byRule are the entry's draws, those of one rule or reward together.
func (d *drew) byRule() (groups [][]ledger.LimitUse) {
	for i, u := range d.Effect.Uses {
		if i == 0 || u.Rule != d.Effect.Uses[i-1].Rule || u.Reward != d.Effect.Uses[i-1].Reward {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], u.LimitUse)
	}
	return groups
}

// mayChange reports whether a rule's draws are to be settled: what rewards had
// they had, and where they draw too only what is just posted makes room.
func (s *settling) mayChange(told []ledger.LimitUse, changed bool) bool {
	return told[0].Rule != "" && !slices.ContainsFunc(told, func(u ledger.LimitUse) bool {
		_, known := s.Program.limits[u.Limit]
		return known && (!s.limits[u.Limit] || !changed && s.rewarded(u.Limit))
	})
}

// leave is what limits leave of a rule's draws after the entries before: all or
// nothing of its uses, and as much as there is of an amount.
func (s *settling) leave(told []ledger.LimitUse, day ledger.Date) []ledger.LimitUse {
	amount := ledger.Points(math.MaxInt64)
	for _, u := range told {
		l, known := s.Program.limits[u.Limit]
		switch used := l.every.drawn(s.taken[u.Limit], day); {
		case !known: // the program no longer has it
		case l.uses > 0 && addUpTo(used.Uses, u.Uses) > l.uses:
			amount = 0
		case l.uses == 0:
			amount = min(amount, max(0, l.amount-used.Amount))
		}
	}
	left := slices.Clone(told)
	for i := range left {
		left[i].Amount = min(left[i].Amount, amount)
		if amount == 0 {
			left[i].Uses = 0
		}
	}
	return left
}
