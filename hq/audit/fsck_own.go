package audit

import (
	"fmt"
	"reflect"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// own decides an entry of headquarters' own again as its ledger's next row. What
// people decided is taken as the entry says it; what follows from the ledger is made
// anew, the entry's own bytes among it.
func (a *again) own(b *books.Books, r *ledgerRow) (*books.Decision, error) {
	own := a.beside.own[entryOf{b.Holder, r.decision.Entry}]
	e, err := ledger.Decode(own.Body)
	if err != nil {
		return nil, err
	}
	then := b.Then()
	switch e.Kind {
	case ledger.Vest, ledger.Issue, ledger.Expire:
		if e.ID == books.DropID(b.Holder) {
			return a.empties(then, e, ledger.Expired)
		}
		if e.ID == books.EndErasedID(b, r.decision.Program) {
			return a.ends(then, r, e)
		}
		return a.falls(b, r)
	case ledger.Transfer:
		return a.transfers(then, r, e)
	case ledger.Reclaim:
		return a.reclaims(then, e)
	case ledger.Correct:
		return nil, fmt.Errorf("nothing before it asks for a correction")
	}
	d, err := a.said(then, r, e)
	if err == nil {
		d.Own(e, own.Body, b.Holder)
	}
	return d, err
}

// said decides again what a person or the authority decided.
func (a *again) said(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	switch e.Kind {
	case ledger.Grant:
		return a.grants(b, r, e)
	case ledger.Adjust:
		return a.adjusts(b, r, e)
	case ledger.Import:
		return a.imports(b, r, e)
	case ledger.Segment:
		return &books.Decision{Segment: &books.SegmentMove{Member: books.Holder(e.Member.String()), Segment: e.Segmenting.Segment, Out: e.Segmenting.Out}}, nil
	case ledger.Merge, ledger.Release, ledger.Enroll, ledger.Confirm, ledger.Erase:
		return new(books.Decision), nil
	}
	return nil, errOpaque
}

// grants draws a right's lots again: as they are drawn first, or after a restore.
func (a *again) grants(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	right := *e.Right
	if _, use := right.Unit.Use(); use {
		right.Amount = r.decision.Grant.Amount // less where it was made again after a restore
		return books.Granting(&right), nil
	}
	var err error
	right.Lots = nil
	if right.Lots, err = b.DrawLots(&right, e.At); err == nil {
		d := books.Granting(&right)
		if reflect.DeepEqual(d.Moves, r.decision.Moves) {
			return d, nil
		}
	}
	right = *e.Right
	right.Amount = r.decision.Grant.Amount
	if right.Lots, err = b.LotsAgain(right); err != nil {
		return nil, err
	}
	return books.Granting(&right), nil
}

func (a *again) adjusts(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	program := e.Program.ID
	m, err := a.moment(b, program, e.At)
	if err != nil {
		return nil, err
	}
	have, err := b.Account(program)
	if err != nil {
		return nil, err
	}
	have.State.Rows = b.N
	effect, err := have.Adjust(a.at(r).Named(e.Program, "", e.At, m.Zone), loyalty.Adjusted{Entry: e.ID, Moment: m, Posting: e.Postings[0]})
	return under(program, have, effect), err
}

// imports takes what the file said and the entry does not have, when she joined,
// from the row.
func (a *again) imports(b *books.Books, r *ledgerRow, e *ledger.Entry) (*books.Decision, error) {
	program := a.at(r).Find(e.Program.ID)
	if program == nil {
		return nil, publication.ErrNone
	}
	have, err := b.Account(program.ID)
	if err != nil {
		return nil, err
	}
	have.State.Rows = b.N
	effect, err := have.Import(a.at(r).Named(e.Program, "", e.At, program.Zones[0]), loyalty.Imported{
		Entry: e.ID, Moment: loyalty.Moment{At: e.At, Zone: program.Zones[0]},
		Joined: r.decision.Effect.Joined, EarnedOn: e.Import.EarnedOn, Amounts: amountsOf(e.Postings),
	})
	return under(program.ID, have, effect), err
}

// reclaims ends a right again as nobody answered for it.
func (a *again) reclaims(b *books.Books, e *ledger.Entry) (*books.Decision, error) {
	right, err := b.Right(e.End.Right)
	if err != nil {
		return nil, err
	}
	if right == nil {
		return nil, fmt.Errorf("there is no right %s", e.End.Right)
	}
	return whole(b)(b.Reclaiming(right, e.At))
}

// moment is an instant in the zone of the store where the member was served last.
func (a *again) moment(b *books.Books, program string, at ledger.Millis) (m loyalty.Moment, err error) {
	m.At = at
	m.Zone, err = a.lanes.ZoneOf(b, program)
	return m, err
}

// under is the decision of an effect.
func under(program string, a *books.Account, effect loyalty.Effect) *books.Decision {
	d := &books.Decision{Program: program}
	d.Do(a, effect)
	return d
}

// amountsOf adds up postings, each unit in its first place.
func amountsOf(postings []ledger.Posting) (amounts []loyalty.Amount) {
	at := map[ledger.Unit]int{}
	for _, p := range postings {
		i, known := at[p.Unit]
		if !known {
			i = len(amounts)
			at[p.Unit], amounts = i, append(amounts, loyalty.Amount{Unit: p.Unit})
		}
		amounts[i].Amount += p.Amount
	}
	return amounts
}
