package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Standing is what Evaluate reads of the member at a moment.
func (a *Account) Standing(p *Program, m Moment, who Profile) Standing {
	day := m.day()
	s := Standing{
		Tier: p.tiers.tier(&a.State, day), Statuses: a.State.statuses(day),
		Segments: who.Segments, BirthMonth: who.BirthMonth,
		Joined: a.State.Joined, Visits: a.State.Visits, Referrals: a.State.Referrals,
		Used: map[string]Usage{}, Vouchers: a.Vouchers(m.At), Outside: a.State.Outside,
	}
	for name := range p.limits {
		if used := a.used(p, name, day); used != (Usage{}) {
			s.Used[name] = used
		}
	}
	return s
}

// used is what was drawn on a limit in a day's window, and what tills may still
// draw on it without asking.
func (a *Account) used(p *Program, name string, day ledger.Date) Usage {
	l := p.limits[name]
	used := l.every.drawn(a.State.Limits[name], day)
	if placed := a.Placed[name]; l.uses > 0 {
		used.Uses = addUpTo(used.Uses, int64(placed))
	} else {
		used.Amount = ledger.Points(addUpTo(int64(used.Amount), int64(placed)))
	}
	return used
}

// Vouchers are those that are held and have not ended.
func (a *Account) Vouchers(at ledger.Millis) (held []Held) {
	for unit := range a.Purses {
		reward, ok := unit.Voucher()
		if !ok {
			continue
		}
		purse := a.Purse(unit)
		for i := range purse.Lots {
			if l := &purse.Lots[i]; l.Left > 0 && !l.Pending && endOf(l.Terms) > at {
				held = append(held, Held{reward, l.Terms, int64(l.Left)})
			}
		}
	}
	return SortHeld(held)
}

// Ends returns the first day on which something of what is available of a unit
// is no longer there, if nothing happens until then; empty where all of it
// lasts.
func (a *Account) Ends(unit ledger.Unit, zone *time.Location) (first ledger.Date) {
	sooner := func(day ledger.Date) {
		if first == "" || day < first {
			first = day
		}
	}
	purse := a.Purse(unit)
	for i := range purse.Lots {
		l := &purse.Lots[i]
		if l.Left == 0 || l.Pending {
			continue
		}
		if l.Terms.ExpiresAt != 0 {
			sooner(Moment{At: l.Terms.ExpiresAt, Zone: zone}.day())
		}
		if idle := a.idleDay(l.Terms.Idle); idle != "" && l.Since < idle {
			sooner(idle)
		}
	}
	return first
}
