// Package books knows what an entry does to the ledger of an account, and what the
// rows of a ledger add up to: units in lots, rights, and what programs remember. It
// decides (Item.Decide, and what headquarters does by itself) and folds what was
// decided (Books.Fold); whoever reads and keeps books, and whose an entry is, others
// know. It asks no database and no clock.
package books

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Books are what the rows of one ledger add up to. The projector moves them
// with each decision and saves what changed; Verify folds all decisions into
// empty ones and compares. There is one arithmetic for both: units, lots and
// what a program remembers are loyalty's, rights are here.
type Books struct {
	Holder  Holder
	N       uint64
	Head    ledger.Hash
	Version uint64
	Lane    Lane
	// Lanes are those of programs under which a sale came before one under
	// another, to be saved.
	Lanes    map[string]ledger.TerminalID
	Accounts map[string]*Account
	Rights   map[ledger.RightID]*Right
	Returns  map[ledger.EntryID][]uint64 // rows that are returns of a sale, to be saved
	Segments map[InSegment]uint64        // rows by which members came into one, to be saved; 0 where they left it
	// From loads what is not here yet; nil where everything is.
	From Loader
	// Before bounds what counts of other ledgers' rows: those recorded before it.
	Before ledger.Millis
	// Touched says that a unit has it to write, Entered that it has rows that are
	// new, and ToldFrom from which row on stores are to hear of it.
	Touched, Entered bool
	ToldFrom         uint64
}

// Loader finds what a ledger's books already have. Nil, without an error, is
// nothing.
type Loader interface {
	// Account returns what there is under a program, without lots of which
	// nothing is left.
	Account(Holder, string) (*loyalty.Account, error)
	Lot(Holder, string) (*KeptLot, error)
	Right(Holder, ledger.RightID) (*Right, error)
	// Lane returns where the last sale under a program was, if another's came
	// after it.
	Lane(Holder, string) (ledger.TerminalID, error)
	// Open returns the open rights in order of their ids, as they stand since the
	// last row, without lots.
	Open(Holder) ([]*Right, error)
	// Lots returns the names of all lots under a program, in order.
	Lots(Holder, string) ([]string, error)
}

// Lane is where the last sale was, and under which program.
type Lane struct {
	Terminal ledger.TerminalID
	Program  string
}

// BalanceKey names a balance of a ledger.
type BalanceKey struct {
	Program string
	Unit    ledger.Unit
}

// Account is what a ledger has under one program.
type Account struct {
	*loyalty.Account
	Stored  map[ledger.Unit][]loyalty.Lot // its lots as they are stored
	Touched map[ledger.Unit]struct{}      // units that moves changed
	// Remembered says that what is remembered changed.
	Remembered bool
}

// KeptLot is a lot as it is stored.
type KeptLot struct {
	Of BalanceKey
	loyalty.Lot
}

// New returns the books of a ledger, with what from has of it; nil is nothing.
func New(of Holder, from Loader) *Books {
	return &Books{
		Holder: of, From: from, Before: math.MaxInt64,
		Accounts: map[string]*Account{}, Rights: map[ledger.RightID]*Right{}, Returns: map[ledger.EntryID][]uint64{},
		Lanes: map[string]ledger.TerminalID{}, Segments: map[InSegment]uint64{},
	}
}

// Account returns what the ledger has under a program.
func (b *Books) Account(program string) (*Account, error) {
	if have := b.Accounts[program]; have != nil {
		return have, nil
	}
	a := &Account{Account: &loyalty.Account{Of: ledger.Subject(b.Holder)}, Stored: map[ledger.Unit][]loyalty.Lot{}, Touched: map[ledger.Unit]struct{}{}}
	if b.From != nil {
		stored, err := b.From.Account(b.Holder, program)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			a.Account = stored
		}
	}
	for unit := range a.Purses {
		a.Keep(unit)
	}
	b.Accounts[program] = a
	return a, nil
}

// Keep notes that the lots of a unit are stored as they are now.
func (a *Account) Keep(unit ledger.Unit) {
	a.Stored[unit] = slices.Clone(a.Purse(unit).Lots)
}

// Purse returns what the ledger has of a unit.
func (b *Books) Purse(key BalanceKey) (loyalty.Purse, error) {
	a, err := b.Account(key.Program)
	if err != nil {
		return loyalty.Purse{}, err
	}
	return a.Purse(key.Unit), nil
}

// need loads the lots that shares name, where nothing was left of them.
func (b *Books) need(program string, shares []ledger.LotShare) error {
	for _, share := range shares {
		if err := b.needLot(program, share.Lot); err != nil {
			return err
		}
	}
	return nil
}

