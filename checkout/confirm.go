package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A sale that was made for somebody with less proof than the program wants for
// earning stands by itself (sale:<entry>) until she confirms it, at any till or
// at headquarters. Headquarters decides; here is refused what cannot become of it.

// Confirmation is a member's word that a sale is hers.
type Confirmation struct {
	// Of is the sale, by terminal (this one where zero), business day and id. Of
	// another till's sale its entry is needed too.
	Of       ledger.SaleRef
	Who      Who
	Operator string // the till's where empty
}

var (
	// ErrNotDetached says that a sale does not wait to be confirmed.
	ErrNotDetached = errors.New("this sale does not wait to be confirmed")
	// ErrNotNamed says that a sale was made for somebody else.
	ErrNotNamed = errors.New("this sale was made for somebody else")
	// ErrConfirmLate says that a sale can no longer be confirmed.
	ErrConfirmLate = errors.New("this sale can no longer be confirmed")
	// ErrNeedEntry says that another till's sale is not named by its entry.
	ErrNeedEntry = errors.New("another till's sale is named by its entry too")
)

// Confirm writes down that a sale is a member's. Her units come from
// headquarters. Confirming it again gets the same entry; where headquarters has
// told that it was confirmed elsewhere, ErrClaimed. Its other errors are those
// above, ErrWeakProof, ErrNoSale, ErrNobody and loyalty.ErrUnknownMember.
func (t *Till) Confirm(ctx context.Context, now time.Time, c Confirmation) (Completed, error) {
	c.Of = t.own(c.Of)
	who, err := t.resolve(ctx, now, c.Who)
	switch {
	case err != nil:
		return Completed{}, err
	case who.member.Account.IsZero() && who.number != nil:
		return Completed{}, loyalty.ErrUnknownMember
	case who.member.Account.IsZero():
		return Completed{}, ErrNobody
	}
	if c.Of.Terminal != t.Terminal {
		if c.Of.Entry.IsZero() {
			return Completed{}, ErrNeedEntry
		}
		if !who.proof.Meets(t.Programs.At(now).Proof().Earn) {
			return Completed{}, ErrWeakProof
		}
		return t.confirm(ctx, now, c, who)
	}
	sale, err := t.detachedSale(ctx, c.Of)
	if err != nil {
		return Completed{}, err
	}
	c.Of.Entry = sale.ID
	named, confirmed, err := t.Store.DetachedFor(ctx, sale.ID)
	switch {
	case err != nil:
		return Completed{}, err
	case !who.proof.Meets(t.Programs.Of(sale).Proof().Earn):
		return Completed{}, ErrWeakProof
	case !named.IsZero() && named != who.member.Account && !moved(who.member):
		return Completed{}, ErrNotNamed
	case confirmed:
		return t.confirmedHere(ctx, c, who)
	case !t.confirmable(sale, now):
		return Completed{}, ErrConfirmLate
	}
	return t.confirm(ctx, now, c, who)
}

// moved reports whether somebody was in another account before: then headquarters
// alone knows whether she was the one in the account that a sale was made for.
func moved(m loyalty.Member) bool { return m.ID != ledger.MemberID(m.Account) }

// confirmedHere gets the entry by which she confirmed a sale here that is
// somebody's by now; ErrClaimed where it was confirmed elsewhere.
func (t *Till) confirmedHere(ctx context.Context, c Confirmation, who identity) (Completed, error) {
	claiming := &ledger.Claiming{Entry: c.Of.Entry}
	stood, err := t.Store.Claiming(ctx, claiming.Key(ledger.Confirm, ledger.SubjectOf(who.member.Account)))
	switch {
	case err != nil:
		return Completed{}, err
	case stood == nil:
		return Completed{}, ErrClaimed
	}
	return t.stands(ctx, stood, askedConfirm, ErrClaimed)
}

// detachedSale finds one of this till's sales that stands by itself.
func (t *Till) detachedSale(ctx context.Context, of ledger.SaleRef) (*ledger.Entry, error) {
	stood, err := t.Store.Sale(ctx, of.Day, of.ID)
	if err != nil {
		return nil, err
	}
	if stood == nil {
		return nil, ErrNoSale
	}
	if stood.Body == nil {
		return nil, ErrTooOld
	}
	sale, err := ledger.Decode(stood.Body)
	if err != nil {
		return nil, fmt.Errorf("read sale %q: %w", of.ID, err)
	}
	if !isDetached(sale) {
		return nil, ErrNotDetached
	}
	return sale, nil
}

// isDetached reports whether a sale stands by itself and somebody is named on it.
func isDetached(e *ledger.Entry) bool {
	_, alone := e.Subject.Sale()
	return e.Kind == ledger.Sold && alone && !e.Attachment.IsZero()
}

