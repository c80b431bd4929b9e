package checkout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Taking is what is to be taken back of a sale.
type Taking struct {
	Entry ledger.EntryID // made by the caller and kept through every retry
	// ID is the POS's own id of a return, unique among the sales and returns of
	// Day. A void needs none.
	ID  string
	Day ledger.Date // of the return; the store's date of now where empty
	// Transaction is what the POS calls the return beside that, Link what it calls the
	// sale.
	Transaction, Link ledger.Transaction
	// Of is the sale, by terminal (this one where zero), business day and id.
	Of       ledger.SaleRef
	Wish     loyalty.Wish // what comes back; of a void all that is left
	Operator string       // the till's where empty
	// Asked are the bytes of what asked for it, as in Basket.
	Asked []byte
}

// TakenBack is a return or void past fsync: what may be told.
type TakenBack struct {
	Entry *ledger.Entry
	// Sale is what it is of; nil where another till made it, or it is no longer known
	// here. Then points are put right by headquarters, and no balance is told.
	Sale   *ledger.Entry
	Name   string // the member's, masked; empty where nobody is known
	Repeat bool   // it stood already; nothing was written now
}

// ErrNoSale says that this terminal made no such sale.
var ErrNoSale = errors.New("no such sale at this till")

// ErrOtherTransaction says that the POS calls the sale something else than what it
// takes back.
var ErrOtherTransaction = errors.New("the POS gave this sale another number than the one that is taken back")

// Void takes back all that is left of a sale. Voiding it again gets the same
// entry; where it came back by returns, nothing is left, which is a
// *loyalty.ExcessReturn. A sale that should be this terminal's and is not is
// ErrNoSale.
func (t *Till) Void(ctx context.Context, now time.Time, v Taking) (TakenBack, error) {
	v.Wish = loyalty.Wish{All: true, Void: true}
	v.Of = t.own(v.Of)
	v.ID = voidID(v.Of)
	v.Asked = []byte("void " + v.ID)
	return t.takeBack(ctx, now, ledger.Voided, v)
}

// voidID names the one void a sale can have.
func voidID(of ledger.SaleRef) string {
	sum := sha256.Sum256([]byte(of.Terminal.String() + " " + string(of.Day) + " " + of.ID))
	return "void:" + hex.EncodeToString(sum[:16])
}

// Return takes back what comes back of a sale. The same request again gets the
// same entry; another one under the same id is ErrSaleConflict. More than is
// left is a *loyalty.ExcessReturn, what makes no sense a
// *loyalty.InvalidBasket, a sale that should be this terminal's and is not
// ErrNoSale, and one that Link is not of ErrOtherTransaction; then nothing is written.
func (t *Till) Return(ctx context.Context, now time.Time, r Taking) (TakenBack, error) {
	return t.takeBack(ctx, now, ledger.Returned, r)
}

func (t *Till) takeBack(ctx context.Context, now time.Time, kind ledger.Kind, r Taking) (TakenBack, error) {
	r.Of = t.own(r.Of)
	dayless := r.Day == ""
	if dayless {
		r.Day = t.Today(now)
	}
	// One at a time of a sale, and not beside its completing.
	defer t.completing.take(string(r.Of.Day) + " " + r.Of.ID)()
	sale, before, err := t.returned(ctx, r.Of)
	if err != nil {
		return TakenBack{}, err
	}
	if sale != nil && r.Link.Differs(sale.Sale.Transaction) {
		return TakenBack{}, ErrOtherTransaction
	}
	stood, err := t.stood(ctx, kind, r, before)
	if err == nil && stood == nil && dayless {
		stood, err = t.stoodYesterday(ctx, now, r)
	}
	if err != nil {
		return TakenBack{}, err
	}
	if stood != nil {
		return t.repeatReturn(ctx, stood, sale, r)
	}
	record, name, err := t.draftReturn(ctx, now, kind, r, sale, before)
	if err != nil {
		return TakenBack{}, err
	}
	var exists *ledger.SaleExists
	if err := t.Store.Append(ctx, record); errors.As(err, &exists) {
		return t.repeatReturn(ctx, exists, sale, r) // of another sale, meanwhile
	} else if err != nil {
		return TakenBack{}, err
	}
	t.lookups.served(record.Entry.Operator, t.onDuty())
	return TakenBack{Entry: record.Entry, Sale: sale, Name: name}, nil
}

