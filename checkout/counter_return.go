package checkout

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// askReturn asks for the receipt that goods come back of, or takes one that was
// keyed or scanned before.
func (c *Counter) askReturn(ctx context.Context) {
	switch {
	case c.state == idle:
		c.state = finding
		c.show()
	case c.state == pointed, c.state == identifying && len(c.typed) > 0:
		c.state = finding
		c.findSale(ctx, string(c.typed))
	}
}

// findSale looks for a receipt of this terminal and shows what is left of it.
func (c *Counter) findSale(ctx context.Context, number string) {
	c.typed = c.typed[:0]
	sale, err := c.Till.Store.SaleByReceipt(ctx, number)
	if err != nil {
		c.fail(c.say().notFoundAgain, err)
		return
	}
	if sale == nil {
		c.Display.Show(c.say().noSuchReceipt, c.say().keyAgain)
		return
	}
	left, err := c.leftOf(ctx, sale)
	if err != nil {
		c.refuse(sale, err)
		return
	}
	c.state = returning
	c.back = takeBack{sale: sale, total: left.Total, left: grossOf(left), entry: c.Till.NewEntry()}
	c.show()
}

func grossOf(back loyalty.Back) (gross ledger.Minor) {
	for _, line := range back.Lines {
		gross += line.Gross // fits: it is part of what was sold
	}
	return gross
}

// takeReturn takes the keyed amount back, or asks whether all that is left
// comes back where none was keyed. A large amount wants a second ENTER.
func (c *Counter) takeReturn(ctx context.Context, now time.Time) {
	amount := c.amount()
	switch {
	case len(c.typed) > 0 && amount == 0:
		c.typed = c.typed[:0]
		c.show()
	case amount > c.back.left:
		c.typed = c.typed[:0]
		c.Display.Show(both(c.say().only, c.backMoney(c.back.left)), c.say().isLeft)
	case amount == 0:
		c.back.wish = loyalty.Wish{All: true}
		c.state = refunding
		c.show()
	default:
		c.back.wish = loyalty.Wish{Gross: amount}
		if c.ConfirmAbove == 0 || amount <= c.ConfirmAbove {
			c.refund(ctx, now)
			return
		}
		c.state = refunding
		c.show()
	}
}

// saleLine names a sale that goods come back of, by what its receipt says too:
// another till's receipt may have the same number.
func (c *Counter) saleLine() string {
	at := c.Till.Language.Recent(c.back.sale.At.Time().In(c.Till.Zone))
	return both(at, c.backMoney(c.back.left))
}

// refundLines ask.
func (c *Counter) refundLines() (upper, lower string) {
	switch {
	case c.back.void:
		return both(c.say().undoSale, c.backMoney(c.back.total)), c.say().enterOrClear
	case c.back.wish.All:
		return both(c.say().refund, c.backMoney(c.back.total)), c.say().enterOrClear
	}
	return both(c.say().goods, c.backMoney(c.back.wish.Gross)), c.say().sure
}

// backText tells what the customer gets, what became of her points and what she
// has now: the promise.
func (c *Counter) backText(taken TakenBack) (upper, lower string) {
	e := taken.Entry
	refund := c.say().refund + " " + c.Till.Language.Money(e.Return.Currency, e.Return.Total)
	if e.Told == nil {
		return refund, c.say().noPointsInIt
	}
	points := c.pointsBack(e)
	upper = refund
	if cells(refund)+1+cells(points) <= columns {
		upper = both(refund, points)
	}
	if e.Told.Owed > 0 {
		return upper, both(c.say().pointsOwed, c.Till.number(e, e.Told.Owed))
	}
	return upper, both(c.say().balance, c.Till.number(e, e.Told.Balance))
}

// pointsBack are the units of a return: taken back, then given back.
func (c *Counter) pointsBack(e *ledger.Entry) string {
	var taken, given ledger.Points
	for _, p := range e.Postings {
		switch {
		case p.Unit != c.Till.Programs.Of(e).MainUnit():
		case p.To == ledger.Issued:
			taken += p.Amount
		case p.From == ledger.Redeemed:
			given += p.Amount
		}
	}
	text := ""
	if taken > 0 {
		text = "-" + c.Till.number(e, taken)
	}
	if given > 0 {
		text += "+" + c.Till.number(e, given)
	}
	return text
}

func (c *Counter) backMoney(amount ledger.Minor) string {
	return c.Till.Language.Money(c.back.sale.Sale.Currency, amount)
}
