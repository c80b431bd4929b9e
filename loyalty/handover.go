package loyalty

import (
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Amount is so much of one unit.
type Amount struct {
	Unit   ledger.Unit   `json:"unit"`
	Amount ledger.Points `json:"amount"`
}

// LacksUnits says that an account does not have what is to leave it: what is
// pending, or set aside in rights, is not free to.
type LacksUnits struct {
	Amount
	Free ledger.Points
}

func (e *LacksUnits) Error() string {
	return fmt.Sprintf("%d %s are to leave the account, and %d are free", e.Amount.Amount, e.Unit, e.Free)
}

// ErrNoUnit says that a unit is named which the program does not have.
var ErrNoUnit = errors.New("the program has no such unit")

// HandOver takes units that are to be another account's, in order of spending.
// Only spendable units can be, and each posting keeps when its units end. It is neither activity nor progress, and
// touches no limit. Its error is ErrNoUnit where the program has no such unit, and
// *LacksUnits where not all of it is available.
func (a *Account) HandOver(p *Program, entry ledger.EntryID, m Moment, amounts []Amount) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, ledger.Transfer, entry)
		for _, amount := range amounts {
			if err := d.handOver(amount); err != nil {
				return err
			}
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

func (d *decision) handOver(amount Amount) error {
	u := d.program.unitOf(amount.Unit)
	if u == nil {
		return fmt.Errorf("%s: %w", amount.Unit, ErrNoUnit)
	}
	purse := d.purse(amount.Unit)
	if !u.spendable {
		return &LacksUnits{amount, 0} // what only counts towards a tier is nobody's to give
	}
	if amount.Amount <= 0 || amount.Amount > purse.Available {
		return &LacksUnits{amount, purse.Available}
	}
	for _, share := range purse.draw(amount.Amount) {
		posting := ledger.Posting{
			Unit: amount.Unit, Amount: share.Amount, From: ledger.Available, To: ledger.Transit(d.effect.Entry),
		}
		if ends := purse.lot(share.Lot).Terms.ExpiresAt; ends != 0 {
			posting.Lot = &ledger.LotTerms{ExpiresAt: ends}
		}
		if err := d.move(posting, []ledger.LotShare{share}); err != nil {
			return err
		}
	}
	return nil
}

// TakeOver gives an account what another handed over, as the postings of that
// say; what is owed is paid first. Whoever had not joined joins by it.
func (a *Account) TakeOver(p *Program, entry ledger.EntryID, m Moment, from []ledger.Posting) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, ledger.Transfer, entry)
		if d.State.Joined == "" {
			d.effect.Joined = d.effect.Day
		}
		for i, posting := range from {
			posting.From, posting.To = posting.To, ledger.Available
			if _, err := d.credit(posting, ledger.LotName(entry, i)); err != nil {
				return err
			}
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}
