package loyalty

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Account is what one member has under one program, and what the program
// remembers of her. Join, Pass, Post, PostReferral, Issue and Return decide;
// each folds what it decided and returns it, or refuses and changes nothing.
//
// Whoever decides lets time pass first: Pass up to the instant of what is to be
// posted. What an account has set aside in rights is kept by whoever places
// them; the moves into and out of it fold here.
type Account struct {
	// Of is whose it is. Ids of what falls due with time are made of it.
	Of     ledger.Subject              `json:"of"`
	Purses byName[ledger.Unit, *Purse] `json:"purses,omitempty"`
	State  State                       `json:"state"`
	// Placed is what tills may still draw on limits by rights to uses of them, by
	// the limit's name. Whoever keeps rights sets it before something is decided
	// here that draws on limits without one.
	Placed map[string]ledger.Points `json:"-"`
}

// Purse returns what the account has of a unit. Its lots are the account's own.
func (a *Account) Purse(unit ledger.Unit) Purse {
	if p := a.Purses[unit]; p != nil {
		return *p
	}
	return Purse{}
}

// Begin returns the account's next effect with nothing in it, for whoever decides
// by itself what it moves, into a right or to another account, and folds it.
func (a *Account) Begin(kind ledger.Kind, entry ledger.EntryID, m Moment) Effect {
	return Effect{Entry: entry, Kind: kind, At: m.At, Day: m.day(), Row: a.State.Rows + 1}
}

// Fold makes the account what its next effect made it. It decides nothing. After
// an error, which only a damaged or misplaced effect brings, the account is of no
// use.
func (a *Account) Fold(e *Effect) error {
	if e.Row != a.State.Rows+1 {
		return fmt.Errorf("effect %d follows %d", e.Row, a.State.Rows)
	}
	at := e.row()
	if e.Came != nil {
		a.KeepLots(e.Came, e.Row)
	}
	for i := range e.Moves {
		if err := a.move(&e.Moves[i], at); err != nil {
			return err
		}
	}
	return a.foldRest(e)
}

// move folds one move.
func (a *Account) move(m *Move, at row) error {
	if err := a.purse(m.Unit).fold(m, at); err != nil {
		return fmt.Errorf("move %d %s from %s to %s: %w", m.Amount, m.Unit, m.From, m.To, err)
	}
	return nil
}

// foldRest folds all of an effect but its moves.
func (a *Account) foldRest(e *Effect) error {
	for _, idled := range e.Idled {
		a.purse(idled.Unit).endIdle(idled.Idle, idled.Day)
	}
	if e.Gone != nil {
		a.State.goOver()
	}
	if e.Came != nil {
		a.State.comeOver(e.Came, a.Of)
	}
	return a.State.fold(e)
}

// purse returns that of a unit, an empty one where there was none.
func (a *Account) purse(unit ledger.Unit) *Purse {
	p := a.Purses[unit]
	if p == nil {
		if a.Purses == nil {
			a.Purses = map[ledger.Unit]*Purse{}
		}
		p = new(Purse)
		a.Purses[unit] = p
	}
	return p
}

// units are those of all purses, in order of name.
func (a *Account) units() []ledger.Unit {
	return slices.SortedFunc(maps.Keys(a.Purses), cmp.Compare[ledger.Unit])
}

// try decides on a copy, which becomes the account only if nothing refused.
func (a *Account) try(decide func(*Account) error) error {
	next := a.clone()
	if err := decide(next); err != nil {
		return err
	}
	*a = *next
	return nil
}

func (a *Account) clone() *Account { return a.cloneWith(slices.Clone[[]Lot]) }

// cloneWith gives a copy that has of lots what is picked of them.
func (a *Account) cloneWith(pick func([]Lot) []Lot) *Account {
	next := &Account{Of: a.Of, State: a.State.clone(), Placed: a.Placed}
	for unit := range a.Purses {
		p := a.Purse(unit)
		p.Lots, p.Idled = pick(p.Lots), maps.Clone(p.Idled)
		*next.purse(unit) = p
	}
	return next
}
