package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// heldRight is a right as headquarters keeps it.
type heldRight struct {
	ledger.Right
	spent, returned ledger.Points
	state           rightState
	lots            []ledger.LotShare // what is left of each, in order of spending
	entry           ledger.EntryID    // the grant
	n               uint64            // ledger row that changed it last
	changed         bool
}

func newRight(r *ledger.Right, grant ledger.EntryID) *heldRight {
	held := &heldRight{Right: *r, state: rightOpen, entry: grant, changed: true}
	held.Lots = nil                      // move fills lots as it takes them
	held.Terms, held.SplitKey = nil, nil // the grant has them
	return held
}

// rest is what the right's escrow still has.
func (r *heldRight) rest() ledger.Points { return r.Amount - r.spent - r.returned }

// serves reports whether the right pays for what was first written at a place.
func (r *heldRight) serves(at ledger.Place, key balanceKey) bool {
	return r.state == rightOpen && r.of() == key &&
		r.Terminal == at.Terminal && r.Epoch == at.Epoch && r.Branch == at.Branch
}

func (r *heldRight) of() balanceKey { return balanceKey{r.Program, r.Unit} }

// first returns from which lots the next amount comes.
func (r *heldRight) first(amount ledger.Points) []ledger.LotShare {
	var shares []ledger.LotShare
	for _, have := range r.lots {
		if amount == 0 {
			break
		}
		if part := min(have.Amount, amount); part > 0 {
			shares = append(shares, ledger.LotShare{Lot: have.Lot, Amount: part})
			amount -= part
		}
	}
	return shares
}

// take takes shares out of the right's lots.
func (r *heldRight) take(shares []ledger.LotShare) error {
	for _, share := range shares {
		found := false
		for i := range r.lots {
			if r.lots[i].Lot == share.Lot && r.lots[i].Amount >= share.Amount {
				r.lots[i].Amount -= share.Amount
				found = true
				break
			}
		}
		if !found {
			return fmt.Errorf("lot %s of right %s: %w", share.Lot, r.ID, errOverdrawn)
		}
	}
	return nil
}

func (b *books) right(id ledger.RightID) (*heldRight, error) {
	if have := b.rights[id]; have != nil || b.from == nil {
		return have, nil
	}
	stored, err := b.from.right(b.holder, id)
	if stored != nil {
		b.rights[id] = stored
	}
	return stored, err
}

func (b *books) hasRightsToWrite() bool {
	for _, r := range b.rights {
		if r.changed {
			return true
		}
	}
	return false
}

// moveRight keeps rights in step with a move.
func (b *books) moveRight(m loyalty.Move, now uint64) error {
	from, takes := m.From.Right()
	to, grants := m.To.Right()
	if grants {
		if err := b.setAside(to, m, now); err != nil {
			return err
		}
	}
	if !takes {
		return nil
	}
	r, err := b.openRight(from, now)
	if err != nil {
		return err
	}
	if m.Amount > r.rest() {
		return errOverdrawn
	}
	if m.To == ledger.Redeemed || grants { // what parts have is spent, for the right that they are of
		r.spent += m.Amount
	} else {
		r.returned += m.Amount
	}
	if err := r.take(m.Lots); err != nil {
		return err
	}
	return sharesAre(m)
}

func (b *books) setAside(id ledger.RightID, m loyalty.Move, now uint64) error {
	r, err := b.openRight(id, now)
	if err != nil {
		return err
	}
	r.lots = append(r.lots, m.Lots...)
	return sharesAre(m)
}

// comingBack are the moves that end an amount of a right's escrow: they pay
// what is owed first, and the rest rejoins its lots. Uses are the limit's again.
func (b *books) comingBack(r *heldRight, amount ledger.Points) (moves []loyalty.Move, err error) {
	p := ledger.Posting{Unit: r.Unit, From: ledger.Escrow(r.ID), Right: r.ID}
	if _, use := r.Unit.Use(); use {
		if p.To, p.Amount = r.Unit.Home(), amount; amount > 0 {
			moves = append(moves, loyalty.Move{Posting: p})
		}
		return moves, nil
	}
	have, err := b.purse(r.of())
	if err != nil {
		return nil, err
	}
	shares, paid := r.first(amount), min(have.Receivable, amount)
	if p.To, p.Amount = ledger.Receivable, paid; paid > 0 {
		moves = append(moves, loyalty.Move{Posting: p, Lots: between(shares, 0, paid)})
	}
	if p.To, p.Amount = ledger.Available, amount-paid; p.Amount > 0 {
		moves = append(moves, loyalty.Move{Posting: p, Lots: between(shares, paid, p.Amount)})
	}
	return moves, nil
}

// openRight returns a right that is about to change.
func (b *books) openRight(id ledger.RightID, now uint64) (*heldRight, error) {
	r, err := b.right(id)
	if err != nil {
		return nil, err
	}
	if r == nil || r.state != rightOpen {
		return nil, fmt.Errorf("right %s is not open", id)
	}
	r.changed, r.n = true, now
	return r, nil
}

func (b *books) close(c closing, now uint64) error {
	r, err := b.openRight(c.Right, now)
	if err != nil {
		return err
	}
	r.state = c.State
	return nil
}

// sharesAre checks that a move's lots are all of its amount. Uses have none.
func sharesAre(m loyalty.Move) error {
	if _, use := m.Unit.Use(); use {
		return nil
	}
	var total ledger.Points
	for _, share := range m.Lots {
		var err error
		if total, err = total.Add(share.Amount); err != nil {
			return err
		}
	}
	if total != m.Amount {
		return fmt.Errorf("lots hold %d of %d", total, m.Amount)
	}
	return nil
}