// own makes a sale without a terminal this till's.
func (t *Till) own(of ledger.SaleRef) ledger.SaleRef {
	if of.Terminal.IsZero() {
		of.Terminal = t.Terminal
	}
	return of
}

// returned finds a sale and what came back of it; nil where it is another
// till's, or so old that headquarters alone still has it.
func (t *Till) returned(ctx context.Context, of ledger.SaleRef) (*ledger.Entry, []*ledger.Entry, error) {
	if of.Terminal != t.Terminal {
		return nil, nil, nil
	}
	stood, err := t.Store.Sale(ctx, of.Day, of.ID)
	if err != nil {
		return nil, nil, err
	}
	if stood == nil {
		return nil, nil, ErrNoSale
	}
	if stood.Body == nil {
		return nil, nil, nil
	}
	sale, err := ledger.Decode(stood.Body)
	if err != nil {
		return nil, nil, fmt.Errorf("read sale %q: %w", of.ID, err)
	}
	if sale.Sale == nil {
		return nil, nil, ErrNoSale // the id is a return's
	}
	before, err := t.Store.Returns(ctx, sale.ID)
	return sale, before, err
}

// stood finds a return or void that was made before: of its sale on whatever
// day, for who asks again may do so after midnight.
func (t *Till) stood(ctx context.Context, kind ledger.Kind, r Taking, before []*ledger.Entry) (*ledger.SaleExists, error) {
	day := r.Day
	for _, e := range before {
		if e.Kind == kind && e.Return.ID == r.ID {
			day = e.Day
		}
	}
	return t.Store.Sale(ctx, day, r.ID)
}

// stoodYesterday finds the very same return or void, by a request that left the day to
// the till, and asks again after midnight: of a sale that is not here nothing else tells
// that it was made.
func (t *Till) stoodYesterday(ctx context.Context, now time.Time, r Taking) (*ledger.SaleExists, error) {
	stood, err := t.Store.Sale(ctx, t.dayFrom(ledger.MillisOf(now), -1), r.ID)
	if err != nil || stood == nil || stood.Request != t.Keyed(r.Asked) {
		return nil, err
	}
	return stood, nil
}

func (t *Till) repeatReturn(ctx context.Context, stood *ledger.SaleExists, sale *ledger.Entry, r Taking) (TakenBack, error) {
	if stood.Request != t.Keyed(r.Asked) {
		return TakenBack{}, ErrSaleConflict
	}
	if stood.Body == nil {
		return TakenBack{}, ErrTooOld
	}
	e, err := ledger.Decode(stood.Body)
	if err != nil {
		return TakenBack{}, fmt.Errorf("read return %q again: %w", r.ID, err)
	}
	member, err := t.memberOf(ctx, sale)
	return TakenBack{Entry: e, Sale: sale, Name: member.Name, Repeat: true}, err
}

// memberOf finds whose a sale was; zero where nobody known here is named on it.
func (t *Till) memberOf(ctx context.Context, sale *ledger.Entry) (loyalty.Member, error) {
	if sale == nil {
		return loyalty.Member{}, nil
	}
	account, named := sale.Subject.Account()
	if !named {
		return loyalty.Member{}, nil
	}
	member, err := t.Store.Housemate(ctx, account, sale.Member)
	if errors.Is(err, loyalty.ErrUnknownMember) {
		err = nil
	}
	return member, err
}

