package loyalty

import "github.com/loyaltyd/loyaltyd/ledger"

// A sale of nobody, or of somebody who has not proved enough, stands by itself
// until it is claimed or confirmed.

// ConfirmBy returns the instant from which a sale that was made for somebody
// with too little proof can no longer be confirmed.
func (p *Program) ConfirmBy(sold Moment) ledger.Millis {
	return midnight(nextDay(p.detached.from(sold.day())), sold.zone())
}

// ClaimBy returns the instant from which the receipt of a sale without a member
// can no longer be claimed; false where none can be.
func (p *Program) ClaimBy(sold Moment) (ledger.Millis, bool) {
	last, ok := p.LastClaim(sold.day())
	if !ok {
		return 0, false
	}
	return midnight(nextDay(last), sold.zone()), true
}

// LastClaim returns the last day on which the receipt of a sale of a day can be
// claimed; false where none can be.
func (p *Program) LastClaim(sold ledger.Date) (ledger.Date, bool) {
	if p.claim.Days == 0 {
		return "", false
	}
	return period{days: p.claim.Days}.from(sold), true
}

// ClaimUse returns what a claim of so much draws on a limit, and whether a
// member's state leaves room for it on a day. It draws nothing where claims have
// no limit.
func (p *Program) ClaimUse(of State, day ledger.Date, earned ledger.Points) (uses []ledger.LimitUse, room bool) {
	l, known := p.limits[p.claim.Limit]
	if !known {
		return nil, true
	}
	use, used := ledger.LimitUse{Limit: l.name, Uses: 1}, l.every.drawn(of.Limits[l.name], day)
	if l.uses > 0 {
		return []ledger.LimitUse{use}, used.Uses < l.uses
	}
	use.Uses, use.Amount = 0, earned
	return []ledger.LimitUse{use}, earned <= max(0, l.amount-used.Amount)
}

// Draw notes what an entry draws on limits that moves nothing.
func (a *Account) Draw(p *Program, entry ledger.EntryID, kind ledger.Kind, m Moment, uses []ledger.LimitUse) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, kind, entry)
		for _, u := range uses {
			d.use(u, d.effect.Day)
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

// Leave takes all that is left to one side of the program: back to what was
// issued, because it is issued to another, or to what ended.
func (a *Account) Leave(p *Program, entry ledger.EntryID, kind ledger.Kind, m Moment, to ledger.LedgerAccount) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, m, kind, entry)
		for _, unit := range a.units() {
			if err := d.leave(unit, to); err != nil {
				return err
			}
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

func (d *decision) leave(unit ledger.Unit, to ledger.LedgerAccount) error {
	var pending, available []ledger.LotShare
	for _, l := range d.purse(unit).Lots {
		switch share := (ledger.LotShare{Lot: l.Name, Amount: l.Left}); {
		case l.Left == 0:
		case l.Pending:
			pending = append(pending, share)
		default:
			available = append(available, share)
		}
	}
	p := ledger.Posting{Unit: unit}
	if err := d.moveSome(p, ledger.Pending, to, sharesOf(pending), pending); err != nil {
		return err
	}
	return d.moveSome(p, ledger.Available, to, sharesOf(available), available)
}
