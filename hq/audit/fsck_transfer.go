package audit

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// transfers decides a transfer again, each by what its id is made of.
func (a *again) transfers(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	sale, alone := ledger.Subject(b.Holder).Sale()
	switch {
	case alone && e.ID == books.LeavingID(sale):
		return a.empties(b, e, ledger.Issued)
	case e.ID == books.ReferralOf(e.Transfer.Entry):
		return a.refers(b, r, e)
	case e.ID == books.ArrivalOf(e.Transfer.Entry):
		a.pairs.arrived(e.Transfer.Entry)
		return a.arrives(b, r, e)
	}
	a.pairs.left(e.ID, b.Holder)
	if e.ID == books.GoOverID(b, r.decision.Program) {
		m, err := a.moment(b, r.decision.Program, e.At)
		if err != nil {
			return nil, err
		}
		p := a.at(r).Named(&ledger.ProgramRef{ID: r.decision.Program}, "", e.At, m.Zone)
		return whole(b)(b.GoingOver(p, r.decision.Program, e.Transfer.Account, m))
	}
	return a.handsOver(b, r, e)
}

// handsOver takes again what was agreed that a member has who left.
func (a *again) handsOver(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	m, err := a.moment(b, e.Program.ID, e.At)
	if err != nil {
		return nil, err
	}
	have, err := b.Account(e.Program.ID)
	if err != nil {
		return nil, err
	}
	have.State.Rows = b.N
	effect, err := have.HandOver(a.at(r).Named(e.Program, "", e.At, m.Zone), e.ID, m, amountsOf(e.Postings))
	return whole(b)(e, under(e.Program.ID, have, effect), err)
}

// empties takes again all that was left of a sale.
func (a *again) empties(b *books.Books, e *ledger.Entry, to ledger.LedgerAccount) (*books.Decision, error) {
	sold, err := records.SaleItem(a.tx, a.known(), b.Holder)
	if err != nil {
		return nil, err
	}
	return whole(b)(b.Emptying(sold, &ledger.Entry{ID: e.ID, Kind: e.Kind, Transfer: e.Transfer}, e.At, to))
}

// arrives posts again what left another ledger.
func (a *again) arrives(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	o := books.Handover{To: b.Holder, Left: e.Transfer.Entry}
	var err error
	if o.From, err = a.leftBy(e.Transfer); err != nil {
		return nil, err
	}
	left, sent, err := records.ReadLeft(a.tx, o)
	if err != nil {
		return nil, err
	}
	from, err := records.OpenBooks(a.tx, o.From)
	if err != nil {
		return nil, err
	}
	m, err := a.moment(from, left.Program, left.At)
	if err != nil {
		return nil, err
	}
	return whole(b)(b.Arriving(a.at(r).Named(sent.Program, "", m.At, m.Zone), o, m, left, sent))
}

// leftBy is whose ledger something left: a suspect's is named by its id alone.
func (a *again) leftBy(t *ledger.TransferOf) (books.Holder, error) {
	from := books.HolderOf(t.Account)
	left, err := records.HasEntry(a.tx, from, t.Entry)
	if !left && err == nil {
		from = books.Holder(ledger.SuspectSubject(ledger.SuspectID(t.Account)))
	}
	return from, err
}

// refers posts again what a friend's entry gave to her referrer.
func (a *again) refers(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	in, err := intendedBy(a.tx, e.Transfer.Entry)
	if err != nil {
		return nil, err
	}
	m := loyalty.Moment{At: in.At, Store: in.Store}
	if m.Zone, err = records.ZoneOf(a.tx, in.Store); err != nil {
		return nil, err
	}
	program := a.at(r).Named(&ledger.ProgramRef{ID: in.Program}, in.Store, in.At, m.Zone)
	posted, d, err := b.Referring(program, in, m)
	if d, err = whole(b)(posted, d, err); err != nil {
		return nil, err
	}
	a.after = &books.Limited{Entry: posted, Program: program, Moment: m, Decision: d}
	return d, nil
}
