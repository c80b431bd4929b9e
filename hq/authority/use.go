package authority

import (
	"math"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A right to uses of a limit is drawn from no lot. What there is to place is what
// the limit leaves in the window of a day, less what open rights may still draw in
// it; so what was drawn and what may be drawn never come to more than the limit,
// whichever tills draw.

// free returns what may be set aside of an account for a terminal at an instant:
// what is available, or what a limit leaves.
func (a *Authority) free(tx *database.Tx, b *books.Books, key books.BalanceKey, t *records.Terminal, at ledger.Millis) (ledger.Points, error) {
	if _, use := key.Unit.Use(); !use {
		have, err := b.Purse(key)
		return have.Available, err
	}
	zone, err := records.ZoneOf(tx, t.Store)
	if err != nil {
		return 0, err
	}
	return a.usesLeft(tx, b, key, loyalty.Moment{At: at, Zone: zone})
}

// usesLeft is what of a limit is neither drawn nor placed in the window of a
// moment's day. A limit that is no more leaves anything.
func (a *Authority) usesLeft(tx *database.Tx, b *books.Books, key books.BalanceKey, m loyalty.Moment) (ledger.Points, error) {
	p := a.limiting(key)
	if p == nil {
		return math.MaxInt64, nil
	}
	own, err := b.Account(key.Program)
	if err != nil {
		return 0, err
	}
	placed, err := records.PlacedUses(tx, b, p, m, ledger.TerminalID{})
	limit, _ := key.Unit.Use()
	return own.UsesLeft(p, key.Unit, m.Day()) - placed[limit], err
}

// limiting is the version in force, where it has the limit that a unit counts
// uses of; nil where it has not.
func (a *Authority) limiting(key books.BalanceKey) *loyalty.Program {
	p := a.inForce(key.Program)
	if p == nil || !p.HasLimit(key.Unit) {
		return nil
	}
	return p
}

// drawUses sets uses of a limit aside in a right, as far as there are any, and
// ends it with the limit's period: what is drawn by it is drawn in the window it
// was taken from.
func (a *Authority) drawUses(tx *database.Tx, b *books.Books, r *ledger.Right) error {
	zone, err := records.ZoneOfTerminal(tx, r.Terminal)
	if err != nil {
		return err
	}
	key, m := books.BalanceKey{Program: r.Program, Unit: r.Unit}, loyalty.Moment{At: a.Now, Zone: zone}
	left, err := a.usesLeft(tx, b, key, m)
	if err != nil {
		return err
	}
	p := a.limiting(key)
	if p == nil || left < r.Amount {
		return books.ErrShort
	}
	if _, until := p.UsePeriod(r.Unit, m); until < r.SpendUntil {
		r.ReclaimAt -= r.SpendUntil - until
		r.SpendUntil = until
	}
	return nil
}

// planUses says what is to be placed of a program's limits: all that they leave of
// those that a reward she may have now draws on, since a use serves nobody
// elsewhere.
func (a *Authority) planUses(tx *database.Tx, b *books.Books, p *loyalty.Program) ([]*Plan, error) {
	if !p.LimitsRewards() {
		return nil, nil
	}
	t, err := a.laneFor(tx, b, p.Ref().ID, true)
	if err != nil || t == nil || !t.TakesUses {
		return nil, err
	}
	zone, err := records.ZoneOf(tx, t.Store)
	if err != nil {
		return nil, err
	}
	m := loyalty.Moment{At: a.Now, Zone: zone, Store: t.Store}
	who, err := records.ProfileOf(tx, a.Keys, b.Holder)
	if err != nil {
		return nil, err
	}
	own, err := b.Account(p.Ref().ID)
	if err != nil {
		return nil, err
	}
	standing := own.Standing(p, m, who)
	var plans []*Plan
	for _, n := range p.UsesWanted(&standing, m) {
		left, err := a.usesLeft(tx, b, books.BalanceKey{Program: p.Ref().ID, Unit: n.Unit}, m)
		if err != nil {
			return nil, err
		}
		if left = min(left, a.Policy(p.Ref().ID).Cap); left >= n.Amount {
			plans = append(plans, a.planOf(b, t, books.BalanceKey{Program: p.Ref().ID, Unit: n.Unit}, left-left%n.Amount, n.Amount))
		}
	}
	return plans, nil
}

// counts reports whether a right has something of what an account has now: all
// have but those to uses in a window that is over.
func (a *Authority) counts(tx *database.Tx, r *books.Right, t *records.Terminal) (bool, error) {
	p := a.inForce(r.Program)
	if _, use := r.Unit.Use(); !use || p == nil {
		return true, nil
	}
	zone, err := records.ZoneOf(tx, t.Store)
	if err != nil {
		return false, err
	}
	return records.DrawsIn(tx, r, p, loyalty.Moment{At: a.Now, Zone: zone})
}