// draftReturn makes the entry of a return or void.
func (t *Till) draftReturn(ctx context.Context, now time.Time, kind ledger.Kind, r Taking, sale *ledger.Entry, before []*ledger.Entry) (ledger.Record, string, error) {
	e := t.entry(kind, r.Entry, now)
	e.Day, e.Operator = r.Day, t.signedOn(r.Operator)
	e.Return = &ledger.Return{ID: r.ID, Of: r.Of, Transaction: r.Transaction, Currency: t.Programs.At(now).Currency()}
	member, err := t.memberOf(ctx, sale)
	if err != nil {
		return ledger.Record{}, "", err
	}
	if sale == nil {
		err = unknownSale(e, r.Wish)
	} else {
		err = knownSale(e, r.Wish, sale, before)
	}
	if err != nil {
		return ledger.Record{}, "", err
	}
	if sale != nil {
		t.under(now).tellReturn(e, sale, member)
	}
	if e.Return.Receipt, err = t.Store.NextReceipt(ctx); err != nil {
		return ledger.Record{}, "", err
	}
	body, err := e.Encode()
	return ledger.Record{Entry: e, Body: body, Request: t.Keyed(r.Asked)}, member.Name, err
}

// knownSale decides what comes back of a sale that stands here. Of one that
// was condensed its lines are sums: a line of the POS's is none of them.
func knownSale(e *ledger.Entry, wish loyalty.Wish, sale *ledger.Entry, before []*ledger.Entry) error {
	if sale.Sale.Condensed && len(wish.Lines) > 0 {
		return &loyalty.InvalidBasket{Path: "line_items", Problem: "the sale was too large to keep its lines: send the amount that comes back, or all"}
	}
	backs := make([]loyalty.Back, len(before))
	for i, earlier := range before {
		backs[i] = loyalty.BackOf(earlier)
	}
	rest, err := loyalty.RestOf(sale, backs)
	if err != nil {
		return err
	}
	back, err := rest.Take(wish)
	if err != nil {
		return err
	}
	e.Subject, e.Program = ledger.SaleSubject(sale.ID), sale.Program
	e.Return.Of.Entry, e.Return.Currency = sale.ID, sale.Sale.Currency
	e.Return.Lines, e.Return.Total, e.Postings = back.Lines, back.Total, back.Postings
	return nil
}

// unknownSale says what comes back of another till's sale, as it was asked
// for: headquarters has the sale and decides. All of it is a void, whoever
// names it.
func unknownSale(e *ledger.Entry, wish loyalty.Wish) error {
	e.Subject = ledger.SaleSubject(e.ID)
	switch {
	case wish.All:
		e.Kind = ledger.Voided
	case wish.Gross < 0 || len(wish.Lines) == 0 && wish.Gross == 0:
		return &loyalty.InvalidBasket{Path: "amount", Problem: "nothing comes back: say an amount, lines, or all"}
	}
	e.Return.Lines, e.Return.Total = wish.Lines, wish.Gross
	for _, line := range wish.Lines {
		total, err := e.Return.Total.Add(line.Gross)
		if err != nil {
			return &loyalty.InvalidBasket{Path: "line_items", Problem: "more comes back than can be counted"}
		}
		e.Return.Total = total
	}
	return nil
}

// tellReturn writes into the entry the balance that will be told with it. What
// is taken back comes out of what no right has set aside; what that lacks is
// owed, and pays no less for being owed.
func (t ruled) tellReturn(e, sale *ledger.Entry, member loyalty.Member) {
	if _, named := sale.Subject.Account(); !named || member.Account.IsZero() {
		return
	}
	if sale.Program != nil && sale.Program.ID != t.Program.Ref().ID {
		return // of a program that this store had before: her balance of it is not known here
	}
	unit := t.Program.MainUnit()
	before := member.Balance(unit)
	free, pending := before.Free-before.Owed, before.Pending
	for _, p := range e.Postings {
		switch {
		case p.Unit != unit:
		case p.From == ledger.Available:
			free -= p.Amount
		case p.From == ledger.Pending:
			pending -= p.Amount
		case p.To == ledger.Available:
			free += p.Amount
		}
	}
	e.Told = &ledger.Told{
		Unit: unit, Balance: before.Shown - before.Free + max(0, free), AsOf: member.AsOf,
		Spendable: spendableAfter(before, free), Pending: max(0, pending), Owed: max(0, -free),
	}
}