// ConfirmUntil returns the last day on which a sale can be confirmed; empty where it
// does not wait for that. It is the same on each copy.
func (t *Till) ConfirmUntil(sale *ledger.Entry) ledger.Date {
	if !isDetached(sale) {
		return ""
	}
	by := t.Programs.Of(sale).ConfirmBy(loyalty.Moment{At: sale.At, Zone: t.Zone, Store: sale.Store})
	return ledger.DateAt(by-1, t.Zone)
}

func (t *Till) confirmable(sale *ledger.Entry, now time.Time) bool {
	return ledger.MillisOf(now) < t.Programs.Of(sale).ConfirmBy(loyalty.Moment{At: sale.At, Zone: t.Zone, Store: sale.Store})
}

// confirm writes the entry.
func (t *Till) confirm(ctx context.Context, now time.Time, c Confirmation, who identity) (Completed, error) {
	claiming := &ledger.Claiming{Entry: c.Of.Entry, Sale: &c.Of}
	return t.claiming(ctx, now, ledger.Confirm, claiming, nil, c.Operator, askedConfirm, who)
}

// askedConfirm is what is asked by a confirm, whoever asks.
var askedConfirm = []byte("confirm")

// claiming writes a confirm or claim, once under its key.
func (t *Till) claiming(ctx context.Context, now time.Time, kind ledger.Kind, claiming *ledger.Claiming, uses []ledger.LimitUse, operator string, asked []byte, who identity) (Completed, error) {
	subject := ledger.SubjectOf(who.member.Account)
	key := claiming.Key(kind, subject)
	defer t.completing.take(key)()
	stood, err := t.Store.Claiming(ctx, key)
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.stands(ctx, stood, asked, ErrClaimed)
	}
	e := t.entry(kind, t.NewEntry(), now)
	e.Operator, e.Proof, e.Program = t.signedOn(operator), who.proof, new(t.Programs.At(now).Ref())
	e.Subject, e.Member, e.Claiming, e.Uses = subject, who.member.Here(), claiming, uses
	body, err := e.Encode()
	if err != nil {
		return Completed{}, err
	}
	if err := t.Store.Append(ctx, ledger.Record{Entry: e, Body: body, Request: t.Keyed(asked)}); err != nil {
		return Completed{}, fmt.Errorf("keep %s: %w", kind, err)
	}
	return Completed{Entry: e, Name: who.member.Name}, nil
}

// ErrClaimed says that a sale was confirmed or claimed already.
var ErrClaimed = errors.New("this sale was confirmed or claimed before")

// Unconfirmed returns the sales of this till that a member may confirm now.
func (t *Till) Unconfirmed(ctx context.Context, now time.Time, account ledger.AccountID) (open []*ledger.Entry, err error) {
	if account.IsZero() {
		return nil, nil
	}
	all, err := t.Store.Detached(ctx, account)
	for _, sale := range all {
		if t.confirmable(sale, now) {
			open = append(open, sale)
		}
	}
	return open, err
}

// confirmOwn confirms what waits here for a member, who has just proved enough
// by a sale of hers.
func (t *Till) confirmOwn(ctx context.Context, now time.Time, who identity, operator string) error {
	if !who.proof.Meets(ledger.Presented) {
		return nil // which is the least that a sale can wait for
	}
	open, err := t.Unconfirmed(ctx, now, who.member.Account)
	if err != nil {
		return err
	}
	for _, sale := range open {
		if !who.proof.Meets(t.Programs.Of(sale).Proof().Earn) {
			continue
		}
		of := ledger.SaleRef{Terminal: t.Terminal, Day: sale.Day, ID: sale.Sale.ID, Entry: sale.ID}
		_, err := t.confirm(ctx, now, Confirmation{Of: of, Operator: operator}, who)
		if err != nil {
			return err
		}
	}
	return nil
}

// detachedFor is whom a sale was made for that stands by itself.
func (t *Till) detachedFor(e *ledger.Entry, who identity) ledger.AccountID {
	if !isDetached(e) {
		return ledger.AccountID{}
	}
	return who.member.Account
}

// mayRedeem refuses rewards in a sale that will stand by itself: what it spends
// would be somebody's who has not shown that she is here.
func (t ruled) mayRedeem(b Basket, who identity) error {
	if len(b.Holds)+len(b.Redeem) == 0 || who.member.Account.IsZero() || who.proof.Meets(t.Program.Proof().Earn) {
		return nil
	}
	return &loyalty.NoRedeem{Reason: loyalty.WeakProof}
}
