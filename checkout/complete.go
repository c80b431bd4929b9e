package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Basket is a sale as it is to be completed.
type Basket struct {
	Entry ledger.EntryID // made by the caller and kept through every retry
	// New says that SaleID was made for this very call: nothing stands under it.
	New bool
	// SaleID and Day are the POS's own: together they are the sale's key.
	SaleID string
	Day    ledger.Date // the store's date of now where empty
	// Transaction is what the POS calls the sale beside that.
	Transaction ledger.Transaction
	Currency    ledger.Currency
	Lines       []ledger.Line
	Tenders     []ledger.Tender
	Who         Who
	// Holds were placed for this sale before the customer paid.
	Holds []ledger.HoldID
	// Began is when the sale's conversation began, where that was before it is
	// completed: the version in force then decides it.
	Began time.Time
	// Redeem names rewards to take without a hold of their own.
	Redeem []loyalty.Redemption
	// AskFor is how long headquarters may be asked for rewards; askBudget where 0.
	AskFor time.Duration
	// Departments are where it was sold, Partner whose sale it is, Referrer who
	// referred her, where that is not whom she was enrolled with; all may be empty.
	Departments []string
	Partner     string
	Referrer    ledger.AccountID
	Operator    string // the till's where empty
	// AfterTender says that the member was named once it was paid.
	AfterTender bool
	// Approval is of a manager, where an *ApprovalNeeded asked for it.
	Approval *staff.Approval
	// Meanwhile, where it is not nil, is called with what may be told once Complete has
	// returned it, just before its entry is written: what is made of it can be made while
	// the disk is waited for. It must not wait itself.
	Meanwhile func(Completed)
	// Asked are the bytes of what asked for this sale, without the approval: the
	// same again is a repetition, others under the same id are a conflict.
	Asked []byte

	judged   judged
	referrer referrer
}

