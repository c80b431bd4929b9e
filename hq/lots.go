package hq

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// lot is what is left of units earned together.
type lot struct {
	n            uint64 // ledger row that made it
	of           balanceKey
	amount, rest ledger.Points
	pending      bool
	terms        ledger.LotTerms
	changed      bool
}

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
	held.Lots = nil // move fills lots as it takes them
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

func (b *books) lot(name string) (*lot, error) {
	have := b.lots[name]
	if have == nil && b.from != nil {
		stored, err := b.from.lot(b.holder, name)
		if err != nil {
			return nil, err
		}
		have = stored
	}
	if have == nil {
		return nil, fmt.Errorf("lot %s is not known", name)
	}
	b.lots[name] = have
	return have, nil
}

// moveLots keeps lots and rights in step with a move.
func (b *books) moveLots(key balanceKey, m move, now uint64) error {
	from, spends := m.From.Right()
	to, grants := m.To.Right()
	switch {
	case grants && m.From == ledger.Available:
		return b.setAside(to, m, now)
	case spends && m.To == ledger.Redeemed:
		return b.spend(from, m, now)
	case spends && (m.To == ledger.Available || m.To == ledger.Receivable):
		return b.giveBack(from, m, now)
	case m.From == ledger.Redeemed && m.To == ledger.Available:
		return b.putBack(m)
	case m.To == ledger.Available || m.To == ledger.Pending:
		return b.earn(key, m, now)
	case (m.From == ledger.Available || m.From == ledger.Pending) && (m.To == ledger.Issued || m.To == ledger.Expired):
		return b.takeOut(m)
	case m.From == ledger.Loss && m.To == ledger.Redeemed, m.From == ledger.Redeemed && m.To == ledger.Loss,
		m.From == ledger.Issued && m.To == ledger.Receivable, m.From == ledger.Receivable && m.To == ledger.Issued,
		m.From == ledger.Redeemed && m.To == ledger.Receivable:
		return nil
	}
	return fmt.Errorf("no rule moves this")
}

func (b *books) earn(key balanceKey, m move, now uint64) error {
	var terms ledger.LotTerms
	if m.Lot != nil {
		terms = *m.Lot
	}
	for _, share := range m.Lots {
		if have := b.lots[share.Lot]; have != nil {
			if err := have.grow(share.Amount, terms, now); err != nil {
				return fmt.Errorf("lot %s: %w", share.Lot, err)
			}
			continue
		}
		b.lots[share.Lot] = &lot{
			n: now, of: key, amount: share.Amount, rest: share.Amount,
			pending: m.To == ledger.Pending, terms: terms, changed: true,
		}
	}
	return sharesAre(m)
}

// grow adds to a lot what the same entry earned on the same terms.
func (l *lot) grow(amount ledger.Points, terms ledger.LotTerms, now uint64) error {
	if l.n != now || l.terms != terms {
		return fmt.Errorf("is made twice")
	}
	l.changed = true
	if err := add(&l.amount, amount); err != nil {
		return err
	}
	return add(&l.rest, amount)
}

func (b *books) setAside(id ledger.RightID, m move, now uint64) error {
	r, err := b.openRight(id, now)
	if err != nil {
		return err
	}
	for _, share := range m.Lots {
		from, err := b.lot(share.Lot)
		if err != nil {
			return err
		}
		from.changed = true
		if err := add(&from.rest, -share.Amount); err != nil {
			return err
		}
		r.lots = append(r.lots, share)
	}
	return sharesAre(m)
}

func (b *books) spend(id ledger.RightID, m move, now uint64) error {
	r, err := b.openRight(id, now)
	if err != nil {
		return err
	}
	if m.Amount > r.rest() {
		return errOverdrawn
	}
	r.spent += m.Amount
	if err := r.take(m.Lots); err != nil {
		return err
	}
	return sharesAre(m)
}

func (b *books) giveBack(id ledger.RightID, m move, now uint64) error {
	r, err := b.openRight(id, now)
	if err != nil {
		return err
	}
	if m.Amount > r.rest() {
		return errOverdrawn
	}
	r.returned += m.Amount
	if err := r.take(m.Lots); err != nil {
		return err
	}
	if m.To == ledger.Receivable {
		return sharesAre(m) // they pay what is owed, and are gone
	}
	return b.putBack(m)
}

// comingBack are the moves that end an amount of a right's escrow: they pay
// what is owed first, and the rest rejoins its lots.
func (b *books) comingBack(r *heldRight, amount ledger.Points) (moves []move, err error) {
	have, err := b.balance(r.of())
	if err != nil {
		return nil, err
	}
	shares, paid := r.first(amount), min(have.receivable, amount)
	p := ledger.Posting{Unit: r.Unit, From: ledger.Escrow(r.ID), Right: r.ID}
	if p.To, p.Amount = ledger.Receivable, paid; paid > 0 {
		moves = append(moves, move{p, between(shares, 0, paid)})
	}
	if p.To, p.Amount = ledger.Available, amount-paid; p.Amount > 0 {
		moves = append(moves, move{p, between(shares, paid, p.Amount)})
	}
	return moves, nil
}

// putBack gives a move's shares back to their lots.
func (b *books) putBack(m move) error {
	for _, share := range m.Lots {
		to, err := b.lot(share.Lot)
		if err != nil {
			return err
		}
		to.changed = true
		if err := add(&to.rest, share.Amount); err != nil {
			return err
		}
		if to.rest > to.amount {
			return fmt.Errorf("lot %s gets back more than it had", share.Lot)
		}
	}
	return sharesAre(m)
}

// takeOut takes a move's shares out of lots that are as pending as they are
// said to be.
func (b *books) takeOut(m move) error {
	for _, share := range m.Lots {
		from, err := b.lot(share.Lot)
		if err != nil {
			return err
		}
		if from.pending != (m.From == ledger.Pending) {
			return fmt.Errorf("lot %s is not %s", share.Lot, m.From)
		}
		from.changed = true
		if err := add(&from.rest, -share.Amount); err != nil {
			return fmt.Errorf("lot %s: %w", share.Lot, err)
		}
	}
	return sharesAre(m)
}

// toTake names the lots of a unit out of which a claw-back takes, in order: a
// sale's own, pending ones among them where it earned such, then all others
// that have something, in order of spending.
func (b *books) toTake(key balanceKey, own []string, pending bool) (names []string, err error) {
	for _, name := range own {
		l, err := b.lot(name)
		if err != nil {
			return nil, err
		}
		if (pending || !l.pending) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	mine := len(names)
	stored, err := b.from.free(b.holder, key)
	if err != nil {
		return nil, err
	}
	for _, name := range stored {
		if _, err := b.lot(name); err != nil {
			return nil, err
		}
	}
	for name, l := range b.lots { // those that this entry gave back to among them
		if l.of == key && !l.pending && l.rest > 0 && !slices.Contains(names[:mine], name) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names[mine:], b.spendingOrder)
	return names, nil
}

// spendingOrder is soonest expiry first, then oldest.
func (b *books) spendingOrder(one, two string) int {
	l, m := b.lots[one], b.lots[two]
	never := func(at ledger.Millis) ledger.Millis {
		if at == 0 {
			return math.MaxInt64
		}
		return at
	}
	return cmp.Or(cmp.Compare(never(l.terms.ExpiresAt), never(m.terms.ExpiresAt)), cmp.Compare(l.n, m.n), cmp.Compare(one, two))
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

// sharesAre checks that a move's lots are all of its amount.
func sharesAre(m move) error {
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
