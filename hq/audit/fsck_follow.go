package audit

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// follow notes which rows have to follow one that gave more than limits allow.
func (a *again) follow(b *books.Books, of *books.Limited) error {
	d := of.Decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil
	}
	then := b.Then()
	have, err := then.Account(d.Program)
	if err != nil {
		return err
	}
	if have.Placed, err = records.PlacedUses(a.tx, then, of.Program, of.Moment, of.Terminal); err != nil {
		return err
	}
	if !have.Unsettled(of.Program, d.Effect) {
		return nil
	}
	effects, err := records.ReadEffects(a.tx, then, d.Program, of.Program.SettledFrom(d.Effect))
	if err != nil {
		return err
	}
	m := of.Moment
	m.At = max(m.At, d.At)
	for _, redraw := range have.Settle(of.Program, effects, d.Effect) {
		a.next = append(a.next, a.corrects(of.Program, m, effects, redraw))
	}
	return nil
}

func (a *again) corrects(p *loyalty.Program, m loyalty.Moment, effects []loyalty.Effect, redraw loyalty.Redraw) func(*books.Books) (*books.Decision, error) {
	return func(b *books.Books) (*books.Decision, error) {
		drawn, err := records.ReadDrawn(a.tx, b, effects, redraw.Entry)
		if err != nil {
			return nil, err
		}
		return whole(b)(b.Correcting(p, m, drawn, redraw))
	}
}

// whole completes a decision on an entry of headquarters' own.
func whole(b *books.Books) func(*ledger.Entry, *books.Decision, error) (*books.Decision, error) {
	return func(e *ledger.Entry, d *books.Decision, err error) (*books.Decision, error) {
		if err != nil {
			return nil, err
		}
		if e == nil {
			return nil, errors.New("there was nothing to do")
		}
		body, err := e.Encode()
		if err != nil {
			return nil, err
		}
		d.Own(e, body, b.Holder)
		return d, nil
	}
}
