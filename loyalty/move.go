package loyalty

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Move is a posting as it was decided, with the lots it makes, takes from or
// gives back to. Replaying moves decides nothing: whoever decided named the
// lots.
type Move struct {
	ledger.Posting
	Lots []ledger.LotShare `json:"lots,omitempty"`
}

// errOverdrawn says that a move takes more than there is: a mistake of ours,
// since whoever decides looks first.
var errOverdrawn = errors.New("more is taken than there is")

// makesLots reports whether what a move gives to the member is new, rather than
// on its way back to the lots it once came from.
func (m *Move) makesLots() bool {
	_, arrives := m.From.Transit()
	return arrives || m.From == ledger.Issued || m.From == ledger.Adjusted || m.Lot != nil
}

// termsOf are those of the lot that a posting makes.
func termsOf(p *ledger.Posting) ledger.LotTerms {
	if p.Lot == nil {
		return ledger.LotTerms{}
	}
	return *p.Lot
}

// check demands that the move's lots are all of its amount.
func (m *Move) check() error {
	if m.Amount <= 0 {
		return fmt.Errorf("an amount is above zero")
	}
	for _, share := range m.Lots {
		if share.Amount <= 0 {
			return fmt.Errorf("lot %s has no share", share.Lot)
		}
	}
	total, err := sumOfShares(m.Lots)
	if err != nil {
		return err
	}
	if total != m.Amount {
		return fmt.Errorf("lots hold %d of it", total)
	}
	return nil
}

func sumOfShares(shares []ledger.LotShare) (sum ledger.Points, err error) {
	for _, share := range shares {
		if sum, err = sum.Add(share.Amount); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

// sharesOf sums shares that are parts of one amount.
func sharesOf(shares []ledger.LotShare) (sum ledger.Points) {
	for _, share := range shares {
		sum += share.Amount
	}
	return sum
}

// between returns the shares from one amount on, as many as there are up to
// another more.
func between(shares []ledger.LotShare, skip, amount ledger.Points) (part []ledger.LotShare) {
	for _, share := range shares {
		skipped := min(skip, share.Amount)
		skip -= skipped
		share.Amount = min(share.Amount-skipped, amount)
		amount -= share.Amount
		if share.Amount > 0 {
			part = append(part, share)
		}
	}
	return part
}

// addTo adds to a sum that is never below zero; out of range is an error.
func addTo(sum *ledger.Points, amount ledger.Points) error {
	next, err := sum.Add(amount)
	if err != nil {
		return err
	}
	if next < 0 {
		return errOverdrawn
	}
	*sum = next
	return nil
}
