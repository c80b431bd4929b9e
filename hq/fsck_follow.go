package hq

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// follow notes which rows have to follow one that gave more than limits allow.
func (a *again) follow(b *books, of *limited) error {
	d := of.decision
	if d.Effect == nil || len(d.Effect.Uses) == 0 {
		return nil
	}
	then := b.then()
	have, err := then.account(d.Program)
	if err != nil {
		return err
	}
	if have.Placed, err = placedUses(a.tx, then, of.program, of.moment, of.terminal); err != nil {
		return err
	}
	if !have.Unsettled(of.program, d.Effect) {
		return nil
	}
	effects, err := readEffects(a.tx, then, d.Program, of.program.SettledFrom(d.Effect))
	if err != nil {
		return err
	}
	m := of.moment
	m.At = max(m.At, d.At)
	for _, redraw := range have.Settle(of.program, effects, d.Effect) {
		a.next = append(a.next, a.corrects(of.program, m, effects, redraw))
	}
	return nil
}

func (a *again) corrects(p *loyalty.Program, m loyalty.Moment, effects []loyalty.Effect, redraw loyalty.Redraw) func(*books) (*decision, error) {
	return func(b *books) (*decision, error) {
		return whole(b)(b.correcting(a.tx, p, m, effects, redraw))
	}
}

// whole completes a decision on an entry of headquarters' own.
func whole(b *books) func(*ledger.Entry, *decision, error) (*decision, error) {
	return func(e *ledger.Entry, d *decision, err error) (*decision, error) {
		if err != nil {
			return nil, err
		}
		body, err := e.Encode()
		if err != nil {
			return nil, err
		}
		d.own(e, body, b.holder)
		return d, nil
	}
}
