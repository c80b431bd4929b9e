package hq

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// books are what the rows of one ledger add up to. The projector moves them
// with each decision and saves what changed; Verify folds all decisions into
// empty ones and compares. There is one arithmetic for both.
type books struct {
	holder   holder
	n        uint64
	head     ledger.Hash
	version  uint64
	lane     ledger.TerminalID // of the last sale
	balances map[balanceKey]*balance
	lots     map[string]*lot
	rights   map[ledger.RightID]*heldRight
	returns  map[ledger.EntryID][]uint64 // rows that are returns of a sale, to be saved
	// from loads what is not here yet; nil where everything is.
	from loader
}

// loader finds what a ledger's books already have. Nil, without an error, is
// nothing.
type loader interface {
	balance(holder, balanceKey) (*balance, error)
	lot(holder, string) (*lot, error)
	right(holder, ledger.RightID) (*heldRight, error)
	// free names the lots of a unit that have something, none of them pending.
	free(holder, balanceKey) ([]string, error)
}

type balanceKey struct {
	program string
	unit    ledger.Unit
}

type balance struct {
	available, pending, receivable ledger.Points
	changed                        bool
}

func newBooks(of holder, from loader) *books {
	return &books{
		holder: of, from: from,
		balances: map[balanceKey]*balance{}, lots: map[string]*lot{}, rights: map[ledger.RightID]*heldRight{},
		returns: map[ledger.EntryID][]uint64{},
	}
}

func (b *books) balance(key balanceKey) (*balance, error) {
	if have := b.balances[key]; have != nil {
		return have, nil
	}
	have := new(balance)
	if b.from != nil {
		stored, err := b.from.balance(b.holder, key)
		if err != nil {
			return nil, err
		}
		if stored != nil {
			have = stored
		}
	}
	b.balances[key] = have
	return have, nil
}

// errOverdrawn says that a move takes more than there is: a mistake of ours,
// since whoever decides looks first.
var errOverdrawn = errors.New("more is taken than there is")

// add moves one field of a balance; a sum out of range or below zero is an
// error.
func add(field *ledger.Points, amount ledger.Points) error {
	sum, err := field.Add(amount)
	if err != nil {
		return err
	}
	if sum < 0 {
		return errOverdrawn
	}
	*field = sum
	return nil
}

// move posts one move. now is the number of the ledger row it belongs to.
func (b *books) move(program string, m move, now uint64) error {
	key := balanceKey{program, m.Unit}
	have, err := b.balance(key)
	if err != nil {
		return err
	}
	have.changed = true
	if err := b.moveLots(key, m, now); err != nil {
		return fmt.Errorf("move %d %s from %s to %s: %w", m.Amount, m.Unit, m.From, m.To, err)
	}
	if err := have.post(m.From, -m.Amount); err != nil {
		return fmt.Errorf("take %d %s from %s: %w", m.Amount, m.Unit, m.From, err)
	}
	if err := have.post(m.To, m.Amount); err != nil {
		return fmt.Errorf("give %d %s to %s: %w", m.Amount, m.Unit, m.To, err)
	}
	return nil
}

// post adds to the side of an account that the balance row keeps. What is owed
// shrinks by what it is given.
func (b *balance) post(account ledger.LedgerAccount, amount ledger.Points) error {
	switch account {
	case ledger.Available:
		return add(&b.available, amount)
	case ledger.Pending:
		return add(&b.pending, amount)
	case ledger.Receivable:
		return add(&b.receivable, -amount)
	}
	return nil // escrow is the rights'; the program's side is no member's
}

// fold posts a whole decision as ledger row n.
func (b *books) fold(d *decision, n uint64) error {
	if d.Grant != nil {
		b.rights[d.Grant.ID] = newRight(d.Grant, d.Entry)
	}
	for _, m := range d.Moves {
		if err := b.move(d.Program, m, n); err != nil {
			return err
		}
	}
	if d.Close != nil {
		if err := b.close(*d.Close, n); err != nil {
			return err
		}
	}
	b.noteLane(d)
	b.noteReturn(d, n)
	return nil
}

// noteReturn remembers of which sale a row is a return.
func (b *books) noteReturn(d *decision, n uint64) {
	if !d.Sale.IsZero() {
		b.returns[d.Sale] = append(b.returns[d.Sale], n)
	}
}

// noteLane remembers where the member was served last.
func (b *books) noteLane(d *decision) {
	if d.Kind == ledger.Sold && d.Place != nil && d.Verdict != ledger.Held {
		b.lane = d.Place.Terminal
	}
}
