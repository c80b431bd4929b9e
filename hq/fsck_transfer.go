package hq

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// transfers decides a transfer again, each by what its id is made of.
func (a *again) transfers(b *books, r *ledgerRow, e *ledger.Entry) (*decision, error) {
	sale, alone := ledger.Subject(b.holder).Sale()
	switch {
	case alone && e.ID == leavingID(sale):
		return a.empties(b, e, ledger.Issued)
	case e.ID == referralOf(e.Transfer.Entry):
		return a.refers(b, r, e)
	case e.ID == arrivalOf(e.Transfer.Entry):
		a.pairs.arrived(e.Transfer.Entry)
		return a.arrives(b, r, e)
	}
	a.pairs.left(e.ID, b.holder)
	if e.ID == goOverID(b, r.decision.Program) {
		m, err := a.moment(b, r.decision.Program, e.At)
		if err != nil {
			return nil, err
		}
		p := a.at(r).named(&ledger.ProgramRef{ID: r.decision.Program}, "", e.At, m.Zone)
		return whole(b)(b.goingOver(p, r.decision.Program, e.Transfer.Account, m))
	}
	return a.handsOver(b, r, e)
}

// handsOver takes again what was agreed that a member has who left.
func (a *again) handsOver(b *books, r *ledgerRow, e *ledger.Entry) (*decision, error) {
	m, err := a.moment(b, e.Program.ID, e.At)
	if err != nil {
		return nil, err
	}
	have, err := b.account(e.Program.ID)
	if err != nil {
		return nil, err
	}
	have.State.Rows = b.n
	effect, err := have.HandOver(a.at(r).named(e.Program, "", e.At, m.Zone), e.ID, m, amountsOf(e.Postings))
	return whole(b)(e, under(e.Program.ID, have, effect), err)
}

// empties takes again all that was left of a sale.
func (a *again) empties(b *books, e *ledger.Entry, to ledger.LedgerAccount) (*decision, error) {
	sold, err := a.saleItem(a.tx, b.holder)
	if err != nil {
		return nil, err
	}
	return whole(b)(b.emptying(sold, &ledger.Entry{ID: e.ID, Kind: e.Kind, Transfer: e.Transfer}, e.At, to))
}

// arrives posts again what left another ledger.
func (a *again) arrives(b *books, r *ledgerRow, e *ledger.Entry) (*decision, error) {
	o := handover{from: holderOf(e.Transfer.Account), to: b.holder, left: e.Transfer.Entry}
	left, sent, err := readLeft(a.tx, o)
	if err != nil {
		return nil, err
	}
	from, err := openBooks(a.tx, o.from)
	if err != nil {
		return nil, err
	}
	m, err := a.moment(from, left.Program, left.At)
	if err != nil {
		return nil, err
	}
	return whole(b)(b.arriving(a.at(r).named(sent.Program, "", m.At, m.Zone), o, m, left, sent))
}

// refers posts again what a friend's entry gave to her referrer.
func (a *again) refers(b *books, r *ledgerRow, e *ledger.Entry) (*decision, error) {
	in, err := intendedBy(a.tx, e.Transfer.Entry)
	if err != nil {
		return nil, err
	}
	m := loyalty.Moment{At: in.At, Store: in.Store}
	if m.Zone, err = zoneOf(a.tx, in.Store); err != nil {
		return nil, err
	}
	program := a.at(r).named(&ledger.ProgramRef{ID: in.Program}, in.Store, in.At, m.Zone)
	posted, d, err := b.referring(program, in, m)
	if d, err = whole(b)(posted, d, err); err != nil {
		return nil, err
	}
	a.after = &limited{entry: posted, program: program, moment: m, decision: d}
	return d, nil
}
