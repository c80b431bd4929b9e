package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Basket is a sale as it is to be completed.
type Basket struct {
	Entry ledger.EntryID // made by the caller and kept through every retry
	// SaleID and Day are the POS's own: together they are the sale's key.
	SaleID   string
	Day      ledger.Date // the store's date of now where empty
	Currency ledger.Currency
	Lines    []ledger.Line
	Tenders  []ledger.Tender
	Who      Who
	// Holds were placed for this sale before the customer paid.
	Holds []ledger.HoldID
	// Redeem names rewards to take without a hold of their own.
	Redeem   []string
	Operator string // the till's where empty
	// Request is the hash of what asked for this sale.
	Request ledger.Hash
}

// Who says whose sale it is: an account, or a number as typed, or nobody.
type Who struct {
	Account ledger.AccountID
	Phone   string
	Proof   ledger.Proof
}

// Completed is a sale past fsync: what may be told.
type Completed struct {
	Entry  *ledger.Entry
	Name   string // the member's, masked; empty where nobody is known
	Repeat bool   // it stood already; nothing was written now
}

// ErrSaleConflict says that this sale id was completed with another body.
var ErrSaleConflict = errors.New("this sale was completed before with another basket")

// Complete evaluates a sale, writes it durably and returns what may be told.
// The same basket again gets the same entry; another one under the same id is
// ErrSaleConflict. A hold that is gone, or a reward that cannot be had, is a
// *loyalty.NoRedeem or *loyalty.RewardRefused, and nothing is posted. A basket
// that makes no sense is a *loyalty.InvalidBasket. Whatever the error, what
// this call set aside is free again.
func (t *Till) Complete(ctx context.Context, now time.Time, b Basket) (Completed, error) {
	if b.Day == "" {
		b.Day = ledger.DateAt(ledger.MillisOf(now), t.Zone)
	}
	// One sale at a time: a repeat beside its first would not find it, and be
	// refused the reward that the first has set aside.
	t.completing.Lock()
	defer t.completing.Unlock()
	stood, err := t.Store.Sale(ctx, b.Day, b.SaleID)
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.repeat(ctx, stood, b)
	}
	return t.first(ctx, now, b)
}

// first completes a sale that does not stand yet.
func (t *Till) first(ctx context.Context, now time.Time, b Basket) (Completed, error) {
	who, err := t.resolve(ctx, b.Who)
	if err != nil {
		return Completed{}, err
	}
	holds, err := t.held(ctx, b, who)
	if err != nil {
		return Completed{}, err
	}
	// Before anything is set aside: most refusals need no write.
	outcome, err := t.Program.Evaluate(evaluated(b, holds))
	if err != nil {
		return Completed{}, err
	}
	placed, err := t.place(ctx, now, b, who)
	if err != nil {
		return Completed{}, err
	}
	completed, err := t.write(ctx, now, b, who, outcome, append(holds, placed...))
	if err != nil {
		t.release(ctx, placed)
	}
	return completed, err
}

// write makes the entry and appends it.
func (t *Till) write(ctx context.Context, now time.Time, b Basket, who identity, outcome loyalty.Outcome, holds []ledger.Hold) (Completed, error) {
	if len(b.Redeem) > 0 {
		// What was set aside since she was looked up is no longer spendable.
		member, err := t.Store.Member(ctx, who.member.Account)
		if err != nil {
			return Completed{}, err
		}
		who.member = member
	}
	record, err := t.draft(ctx, now, b, who, outcome, holds)
	if err != nil {
		return Completed{}, err
	}
	if err := t.Store.Append(ctx, record); err != nil {
		return Completed{}, err
	}
	completed := Completed{Entry: record.Entry}
	if _, named := record.Entry.Subject.Account(); named {
		completed.Name = who.member.Name
	}
	return completed, nil
}

// repeat answers a sale that stands already.
func (t *Till) repeat(ctx context.Context, stood *ledger.SaleExists, b Basket) (Completed, error) {
	if stood.Request != b.Request {
		return Completed{}, ErrSaleConflict
	}
	e, err := ledger.Decode(stood.Body)
	if err != nil {
		return Completed{}, fmt.Errorf("read sale %q again: %w", b.SaleID, err)
	}
	completed := Completed{Entry: e, Repeat: true}
	account, named := e.Subject.Account()
	if !named {
		return completed, nil
	}
	member, err := t.Store.Member(ctx, account)
	if err != nil && !errors.Is(err, loyalty.ErrUnknownMember) {
		return Completed{}, err
	}
	completed.Name = member.Name
	return completed, nil
}

// identity is what is known of whose sale it is.
type identity struct {
	member loyalty.Member // zero where unknown or nobody
	number *phone.Number  // set where a number was typed that nobody here has
	proof  ledger.Proof
}

