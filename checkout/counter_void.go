package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// takeBack keeps what a return or void is about, and its id through retries.
type takeBack struct {
	void  bool
	sale  *ledger.Entry
	left  ledger.Minor // of its goods, before discounts
	wish  loyalty.Wish
	total ledger.Minor // what the customer will get
	entry ledger.EntryID
}

// errVoided says that nothing is left because all of it was voided.
var errVoided = errors.New("the sale was voided")

// asksVoid reports whether the display asks if a sale is to be undone.
func (c *Counter) asksVoid() bool { return c.state == refunding && c.back.void }

// void asks whether this terminal's last sale is to be undone; ENTER undoes it.
// Once the next customer is served it is too late.
func (c *Counter) void(ctx context.Context) {
	if c.state == idle {
		c.askVoid(ctx)
	}
}

func (c *Counter) askVoid(ctx context.Context) {
	last, err := c.Till.Store.LastSale(ctx)
	if err != nil {
		c.fail(c.say().notFoundVoid, err)
		return
	}
	if last == nil {
		c.remark(c.say().noSale)
		return
	}
	left, err := c.leftOf(ctx, last)
	if err != nil {
		c.refuse(last, err)
		return
	}
	c.state = refunding
	c.back = takeBack{
		void: true, sale: last, total: left.Total, wish: loyalty.Wish{All: true}, entry: c.Till.NewEntry(),
	}
	c.show()
}

// leftOf is what is left of a sale to come back: errVoided or a
// *loyalty.ExcessReturn where nothing is.
func (c *Counter) leftOf(ctx context.Context, sale *ledger.Entry) (loyalty.Back, error) {
	returns, err := c.Till.Store.Returns(ctx, sale.ID)
	if err != nil {
		return loyalty.Back{}, err
	}
	backs := make([]loyalty.Back, len(returns))
	for i, e := range returns {
		if e.Kind == ledger.Voided {
			return loyalty.Back{}, errVoided
		}
		backs[i] = loyalty.BackOf(e)
	}
	rest, err := loyalty.RestOf(sale, backs)
	if err != nil {
		return loyalty.Back{}, err
	}
	return rest.Take(loyalty.Wish{All: true})
}

// refuse says why a sale cannot come back.
func (c *Counter) refuse(sale *ledger.Entry, err error) {
	var excess *loyalty.ExcessReturn
	var invalid *loyalty.InvalidBasket
	upper := both(c.say().sale, c.Till.Language.Money(sale.Sale.Currency, sale.Sale.Total))
	switch {
	case errors.Is(err, errVoided):
		c.end(upper, c.say().voidedAlready)
	case errors.As(err, &excess):
		c.end(upper, c.say().returnedAlready)
	case errors.As(err, &invalid), errors.Is(err, ErrNoSale), errors.Is(err, ErrSaleConflict):
		c.Failed(err)
		c.end(upper, c.say().notPossible)
	default:
		c.fail(c.say().notFoundAgain, err)
	}
}

// end tells what came of it; the next key begins anew.
func (c *Counter) end(upper, lower string) {
	c.clean()
	c.state = done
	c.Display.Show(upper, lower)
}

// refund writes the return or void.
func (c *Counter) refund(ctx context.Context, now time.Time) {
	taken, err := c.takeBack(ctx, now)
	var excess *loyalty.ExcessReturn
	var invalid *loyalty.InvalidBasket
	switch {
	case err == nil:
		c.tellBack(ctx, taken)
	case errors.As(err, &excess) && !c.back.void && excess.Left.Gross > 0:
		c.state, c.typed = returning, c.typed[:0]
		c.back.left = excess.Left.Gross
		c.Display.Show(both(c.say().only, c.backMoney(excess.Left.Gross)), c.say().isLeft)
	case errors.As(err, &excess), errors.As(err, &invalid), errors.Is(err, ErrNoSale), errors.Is(err, ErrSaleConflict):
		c.refuse(c.back.sale, err)
	default:
		// The id stays: ENTER tries the same one again and cannot double it.
		c.state = unreturned
		c.fail(c.say().unsaved, err)
	}
}

func (c *Counter) takeBack(ctx context.Context, now time.Time) (TakenBack, error) {
	b := c.back
	taking := Taking{Entry: b.entry, Of: ledger.SaleRef{Day: b.sale.Day, ID: b.sale.Sale.ID}, Wish: b.wish}
	if b.void {
		return c.Till.Void(ctx, now, taking)
	}
	taking.ID = b.entry.String()
	// Once it was tried nothing of it changes: its id says what it is.
	taking.Asked = []byte("return " + taking.ID)
	return c.Till.Return(ctx, now, taking)
}

// tellBack tells a return or void that is on disk.
func (c *Counter) tellBack(ctx context.Context, taken TakenBack) {
	c.tell(c.backText(taken))
	c.TookBack(taken)
	if last, err := c.Till.Store.LastSale(ctx); err == nil && last != nil { // else COPY goes by the journal
		c.lastSold = last.ID
	}
	c.print(Paper{Entry: taken.Entry, Sale: taken.Sale, Name: taken.Name})
}
