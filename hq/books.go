package hq

import (
	"errors"
	"fmt"
	"math"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// books are what the rows of one ledger add up to. The projector moves them
// with each decision and saves what changed; Verify folds all decisions into
// empty ones and compares. There is one arithmetic for both: units, lots and
// what a program remembers are loyalty's, rights are here.
type books struct {
	holder  holder
	n       uint64
	head    ledger.Hash
	version uint64
	lane    lane
	// lanes are those of programs under which a sale came before one under
	// another, to be saved.
	lanes    map[string]ledger.TerminalID
	accounts map[string]*account
	rights   map[ledger.RightID]*heldRight
	returns  map[ledger.EntryID][]uint64 // rows that are returns of a sale, to be saved
	segments map[inSegment]uint64        // rows by which members came into one, to be saved; 0 where they left it
	// from loads what is not here yet; nil where everything is.
	from loader
	// before bounds what counts of other ledgers' rows: those recorded before it.
	before ledger.Millis
	// touched says that a unit has it to write, entered that it has rows that are
	// new, and toldFrom from which row on stores are to hear of it.
	touched, entered bool
	toldFrom         uint64
}

// loader finds what a ledger's books already have. Nil, without an error, is
// nothing.
type loader interface {
	// account returns what there is under a program, without lots of which
	// nothing is left.
	account(holder, string) (*loyalty.Account, error)
	lot(holder, string) (*keptLot, error)
	right(holder, ledger.RightID) (*heldRight, error)
	// lane returns where the last sale under a program was, if another's came
	// after it.
	lane(holder, string) (ledger.TerminalID, error)
	// open returns the open rights in order of their ids, as they stand since the
	// last row, without lots.
	open(holder) ([]*heldRight, error)
	// lots returns the names of all lots under a program, in order.
	lots(holder, string) ([]string, error)
}

// lane is where the last sale was, and under which program.
type lane struct {
	terminal ledger.TerminalID
	program  string
}

type balanceKey struct {
	program string
	unit    ledger.Unit
}

// account is what a ledger has under one program.
type account struct {
	*loyalty.Account
	was     *loyalty.Account         // as it is stored
	touched map[ledger.Unit]struct{} // units that moves changed
	// remembered says that what is remembered changed.
	remembered bool
}

// keptLot is a lot as it is stored.
type keptLot struct {
	of balanceKey
	loyalty.Lot
}

func newBooks(of holder, from loader) *books {
	return &books{
		holder: of, from: from, before: math.MaxInt64,
		accounts: map[string]*account{}, rights: map[ledger.RightID]*heldRight{}, returns: map[ledger.EntryID][]uint64{},
		lanes: map[string]ledger.TerminalID{}, segments: map[inSegment]uint64{},
	}
}

// account returns what the ledger has under a program.
func (b *books) account(program string) (*account, error) {
	if have := b.accounts[program]; have != nil {
		return have, nil
	}
	a := &account{Account: &loyalty.Account{Of: ledger.Subject(b.holder)}, touched: map[ledger.Unit]struct{}{}}
	if b.from != nil {
		stored, err := b.from.account(b.holder, program)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			a.Account = stored
		}
	}
	a.was = a.Clone()
	b.accounts[program] = a
	return a, nil
}

// purse returns what the ledger has of a unit.
func (b *books) purse(key balanceKey) (loyalty.Purse, error) {
	a, err := b.account(key.program)
	if err != nil {
		return loyalty.Purse{}, err
	}
	return a.Purse(key.unit), nil
}

// need loads the lots that shares name, where nothing was left of them.
func (b *books) need(program string, shares []ledger.LotShare) error {
	for _, share := range shares {
		if err := b.needLot(program, share.Lot); err != nil {
			return err
		}
	}
	return nil
}

func (b *books) needLot(program, name string) error {
	a, err := b.account(program)
	if err != nil || b.from == nil {
		return err
	}
	for _, p := range a.Purses {
		if p.Has(name) {
			return nil
		}
	}
	l, err := b.from.lot(b.holder, name)
	if err != nil || l == nil || l.of.program != program {
		return err // one that this move makes, or whoever takes from it says that it is not known
	}
	a.Hold(l.of.unit).Keep(l.Lot)
	a.was.Hold(l.of.unit).Keep(l.Lot)
	return nil
}

// errOverdrawn says that a move takes more than there is: a mistake of ours,
// since whoever decides looks first.
var errOverdrawn = errors.New("more is taken than there is")

// move posts one move. now is the number of the ledger row it belongs to, day
// the store's date of it.
func (b *books) move(program string, m loyalty.Move, now uint64, day ledger.Date) error {
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

func (b *books) moveUnits(program string, m loyalty.Move, now uint64, day ledger.Date) error {
	if err := b.need(program, m.Lots); err != nil {
		return err
	}
	a, err := b.account(program)
	if err != nil {
		return err
	}
	a.touched[m.Unit] = struct{}{}
	return a.FoldMove(m, now, day)
}

// take makes an account's decided effect the ledger's: its units are moved
// already.
func (a *account) take(e *loyalty.Effect) {
	for _, m := range e.Moves {
		a.touched[m.Unit] = struct{}{}
	}
	for _, idled := range e.Idled {
		a.touched[idled.Unit] = struct{}{}
	}
	if e.Came != nil {
		for unit := range e.Came.Lots {
			a.touched[unit] = struct{}{}
		}
	}
	a.remembered = true
}

// fold posts a whole decision as ledger row n.
func (b *books) fold(d *decision, n uint64) error {
	if d.Grant != nil {
		b.rights[d.Grant.ID] = newRight(d.Grant, d.Entry)
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
		a, err := b.account(d.Program)
		if err != nil {
			return err
		}
		if err := a.FoldRest(d.Effect, n); err != nil {
			return err
		}
		a.take(d.Effect)
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
	b.segment(d, n)
	return nil
}

// foldCame keeps what came with an account that became this one, for the moves to
// fill.
func (b *books) foldCame(d *decision, n uint64) error {
	if d.Effect == nil || d.Effect.Came == nil {
		return nil
	}
	a, err := b.account(d.Program)
	if err != nil {
		return err
	}
	a.KeepLots(d.Effect.Came, n)
	b.keepCarried(d, n)
	return b.keepLane(d)
}

// noteReturn remembers of which sale a row is a return.
func (b *books) noteReturn(d *decision, n uint64) {
	if !d.Sale.IsZero() {
		b.returns[d.Sale] = append(b.returns[d.Sale], n)
	}
}

// noteLane remembers where the member was served last, under each program.
func (b *books) noteLane(d *decision) {
	if d.Kind != ledger.Sold || d.Place == nil || d.Verdict == ledger.Held {
		return
	}
	if b.lane.program != d.Program && !b.lane.terminal.IsZero() {
		b.lanes[b.lane.program] = b.lane.terminal
	}
	b.lane = lane{d.Place.Terminal, d.Program}
}

// laneOf returns where the member was served last under a program; zero where she
// never was.
func (b *books) laneOf(program string) (ledger.TerminalID, error) {
	if b.lane.program == program || b.lane.terminal.IsZero() {
		return b.lane.terminal, nil
	}
	if at, here := b.lanes[program]; here || b.from == nil {
		return at, nil
	}
	return b.from.lane(b.holder, program)
}