func (t *Till) resolve(ctx context.Context, who Who) (identity, error) {
	id := identity{proof: who.Proof}
	switch {
	case !who.Account.IsZero():
		member, err := t.Store.Member(ctx, who.Account)
		id.member = member
		return id, err
	case who.Phone != "":
		member, number, err := t.Identify(ctx, who.Phone)
		if errors.Is(err, loyalty.ErrUnknownMember) {
			id.number = &number
			return id, nil
		}
		id.member = member
		return id, err
	}
	return id, nil
}

// draft makes the entry of a sale and what is written beside it.
func (t *Till) draft(ctx context.Context, now time.Time, b Basket, who identity, outcome loyalty.Outcome, holds []ledger.Hold) (ledger.Record, error) {
	record := ledger.Record{Request: b.Request}
	e := t.entry(ledger.Sold, b.Entry, now)
	e.Day, e.Proof, e.Program = b.Day, who.proof, new(t.Program.Ref())
	if b.Operator != "" {
		e.Operator = b.Operator
	}
	var err error
	if record.Attachment, err = t.address(e, who); err != nil {
		return ledger.Record{}, err
	}
	e.Postings = outcome.Earned
	for i, hold := range holds {
		e.Postings = append(e.Postings, spend(hold)...)
		outcome.Rewards[i].Hold = hold.ID
	}
	receipt, err := t.Store.NextReceipt(ctx)
	if err != nil {
		return ledger.Record{}, err
	}
	e.Sale = &ledger.Sale{
		ID: b.SaleID, Receipt: receipt, Currency: b.Currency, Lines: outcome.Lines, Tenders: b.Tenders,
		Rewards: outcome.Rewards, Total: outcome.Total,
	}
	t.tell(e, who.member)
	record.Entry = e
	record.Body, err = encode(e)
	return record, err
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
func (t *Till) address(e *ledger.Entry, who identity) ([]byte, error) {
	known := !who.member.Account.IsZero()
	switch {
	case !known && who.number == nil, !who.proof.Meets(t.Program.Proof().Earn):
		// Nobody, or not surely enough somebody: the sale stands by itself.
		e.Subject = ledger.SaleSubject(e.ID)
	case known:
		e.Subject = ledger.SubjectOf(who.member.Account)
		return nil, nil
	default:
		e.Subject = ledger.SuspectSubject(t.NewSuspect())
	}
	if who.number == nil {
		return nil, nil
	}
	attachment, sum, err := t.sealPhone(*who.number)
	e.Attachment = sum
	return attachment, err
}

// tell writes into the entry the balance that will be told with it.
func (t *Till) tell(e *ledger.Entry, member loyalty.Member) {
	if _, ok := e.Subject.Account(); !ok {
		return
	}
	unit := t.Program.MainUnit()
	before := member.Balance(unit)
	told := &ledger.Told{
		Unit: unit, Balance: before.Shown, AsOf: member.AsOf, Spendable: before.Spendable, Pending: before.Pending,
	}
	for _, p := range e.Postings {
		_, spent := p.From.Right()
		switch {
		case p.Unit != unit:
		case p.To == ledger.Available:
			told.Balance += p.Amount
		case spent:
			told.Balance -= p.Amount
		}
	}
	e.Told = told
}

// held returns the holds that were placed for a sale before.
func (t *Till) held(ctx context.Context, b Basket, who identity) ([]ledger.Hold, error) {
	var holds []ledger.Hold
	for _, id := range b.Holds {
		hold, err := t.Store.Hold(ctx, id)
		if err != nil {
			return nil, err
		}
		if hold.Account != who.member.Account || hold.Sale != b.SaleID {
			return nil, &loyalty.NoRedeem{Reason: loyalty.HoldGone}
		}
		holds = append(holds, hold)
	}
	return holds, nil
}

// place sets aside the rewards that a sale names itself: all, or none.
func (t *Till) place(ctx context.Context, now time.Time, b Basket, who identity) (placed []ledger.Hold, err error) {
	for _, reward := range b.Redeem {
		if who.member.Account.IsZero() {
			return nil, &loyalty.NoRedeem{Reason: loyalty.NoRight}
		}
		wanted := Reserve{ID: t.NewHold(), SaleID: b.SaleID, Account: who.member.Account, Reward: reward, Proof: who.proof}
		hold, err := t.Hold(ctx, now, wanted)
		if err != nil {
			// This one too: after an error it may stand all the same.
			t.release(ctx, append(placed, ledger.Hold{ID: wanted.ID}))
			return nil, err
		}
		placed = append(placed, hold)
	}
	return placed, nil
}

// release gives back what a refused sale had set aside, also when its caller
// has gone. A hold that stays is freed by age.
func (t *Till) release(ctx context.Context, holds []ledger.Hold) {
	for _, hold := range holds {
		_ = t.Store.ReleaseHold(context.WithoutCancel(ctx), hold.ID)
	}
}

func evaluated(b Basket, holds []ledger.Hold) loyalty.Basket {
	basket := loyalty.Basket{Currency: b.Currency, Lines: b.Lines, Tenders: b.Tenders}
	for _, hold := range holds {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: hold.Reward, Times: 1})
	}
	for _, reward := range b.Redeem {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: reward, Times: 1})
	}
	return basket
}
