package loyalty

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Adjusted is an adjustment as an entry: one posting from program:adjusted to
// what is available, or back.
type Adjusted struct {
	Entry ledger.EntryID
	Moment
	Posting ledger.Posting
}

// Adjust gives units by hand, or takes them. What is given pays what is owed
// first; the rest is there at once and ends as units earned on that day do. What
// is taken comes out of what is available, in order of spending, and what that
// lacks is owed: rights and what is pending are not touched. It is neither
// activity nor progress, and draws on no limit.
func (a *Account) Adjust(p *Program, adjusted Adjusted) (effect Effect, err error) {
	err = a.try(func(a *Account) error {
		d := a.decide(p, adjusted.Moment, ledger.Adjust, adjusted.Entry)
		if err := d.adjust(adjusted.Posting); err != nil {
			return err
		}
		effect, err = d.done()
		return err
	})
	return effect, err
}

func (d *decision) adjust(p ledger.Posting) error {
	p.Lot = nil
	switch {
	case p.From == ledger.Adjusted && p.To == ledger.Available:
		if u := d.program.unitOf(p.Unit); u != nil {
			terms := u.terms(d.effect.Day, d.moment.zone())
			if terms.VestsAt = 0; terms != (ledger.LotTerms{}) {
				p.Lot = &terms
			}
		}
		p.Lot = d.terms(&p)
		_, err := d.credit(p, ledger.LotName(d.effect.Entry, 0))
		return err
	case p.From == ledger.Available && p.To == ledger.Adjusted:
		shares := d.purse(p.Unit).draw(p.Amount)
		there := sharesOf(shares)
		if err := d.moveSome(p, ledger.Available, ledger.Adjusted, there, shares); err != nil {
			return err
		}
		return d.moveSome(p, ledger.Receivable, ledger.Adjusted, p.Amount-there, nil)
	}
	return fmt.Errorf("an adjustment does not post from %s to %s", p.From, p.To)
}