func (b *Books) needLot(program, name string) error {
	a, err := b.Account(program)
	if err != nil || b.From == nil {
		return err
	}
	for _, p := range a.Purses {
		if p.Has(name) {
			return nil
		}
	}
	l, err := b.From.Lot(b.Holder, name)
	if err != nil || l == nil || l.Of.Program != program {
		return err // one that this move makes, or whoever takes from it says that it is not known
	}
	a.Hold(l.Of.Unit).Keep(l.Lot)
	a.Stored[l.Of.Unit] = append(a.Stored[l.Of.Unit], l.Lot)
	return nil
}

// errOverdrawn says that a move takes more than there is: a mistake of ours,
// since whoever decides looks first.
var errOverdrawn = errors.New("more is taken than there is")

// move posts one move. now is the number of the ledger row it belongs to, day
// the store's date of it.
func (b *Books) move(program string, m loyalty.Move, now uint64, day ledger.Date) error {
	if _, use := m.Unit.Use(); !use { // of which there is no balance, only rights
		if err := b.moveUnits(program, m, now, day); err != nil {
			return err
		}
	}
	if err := b.moveRight(m, now); err != nil {
		return fmt.Errorf("move %d %s from %s to %s: %w", m.Amount, m.Unit, m.From, m.To, err)
	}
	return nil
}

func (b *Books) moveUnits(program string, m loyalty.Move, now uint64, day ledger.Date) error {
	if err := b.need(program, m.Lots); err != nil {
		return err
	}
	a, err := b.Account(program)
	if err != nil {
		return err
	}
	a.Touched[m.Unit] = struct{}{}
	return a.FoldMove(m, now, day)
}

// Take makes an account's decided effect the ledger's: its units are moved
// already.
func (a *Account) Take(e *loyalty.Effect) {
	for _, m := range e.Moves {
		a.Touched[m.Unit] = struct{}{}
	}
	for _, idled := range e.Idled {
		a.Touched[idled.Unit] = struct{}{}
	}
	if e.Came != nil {
		for unit := range e.Came.Lots {
			a.Touched[unit] = struct{}{}
		}
	}
	a.Remembered = true
}

// Fold posts a whole decision as ledger row n.
func (b *Books) Fold(d *Decision, n uint64) error {
	if d.Grant != nil {
		b.Rights[d.Grant.ID] = newRight(d.Grant, d.Entry)
	}
	if err := b.foldCame(d, n); err != nil {
		return err
	}
	for _, m := range d.Moves {
		if err := b.move(d.Program, m, n, d.day()); err != nil {
			return err
		}
	}
	if d.Effect != nil {
		a, err := b.Account(d.Program)
		if err != nil {
			return err
		}
		if err := a.FoldRest(d.Effect, n); err != nil {
			return err
		}
		a.Take(d.Effect)
	}
	if d.Close != nil {
		if err := b.close(*d.Close, n); err != nil {
			return err
		}
	}
	if d.Effect != nil && d.Effect.Gone != nil {
		if err := b.endCarried(d, n); err != nil {
			return err
		}
	}
	b.noteLane(d)
	b.noteReturn(d, n)
	b.Segment(d, n)
	return nil
}

// foldCame keeps what came with an account that became this one, for the moves to
// fill.
func (b *Books) foldCame(d *Decision, n uint64) error {
	if d.Effect == nil || d.Effect.Came == nil {
		return nil
	}
	a, err := b.Account(d.Program)
	if err != nil {
		return err
	}
	a.KeepLots(d.Effect.Came, n)
	b.keepCarried(d, n)
	return b.keepLane(d)
}

// noteReturn remembers of which sale a row is a return.
func (b *Books) noteReturn(d *Decision, n uint64) {
	if !d.Sale.IsZero() {
		b.Returns[d.Sale] = append(b.Returns[d.Sale], n)
	}
}

// noteLane remembers where the member was served last, under each program.
func (b *Books) noteLane(d *Decision) {
	if d.Kind != ledger.Sold || d.Place == nil || d.Verdict == ledger.Held {
		return
	}
	if b.Lane.Program != d.Program && !b.Lane.Terminal.IsZero() {
		b.Lanes[b.Lane.Program] = b.Lane.Terminal
	}
	b.Lane = Lane{d.Place.Terminal, d.Program}
}

// LaneOf returns where the member was served last under a program; zero where she
// never was.
func (b *Books) LaneOf(program string) (ledger.TerminalID, error) {
	if b.Lane.Program == program || b.Lane.Terminal.IsZero() {
		return b.Lane.Terminal, nil
	}
	if at, here := b.Lanes[program]; here || b.From == nil {
		return at, nil
	}
	return b.From.Lane(b.Holder, program)
}
