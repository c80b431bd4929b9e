package books

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Right is a right as headquarters keeps it.
type Right struct {
	ledger.Right
	Spent, Returned ledger.Points
	State           rightState
	Left            []ledger.LotShare // what is left of each, in order of spending
	Grant           ledger.EntryID    // the grant
	N               uint64            // ledger row that changed it last
	Changed         bool
}

func newRight(r *ledger.Right, grant ledger.EntryID) *Right {
	held := &Right{Right: *r, State: RightOpen, Grant: grant, Changed: true}
	held.Lots = nil                      // move fills lots as it takes them
	held.Terms, held.SplitKey = nil, nil // the grant has them
	return held
}

// Rest is what the right's escrow still has.
func (r *Right) Rest() ledger.Points { return r.Amount - r.Spent - r.Returned }

// serves reports whether the right pays for what was first written at a place.
func (r *Right) serves(at ledger.Place, key BalanceKey) bool {
	return r.State == RightOpen && r.Of() == key &&
		r.Terminal == at.Terminal && r.Epoch == at.Epoch && r.Branch == at.Branch
}

// Of is the balance that the right was set aside from.
func (r *Right) Of() BalanceKey { return BalanceKey{r.Program, r.Unit} }

// first returns from which lots the next amount comes.
func (r *Right) first(amount ledger.Points) []ledger.LotShare {
	var shares []ledger.LotShare
	for _, have := range r.Left {
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
func (r *Right) take(shares []ledger.LotShare) error {
	for _, share := range shares {
		found := false
		for i := range r.Left {
			if r.Left[i].Lot == share.Lot && r.Left[i].Amount >= share.Amount {
				r.Left[i].Amount -= share.Amount
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

// Right returns a right of the ledger; nil where it has none of the id.
func (b *Books) Right(id ledger.RightID) (*Right, error) {
	if have := b.Rights[id]; have != nil || b.From == nil {
		return have, nil
	}
	stored, err := b.From.Right(b.Holder, id)
	if stored != nil {
		b.Rights[id] = stored
	}
	return stored, err
}

// HasRightsToWrite reports whether a right changed since the books were saved.
func (b *Books) HasRightsToWrite() bool {
	for _, r := range b.Rights {
		if r.Changed {
			return true
		}
	}
	return false
}

// moveRight keeps rights in step with a move.
func (b *Books) moveRight(m loyalty.Move, now uint64) error {
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
	if m.Amount > r.Rest() {
		return errOverdrawn
	}
	if m.To == ledger.Redeemed || grants { // what parts have is spent, for the right that they are of
		r.Spent += m.Amount
	} else {
		r.Returned += m.Amount
	}
	if err := r.take(m.Lots); err != nil {
		return err
	}
	return sharesAre(m)
}

func (b *Books) setAside(id ledger.RightID, m loyalty.Move, now uint64) error {
	r, err := b.openRight(id, now)
	if err != nil {
		return err
	}
	r.Left = append(r.Left, m.Lots...)
	return sharesAre(m)
}

// comingBack are the moves that end an amount of a right's escrow: they pay
// what is owed first, and the rest rejoins its lots. Uses are the limit's again.
func (b *Books) comingBack(r *Right, amount ledger.Points) (moves []loyalty.Move, err error) {
	p := ledger.Posting{Unit: r.Unit, From: ledger.Escrow(r.ID), Right: r.ID}
	if _, use := r.Unit.Use(); use {
		if p.To, p.Amount = r.Unit.Home(), amount; amount > 0 {
			moves = append(moves, loyalty.Move{Posting: p})
		}
		return moves, nil
	}
	have, err := b.Purse(r.Of())
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
func (b *Books) openRight(id ledger.RightID, now uint64) (*Right, error) {
	r, err := b.Right(id)
	if err != nil {
		return nil, err
	}
	if r == nil || r.State != RightOpen {
		return nil, fmt.Errorf("right %s is not open", id)
	}
	r.Changed, r.N = true, now
	return r, nil
}

func (b *Books) close(c closing, now uint64) error {
	r, err := b.openRight(c.Right, now)
	if err != nil {
		return err
	}
	r.State = c.State
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
