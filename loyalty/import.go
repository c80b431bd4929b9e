package loyalty

import (
	"cmp"
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Imported is what a member brings from an earlier system.
type Imported struct {
	Entry  ledger.EntryID
	Moment             // of the import
	Joined ledger.Date // when she joined there; the import's day where empty
	// EarnedOn is the day that her units count as earned on; the import's where
	// empty.
	EarnedOn ledger.Date
	Amounts  []Amount // above zero, each unit once
}

func (in *Imported) earnedOn() ledger.Date { return cmp.Or(in.EarnedOn, in.day()) }

// Import gives a member what she brings. What is owed is paid first; the rest is
// there at once, and ends as units earned on that day do. Idleness is counted from
// the import on. It draws on no limit, and only what nobody can spend counts
// towards a tier: a balance does not say what was earned for it. Its error says
// what of it cannot be.
func (a *Account) Import(p *Program, in Imported) (effect Effect, err error) {
	if err := p.CheckImport(in); err != nil {
		return Effect{}, err
	}
	err = a.try(func(a *Account) error {
		d := a.decide(p, in.Moment, ledger.Import, in.Entry)
		if d.State.Joined == "" {
			d.effect.Joined = cmp.Or(in.Joined, d.effect.Day)
		}
		d.effect.Active = d.State.Active == "" // else she would be idle since she joined
		for i, amount := range in.Amounts {
			if err := d.bring(in, amount, ledger.LotName(in.Entry, i)); err != nil {
				return err
			}
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

func (d *decision) bring(in Imported, amount Amount, lot string) error {
	u := d.program.unitOf(amount.Unit)
	p := ledger.Posting{Unit: amount.Unit, Amount: amount.Amount, From: ledger.Issued, To: ledger.Available}
	if terms := in.terms(u); terms != (ledger.LotTerms{}) {
		p.Lot = &terms
	}
	p.Lot = d.terms(&p)
	if _, err := d.credit(p, lot); err != nil {
		return err
	}
	if u.spendable {
		return nil
	}
	return d.count(u.name, in.earnedOn(), amount.Amount)
}

// terms are those of a unit that was earned on the day and has vested since.
func (in *Imported) terms(u *unit) ledger.LotTerms {
	terms := u.terms(in.earnedOn(), in.zone())
	terms.VestsAt = 0
	return terms
}

// CheckImport says what of an import cannot be under a program.
func (p *Program) CheckImport(in Imported) error {
	if in.Joined > in.day() {
		return fmt.Errorf("joined: %s is still to come", in.Joined)
	}
	if in.EarnedOn > in.day() {
		return fmt.Errorf("earned_on: %s is still to come", in.EarnedOn)
	}
	for _, amount := range in.Amounts {
		u := p.unitOf(amount.Unit)
		switch {
		case u == nil:
			return fmt.Errorf("%s: %w", amount.Unit, ErrNoUnit)
		case amount.Amount <= 0 || amount.Amount > MaxEarned:
			return fmt.Errorf("%s: an amount is above zero, up to %d", amount.Unit, MaxEarned)
		}
		if ends := in.terms(u).ExpiresAt; ends != 0 && ends <= in.At {
			return fmt.Errorf("%s: what was earned on %s ended on %s: leave it out", amount.Unit, in.earnedOn(), ledger.DateAt(ends, in.zone()))
		}
	}
	return nil
}