// Who says whose sale it is: an account, or a number as typed, or nobody.
type Who struct {
	Account ledger.AccountID
	Member  ledger.MemberID // which of the account's members is here; zero where nobody knows
	Phone   string
	Proof   ledger.Proof
	// Unchecked says that Proof is the word of a POS: verified counts where this till
	// saw that itself lately, else as presented.
	Unchecked bool
	// PIN is what she keyed: where it is hers she is verified, whatever Proof says, else
	// nothing is done (*PINRefused). Zero where she keyed none.
	PIN pin.PIN
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
// *loyalty.NoRedeem or *loyalty.RewardRefused, and nothing is posted. Where it
// meets a rule of conduct it may be an *ApprovalNeeded or *MemberRefused. A basket
// that makes no sense is a *loyalty.InvalidBasket. Whatever the error, what
// this call set aside is free again.
func (t *Till) Complete(ctx context.Context, now time.Time, b Basket) (Completed, error) {
	if b.Day == "" {
		b.Day = ledger.DateAt(ledger.MillisOf(now), t.Zone)
	}
	// A repeat beside its first would not find it, and be refused the reward
	// that the first has set aside.
	defer t.completing.take(string(b.Day) + " " + b.SaleID)()
	if !b.New {
		stood, err := t.Store.Sale(ctx, b.Day, b.SaleID)
		if err != nil {
			return Completed{}, err
		}
		if stood != nil {
			return t.stands(ctx, stood, b.Asked, ErrSaleConflict)
		}
	}
	return t.underSale(ctx, now, b).first(ctx, now, b)
}

// first completes a sale that does not stand yet.
func (t ruled) first(ctx context.Context, now time.Time, b Basket) (Completed, error) {
	who, err := t.resolve(ctx, now, b.Who)
	if err != nil {
		return Completed{}, err
	}
	done, err := t.alone(ctx, &who)
	if err != nil {
		return Completed{}, err
	}
	defer done()
	if b.judged, err = t.judge(ctx, now, t.signedOn(b.Operator), b, who); err != nil {
		return Completed{}, err
	}
	if err := t.mayRedeem(b, who); err != nil {
		return Completed{}, err
	}
	holds, err := t.held(ctx, b, who)
	if err != nil {
		return Completed{}, err
	}
	if b.referrer, err = t.referrerOf(ctx, t.moment(now), who.member, b.Referrer); err != nil {
		return Completed{}, err
	}
	occasion := t.sale(now, b, who.member, holds)
	// Before anything is set aside: most refusals need no write.
	outcome, err := t.Program.Evaluate(occasion)
	if err != nil {
		return Completed{}, err
	}
	placed, err := t.place(ctx, now, b, who, outcome.Rewards[len(holds):])
	if err != nil {
		return Completed{}, err
	}
	completed, err := t.write(ctx, now, b, who, outcome, append(holds, placed...))
	if err != nil {
		t.release(ctx, placed)
	}
	return completed, err
}

// alone waits until nothing else is decided about a member, where the program
// asks what she did before: what another sale of hers draws on a limit is then
// known to this one.
func (t ruled) alone(ctx context.Context, who *identity) (done func(), err error) {
	if who.member.Account.IsZero() || !t.Program.Remembers() {
		return func() {}, nil
	}
	done = t.completing.take("account " + who.member.Account.String())
	if who.member, err = t.again(ctx, who.member); err != nil {
		done()
	}
	return done, err
}

// again looks up somebody once more who is here, as she was found.
func (t *Till) again(ctx context.Context, member loyalty.Member) (loyalty.Member, error) {
	again, err := t.Store.Housemate(ctx, member.Account, member.ID)
	again.Introduced = again.Introduced || member.Introduced
	return again, err
}

// write makes the entry and appends it.
func (t ruled) write(ctx context.Context, now time.Time, b Basket, who identity, outcome loyalty.Outcome, holds []ledger.Hold) (Completed, error) {
	if len(b.Redeem) > 0 {
		// What was set aside since she was looked up is no longer spendable.
		member, err := t.again(ctx, who.member)
		if err != nil {
			return Completed{}, err
		}
		who.member = member
	}
	record, err := t.draft(ctx, now, b, who, outcome, holds)
	if err != nil {
		return Completed{}, err
	}
	completed := Completed{Entry: record.Entry}
	if _, named := record.Entry.Subject.Account(); named {
		completed.Name = who.member.Name
	}
	if b.Meanwhile != nil {
		b.Meanwhile(completed)
	}
	if err := t.Store.Append(ctx, record); err != nil {
		return Completed{}, err
	}
	t.lookups.served(record.Entry.Operator, t.onDuty())
	t.noteSold(record.Entry)
	// What it cannot write now stays open, and is confirmed by her next sale.
	_ = t.confirmOwn(ctx, now, who, record.Entry.Operator)
	return completed, nil
}

// ErrTooOld says that what is asked for again stands, and that its entry has gone from
// this till to headquarters: it cannot be told once more.
var ErrTooOld = errors.New("it stands already, and is too old to be told again by this till")

// stands answers a sale or activity that stands already; one that was asked for
// with other bytes is a conflict.
func (t *Till) stands(ctx context.Context, stood *ledger.SaleExists, asked []byte, conflict error) (Completed, error) {
	if stood.Request != t.Keyed(asked) {
		return Completed{}, conflict
	}
	if stood.Body == nil {
		return Completed{}, ErrTooOld
	}
	e, err := ledger.Decode(stood.Body)
	if err != nil {
		return Completed{}, fmt.Errorf("read entry %s again: %w", stood.Entry, err)
	}
	completed := Completed{Entry: e, Repeat: true}
	account, named := e.Subject.Account()
	if !named {
		return completed, nil
	}
	member, err := t.Store.Housemate(ctx, account, e.Member)
	if err != nil && !errors.Is(err, loyalty.ErrUnknownMember) {
		return Completed{}, err
	}
	completed.Name = member.Name
	return completed, nil
}

// identity is what is known of whose sale it is.
type identity struct {
	member loyalty.Member // zero where unknown or nobody
	number *phone.Number  // set where a number was typed that nobody here has, or another lane alone
	proof  ledger.Proof
}

// resolve finds whose sale it is, and how surely she is here.
func (t *Till) resolve(ctx context.Context, now time.Time, who Who) (identity, error) {
	id, err := t.whose(ctx, who)
	if err != nil {
		return id, err
	}
	id.proof, err = t.proven(ctx, now, id.member, who)
	return id, err
}

func (t *Till) whose(ctx context.Context, who Who) (id identity, err error) {
	switch {
	case !who.Account.IsZero():
		id.member, id.number, err = t.findNamed(ctx, who.Account, who.Member)
	case who.Phone != "":
		var number phone.Number
		id.member, number, err = t.Identify(ctx, who.Phone)
		id.number = &number
	}
	switch unknown := errors.Is(err, loyalty.ErrUnknownMember); {
	case unknown && id.number != nil:
		return identity{number: id.number}, nil
	case !id.member.Introduced:
		id.number = nil // the store itself knows whose it is
	}
	return id, err
}
