package loyalty

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Purse is what an account has of one unit. At most one of Available and
// Receivable is above zero.
type Purse struct {
	Available  ledger.Points `json:"available,omitempty"`  // left of lots that have vested
	Pending    ledger.Points `json:"pending,omitempty"`    // left of those that have not
	Receivable ledger.Points `json:"receivable,omitempty"` // owed: the next units pay it first
	// Idled is, of each length of idleness that ends lots, the last day on which it
	// did: those of it made before that day are gone, whatever was left of them.
	Idled byName[string, ledger.Date] `json:"idled,omitempty"`
	// Lots are in the order of spending. One that is spent stays, because units
	// given back rejoin it.
	Lots []Lot `json:"lots,omitempty"`
}

// Lot is units that were earned together on the same terms.
type Lot struct {
	Name    string          `json:"lot"` // ledger.LotName
	Amount  ledger.Points   `json:"amount"`
	Left    ledger.Points   `json:"left"`
	Pending bool            `json:"pending,omitempty"`
	Terms   ledger.LotTerms `json:"terms,omitzero"`
	Order   uint64          `json:"order"`            // of the account's row that made it
	Since   ledger.Date     `json:"since"`            // the day it was made
	Vested  ledger.Date     `json:"vested,omitempty"` // the day it became available
}

// row is the account's row that a move belongs to.
type row struct {
	order uint64
	day   ledger.Date
}

// spendingOrder is soonest expiry first, then oldest.
func spendingOrder(a, b *Lot) int {
	if ends := cmp.Compare(endOf(a.Terms), endOf(b.Terms)); ends != 0 {
		return ends
	}
	if made := cmp.Compare(a.Order, b.Order); made != 0 {
		return made
	}
	return cmp.Compare(a.Name, b.Name)
}

func endOf(terms ledger.LotTerms) ledger.Millis {
	if terms.ExpiresAt == 0 {
		return math.MaxInt64
	}
	return terms.ExpiresAt
}

// lot finds a lot by its name; nil where there is none.
func (p *Purse) lot(name string) *Lot {
	for i := range p.Lots {
		if p.Lots[i].Name == name {
			return &p.Lots[i]
		}
	}
	return nil
}

// draw returns the lots that the next amount to be spent comes from, as far as
// there is one.
func (p *Purse) draw(amount ledger.Points) (shares []ledger.LotShare) {
	for i := range p.Lots {
		if amount == 0 {
			break
		}
		l := &p.Lots[i]
		if part := min(l.Left, amount); part > 0 && !l.Pending {
			shares = append(shares, ledger.LotShare{Lot: l.Name, Amount: part})
			amount -= part
		}
	}
	return shares
}

// fold makes a move.
func (p *Purse) fold(m *Move, at row) error {
	if err := p.foldLots(m, at); err != nil {
		return err
	}
	if err := p.post(m.From, -m.Amount); err != nil {
		return err
	}
	return p.post(m.To, m.Amount)
}

// post adds to one side of the purse. What is owed shrinks by what it is given;
// the program's side and what rights hold are kept elsewhere.
func (p *Purse) post(account ledger.LedgerAccount, amount ledger.Points) error {
	switch account {
	case ledger.Available:
		return addTo(&p.Available, amount)
	case ledger.Pending:
		return addTo(&p.Pending, amount)
	case ledger.Receivable:
		return addTo(&p.Receivable, -amount)
	}
	return nil
}

// foldLots keeps the lots in step with a move.
func (p *Purse) foldLots(m *Move, at row) error {
	each := p.takeOut
	switch {
	case m.From == ledger.Pending && (m.To == ledger.Available || m.To == ledger.Receivable):
		each = p.vest
	case m.From == ledger.Available || m.From == ledger.Pending:
	case m.To != ledger.Available && m.To != ledger.Pending:
		if m.Amount <= 0 {
			return fmt.Errorf("an amount is above zero")
		}
		return nil // no lot of the member's
	case m.makesLots():
		each = p.arrive
	default:
		each = p.putBack
	}
	if err := m.check(); err != nil {
		return err
	}
	for _, share := range m.Lots {
		if err := each(m, share, at); err != nil {
			return fmt.Errorf("lot %s: %w", share.Lot, err)
		}
	}
	return nil
}

var errUnknownLot = errors.New("is not known")

// arrive makes a lot, but of one that came over with its account: that is here
// already, and gets what was left of it.
func (p *Purse) arrive(m *Move, share ledger.LotShare, at row) error {
	if _, arrives := m.From.Transit(); arrives && p.Has(share.Lot) {
		return p.putBack(m, share, at)
	}
	return p.earn(m, share, at)
}

// earn makes a lot, or adds to it what the same row gave on the same terms. Rows
// fold once, and name lots by their entries: none of another row has this name.
func (p *Purse) earn(m *Move, share ledger.LotShare, at row) error {
	l := Lot{
		Name: share.Lot, Amount: share.Amount, Left: share.Amount, Pending: m.To == ledger.Pending,
		Terms: termsOf(&m.Posting), Order: at.order, Since: at.day,
	}
	if !l.Pending {
		l.Vested = at.day
	}
	if l.Terms.Idle != "" {
		p.endIdle(l.Terms.Idle, "") // nothing yet
	}
	i := len(p.Lots) // most end last
	for i > 0 && spendingOrder(&p.Lots[i-1], &l) > 0 {
		i--
	}
	if i == 0 || p.Lots[i-1].Name != l.Name {
		p.Lots = slices.Insert(p.Lots, i, l)
		return nil
	}
	have := &p.Lots[i-1]
	if have.Order != l.Order || have.Terms != l.Terms || have.Pending != l.Pending {
		return fmt.Errorf("is made twice")
	}
	if err := addTo(&have.Amount, share.Amount); err != nil {
		return err
	}
	return addTo(&have.Left, share.Amount)
}

// endIdle notes that lots of a length of idleness ended on a day, unless later ones
// did.
func (p *Purse) endIdle(idle string, day ledger.Date) {
	if p.Idled == nil {
		p.Idled = map[string]ledger.Date{}
	}
	p.Idled[idle] = max(p.Idled[idle], day)
}

// vest makes a pending lot available. What of it pays a receivable leaves it.
func (p *Purse) vest(m *Move, share ledger.LotShare, at row) error {
	l := p.lot(share.Lot)
	switch {
	case l == nil:
		return errUnknownLot
	case !l.Pending:
		return fmt.Errorf("is not pending")
	case m.To == ledger.Receivable:
		if err := addTo(&l.Left, -share.Amount); err != nil {
			return err
		}
		if l.Left > 0 {
			return nil
		}
	case l.Left != share.Amount:
		return fmt.Errorf("vests as a whole")
	}
	l.Pending, l.Vested = false, at.day
	return nil
}

// takeOut takes from a lot that is as pending as the move says.
func (p *Purse) takeOut(m *Move, share ledger.LotShare, _ row) error {
	l := p.lot(share.Lot)
	switch {
	case l == nil:
		return errUnknownLot
	case l.Pending != (m.From == ledger.Pending):
		return fmt.Errorf("is not %s", m.From)
	}
	return addTo(&l.Left, -share.Amount)
}

// putBack gives back to a lot what was taken from it.
func (p *Purse) putBack(_ *Move, share ledger.LotShare, _ row) error {
	l := p.lot(share.Lot)
	switch {
	case l == nil:
		return errUnknownLot
	case share.Amount > l.Amount-l.Left:
		return fmt.Errorf("gets back more than it had")
	}
	return addTo(&l.Left, share.Amount)
}
