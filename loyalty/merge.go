package loyalty

import (
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Whole is all that an account has under a program beside what its rights hold,
// on its way to the account that it became. What it had available, pending or owed
// are the moves that it goes with.
type Whole struct {
	Of ledger.Subject `json:"of"`
	// Lots have nothing left: the moves have it. Spent ones come too, because
	// units given back rejoin them, under the names that sales know.
	Lots  byName[ledger.Unit, []Lot] `json:"lots,omitempty"`
	State State                      `json:"state"`
}

// GoOver takes all that the account has, to be another's: each unit by its sides,
// what is owed the other way. Afterwards it remembers nothing. What rights hold is
// the caller's to move.
func (a *Account) GoOver(p *Program, entry ledger.EntryID, m Moment) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, ledger.Transfer, entry)
		for _, unit := range a.units() {
			if err := d.goOver(unit); err != nil {
				return err
			}
		}
		d.effect.Gone = a.whole()
		effect, err = d.done()
		return err
	})
	return effect, err
}

func (d *decision) goOver(unit ledger.Unit) error {
	over := ledger.Transit(d.effect.Entry)
	if err := d.leave(unit, over); err != nil {
		return err
	}
	return d.moveSome(ledger.Posting{Unit: unit}, over, ledger.Receivable, d.purse(unit).Receivable, nil)
}

// whole is what goes with the moves.
func (a *Account) whole() *Whole {
	w := &Whole{Of: a.Of, State: a.State.clone()}
	w.State.Rows = 0
	for _, unit := range a.units() {
		if lots := a.purse(unit).Lots; len(lots) > 0 {
			if w.Lots == nil {
				w.Lots = map[ledger.Unit][]Lot{}
			}
			w.Lots[unit] = slices.Clone(lots)
		}
	}
	return w
}

// ComeOver makes all that another account had this one's, as its GoOver says.
// Either's available units pay what the other owes; what is pending stays so until
// it vests. What was drawn on limits and earned towards tiers adds up, on its days;
// a level is kept for as long as either keeps it, and for as long as both together
// reach it. A status holds until the later of both its ends. It is no activity. What
// rights hold is the caller's to move.
func (a *Account) ComeOver(p *Program, entry ledger.EntryID, m Moment, gone *Effect) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, ledger.Transfer, entry)
		d.effect.Came = gone.Gone
		a.KeepLots(gone.Gone, d.effect.Row)
		for _, move := range gone.Moves {
			if _, held := move.From.Right(); held {
				continue
			}
			if err := d.comeOver(move); err != nil {
				return err
			}
		}
		if err := d.comeState(&gone.Gone.State); err != nil {
			return err
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

// comeOver is the other side of a move that took something out.
func (d *decision) comeOver(out Move) error {
	p := ledger.Posting{Unit: out.Unit}
	purse := d.purse(out.Unit)
	switch {
	case out.From == ledger.Pending:
		return d.moveSome(p, out.To, ledger.Pending, out.Amount, out.Lots)
	case out.From == ledger.Available:
		owed := min(purse.Receivable, out.Amount)
		if err := d.moveSome(p, out.To, ledger.Receivable, owed, nil); err != nil {
			return err
		}
		left := out.Amount - owed
		return d.moveSome(p, out.To, ledger.Available, left, between(out.Lots, owed, left))
	}
	pays := purse.draw(out.Amount)
	there := sharesOf(pays)
	if err := d.moveSome(p, ledger.Available, out.From, there, pays); err != nil {
		return err
	}
	return d.moveSome(p, ledger.Receivable, out.From, out.Amount-there, nil)
}

// comeState decides what depends on the program of what another account is
// remembered by.
func (d *decision) comeState(of *State) error {
	for _, limit := range slices.Sorted(maps.Keys(of.Limits)) {
		for _, drawn := range of.Limits[limit] {
			d.use(ledger.LimitUse{Limit: limit, Uses: drawn.Uses, Amount: drawn.Amount}, drawn.Day)
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(of.Progress)) {
		for _, earned := range of.Progress[unit] {
			if err := d.count(unit, earned.Day, earned.Amount); err != nil {
				return err
			}
		}
	}
	for _, level := range slices.Sorted(maps.Keys(of.Kept)) {
		d.effect.Reached = append(d.effect.Reached, Reached{level, of.Kept[level]})
	}
	d.effect.Visits, d.effect.Referrals = of.Visits, of.Referrals
	return nil
}

// KeepLots keeps the lots of an account that became this one, in a row of this one.
// Those that came before are here already.
func (a *Account) KeepLots(of *Whole, row uint64) {
	for unit, lots := range of.Lots {
		purse := a.purse(unit)
		for _, l := range lots {
			if purse.Has(l.Name) {
				continue
			}
			l.Order = row
			purse.Keep(l)
			if l.Terms.Idle != "" {
				purse.endIdle(l.Terms.Idle, "")
			}
		}
	}
}

// goOver forgets what went over.
func (s *State) goOver() { *s = State{Rows: s.Rows} }

// comeOver adds what a program does not decide.
func (s *State) comeOver(other *Whole, to ledger.Subject) {
	of := &other.State
	if of.Joined != "" && (s.Joined == "" || of.Joined < s.Joined) {
		s.Joined = of.Joined
	}
	s.Active = max(s.Active, of.Active)
	s.Referred = s.Referred || of.Referred
	if s.Referrer == "" {
		s.Referrer = of.Referrer
	}
	for status, grants := range of.Statuses {
		if s.Statuses == nil {
			s.Statuses = map[string][]Granted{}
		}
		s.Statuses[status] = beside(s.Statuses[status], string(to), grants, string(other.Of))
	}
}

// IsEmpty reports whether nothing goes with the moves.
func (w *Whole) IsEmpty() bool {
	s := w.State
	return len(w.Lots) == 0 && s.Joined == "" && s.Active == "" && s.Visits == 0 && s.Referrals == 0 && !s.Referred && s.Referrer == "" &&
		len(s.Limits)+len(s.Progress)+len(s.Kept)+len(s.Statuses) == 0
}
