package loyalty

import (
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// decision is one effect under way. It folds as it goes, so that what it
// decides next sees what it decided before, and the fold is the only
// arithmetic.
type decision struct {
	*Account
	program *Program
	moment  Moment
	effect  Effect
}

func (a *Account) decide(p *Program, m Moment, kind ledger.Kind, entry ledger.EntryID) *decision {
	return &decision{Account: a, program: p, moment: m, effect: a.Begin(kind, entry, m)}
}

// decideOwn begins an effect that is no till's: its id is made of what it
// stands for.
func (a *Account) decideOwn(p *Program, m Moment, kind ledger.Kind) *decision {
	h := sha256.New()
	for _, part := range []string{string(kind), string(a.Of), p.ref.ID, strconv.FormatUint(a.State.Rows+1, 10)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	var id ledger.EntryID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80 // UUIDv8, RFC 9562 §5.8
	id[8] = id[8]&0x3f | 0x80
	return a.decide(p, m, kind, id)
}

// move decides a move, and makes it.
func (d *decision) move(p ledger.Posting, lots []ledger.LotShare) error {
	m := Move{p, lots}
	if err := d.Account.move(&m, d.effect.row()); err != nil {
		return err
	}
	d.effect.Moves = append(d.effect.Moves, m)
	return nil
}

// moveSome moves part of what a posting is about; nothing where that is none.
func (d *decision) moveSome(p ledger.Posting, from, to ledger.LedgerAccount, amount ledger.Points, lots []ledger.LotShare) error {
	if amount == 0 {
		return nil
	}
	p.From, p.To, p.Amount = from, to, amount
	return d.move(p, lots)
}

// credit gives units to the member, what is owed of them first; paid is what
// that took.
func (d *decision) credit(p ledger.Posting, lot string) (paid ledger.Points, err error) {
	paid = max(0, min(d.purse(p.Unit).Receivable, p.Amount))
	owed, left := p, p.Amount-paid
	owed.Lot = nil
	if err := d.moveSome(owed, p.From, ledger.Receivable, paid, nil); err != nil {
		return 0, err
	}
	return paid, d.moveSome(p, p.From, p.To, left, []ledger.LotShare{{Lot: lot, Amount: left}})
}

// spend takes what a reward costs, soonest expiry first, then oldest.
func (d *decision) spend(p ledger.Posting) error {
	shares := d.purse(p.Unit).draw(p.Amount)
	if have, err := sumOfShares(shares); err != nil || have < p.Amount {
		return &NoRedeem{Reason: NoRight, Unit: p.Unit}
	}
	return d.move(p, shares)
}

// use notes what was drawn on a limit on a day. One that the program no longer
// has bounds nothing.
func (d *decision) use(u ledger.LimitUse, day ledger.Date) {
	l, known := d.program.limits[u.Limit]
	if !known {
		return
	}
	since := l.every.since(last(d.State.Limits[u.Limit], max(day, d.effect.Day)))
	d.effect.Uses = append(d.effect.Uses, Use{u, day, since})
}

// count notes progress of the tiers' unit on a day, one sum a day.
func (d *decision) count(unit ledger.Unit, day ledger.Date, amount ledger.Points) error {
	t := d.program.tiers
	if t == nil || t.of != unit || amount == 0 {
		return nil
	}
	for i := range d.effect.Progress {
		if have := &d.effect.Progress[i]; have.Day == day {
			sum, err := have.Amount.Add(amount)
			have.Amount = sum
			return err
		}
	}
	since := t.window.since(last(d.State.Progress[unit], max(day, d.effect.Day)))
	d.effect.Progress = append(d.effect.Progress, Progress{unit, day, amount, since})
	return nil
}

// done folds what is left of the effect.
func (d *decision) done() (Effect, error) {
	if len(d.effect.Progress) > 0 {
		after := d.State.clone()
		if err := after.foldProgress(d.effect.Progress); err != nil {
			return Effect{}, err
		}
		d.effect.Reached = append(d.effect.Reached, d.program.tiers.reached(&after, d.effect.Progress)...)
	}
	return d.effect, d.foldRest(&d.effect)
}
