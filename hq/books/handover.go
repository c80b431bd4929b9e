package books

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ArrivalOf is the entry by which arrives what left with another.
func ArrivalOf(left ledger.EntryID) ledger.EntryID {
	return ledger.EntryID(OwnID("arrival", left.String()))
}

// Handover is what left one account for another.
type Handover struct {
	From, To Holder
	Left     ledger.EntryID
}

// Arriving decides with what arrives what left another ledger.
func (b *Books) Arriving(p *loyalty.Program, o Handover, m loyalty.Moment, left *Decision, sent *ledger.Entry) (*ledger.Entry, *Decision, error) {
	a, err := b.Account(left.Program)
	if err != nil {
		return nil, nil, err
	}
	a.State.Rows = b.N
	d := &Decision{Program: left.Program}
	if left.Effect.Gone != nil {
		err = b.comeOver(p, a, d, m, left)
	} else {
		err = a.takeOver(p, d, m, sent)
	}
	if err != nil {
		return nil, nil, err
	}
	e := &ledger.Entry{
		V: ledger.Version, ID: ArrivalOf(o.Left), Kind: ledger.Transfer, At: left.At, Day: d.Effect.Day, Subject: ledger.Subject(o.To),
		Program: sent.Program, Postings: Postings(d.Moves), Transfer: &ledger.TransferOf{Entry: o.Left, Account: o.From.ChainID()},
	}
	return e, d, nil
}

// takeOver posts what was agreed.
func (a *Account) takeOver(p *loyalty.Program, d *Decision, m loyalty.Moment, left *ledger.Entry) error {
	effect, err := a.TakeOver(p, ArrivalOf(left.ID), m, left.Postings)
	if err == nil {
		d.Do(a, effect)
	}
	return err
}

// comeOver posts all that an account had: its units, then what its rights hold.
func (b *Books) comeOver(p *loyalty.Program, a *Account, d *Decision, m loyalty.Moment, left *Decision) error {
	for _, lots := range left.Effect.Gone.Lots {
		for _, l := range lots {
			if err := b.needLot(left.Program, l.Name); err != nil {
				return err
			}
		}
	}
	gone := left.Did()
	effect, err := a.ComeOver(p, ArrivalOf(left.Entry), m, &gone)
	if err != nil {
		return err
	}
	d.Do(a, effect)
	d.Rights, d.Lane = left.Rights, left.Lane
	b.keepCarried(d, b.N+1)
	for _, move := range left.Moves {
		if _, held := move.From.Right(); held {
			move.From, move.To = move.To, move.From
			if err := d.add(b, move, b.N+1); err != nil {
				return err
			}
		}
	}
	return b.keepLane(d)
}
