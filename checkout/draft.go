package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// draft makes the entry of a sale and what is written beside it.
func (t ruled) draft(ctx context.Context, now time.Time, b Basket, who identity, outcome loyalty.Outcome, holds []ledger.Hold) (ledger.Record, error) {
	record := ledger.Record{Request: t.Keyed(b.Asked)}
	e := t.entry(ledger.Sold, b.Entry, now)
	e.Day, e.Proof, e.Program = b.Day, who.proof, new(t.Program.Ref())
	if b.Operator != "" {
		e.Operator = b.Operator
	}
	e.Flags, e.Approver = b.judged.flags, b.judged.approver
	var err error
	if record.Attachment, err = t.address(e, who); err != nil {
		return ledger.Record{}, err
	}
	record.Named = t.detachedFor(e, who)
	t.promise(e, outcome)
	t.refer(e, outcome, b.referrer)
	for i, hold := range holds {
		e.Postings = append(e.Postings, spend(hold)...)
		outcome.Rewards[i].Hold = hold.ID
	}
	receipt, err := t.Store.NextReceipt(ctx)
	if err != nil {
		return ledger.Record{}, err
	}
	e.Sale = &ledger.Sale{
		ID: b.SaleID, Receipt: receipt, Transaction: b.Transaction, Currency: b.Currency, Lines: outcome.Lines, Tenders: b.Tenders,
		Rewards: outcome.Rewards, Total: outcome.Total,
	}
	t.tell(e, who.member)
	record.Entry = e
	record.Body, err = encode(e)
	return record, err
}

// promise writes into the entry what its program gives to the member.
func (t ruled) promise(e *ledger.Entry, outcome loyalty.Outcome) {
	e.Postings, e.Pledges = t.Program.Pledge(outcome.Earned)
	e.Statuses, e.Uses = outcome.Statuses, outcome.Uses
}

// encode writes the body, condensed where the basket is too large to keep. One
// that stays too large is a *loyalty.InvalidBasket: trying again would not help.
func encode(e *ledger.Entry) ([]byte, error) {
	body, err := e.Encode()
	if !errors.Is(err, ledger.ErrTooLarge) {
		return body, err
	}
	if err := e.Condense(); err != nil {
		return nil, &loyalty.InvalidBasket{Path: "line_items", Problem: "the lines come to more together than can be counted"}
	}
	body, err = e.Encode()
	if errors.Is(err, ledger.ErrTooLarge) {
		return nil, &loyalty.InvalidBasket{Path: "line_items", Problem: "the sale is too large to keep, also by the sums of its categories"}
	}
	return body, err
}

// address sets the entry's subject, and returns the attachment that says who
// she is where only headquarters can know.
func (t ruled) address(e *ledger.Entry, who identity) ([]byte, error) {
	known := !who.member.Account.IsZero()
	switch {
	case !known && who.number == nil, !who.proof.Meets(t.Program.Proof().Earn):
		// Nobody, or not surely enough somebody: the sale stands by itself.
		e.Subject = ledger.SaleSubject(e.ID)
	case known:
		e.Subject, e.Member = ledger.SubjectOf(who.member.Account), who.member.Here()
		if who.number == nil { // headquarters knows her by it, or this till's enroll says who she is
			return nil, nil
		}
	default:
		e.Subject = ledger.SuspectSubject(t.NewSuspect())
	}
	var whom ledger.Person
	switch {
	case who.number != nil:
		whom = PersonOf(*who.number)
	case known: // she has not proved enough: who she may be only headquarters reads
		whom = ledger.Person{Account: who.member.Account, Member: who.member.ID}
	default:
		return nil, nil
	}
	return t.attach(e, whom)
}

// tell writes into the entry the balance that will be told with it. What is
// earned, also what is pending, pays what she owes first.
func (t ruled) tell(e *ledger.Entry, member loyalty.Member) { tellIn(e, member, t.Program.MainUnit()) }

// tellIn is tell in another unit.
func tellIn(e *ledger.Entry, member loyalty.Member, unit ledger.Unit) {
	if _, ok := e.Subject.Account(); !ok {
		return
	}
	before := member.Balance(unit)
	free, setAside, pending := before.Free-before.Owed, before.Shown-before.Free, before.Pending
	for _, p := range e.Postings {
		_, spent := p.From.Right()
		switch {
		case p.Unit != unit:
		case p.To == ledger.Available:
			free += p.Amount
		case p.From == ledger.Available:
			free -= p.Amount
		case p.To == ledger.Pending:
			paid := min(p.Amount, max(0, -free))
			free, pending = free+paid, pending+p.Amount-paid
		case spent:
			setAside -= p.Amount
		}
	}
	e.Told = &ledger.Told{
		Unit: unit, Balance: setAside + max(0, free), AsOf: member.AsOf,
		Spendable: spendableAfter(before, free), Pending: pending, Owed: max(0, -free), Vouchers: toldVouchers(member.Vouchers),
	}
}

// spendableAfter is what may still be spent here once an entry has left free of what
// no right has set aside, below zero what is owed: what it takes covers no right.
func spendableAfter(before loyalty.Balance, free ledger.Points) ledger.Points {
	if free >= before.Free-before.Owed {
		return before.Spendable
	}
	return max(0, min(before.Spendable, before.Shown-before.Free+free))
}

// mostVouchers is how many kinds of vouchers an entry tells of.
const mostVouchers = 5

// toldVouchers are those that can be used here next, as they will be told.
func toldVouchers(held []loyalty.Held) (told []ledger.ToldVoucher) {
	for _, h := range held[:min(len(held), mostVouchers)] {
		told = append(told, ledger.ToldVoucher{Reward: h.Reward, EndsAt: h.Terms.ExpiresAt, Count: h.Count})
	}
	return told
}
