package checkout

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Paper is what a receipt is printed of: a sale, or a return or void.
type Paper struct {
	Entry *ledger.Entry
	Sale  *ledger.Entry // of a return or void; nil where another till made it
	Name  string        // the member's, masked; empty where nobody is known
	Copy  bool          // it was printed before
}

// print prints what was just told. Where that fails the display says so beside
// it: the paper can be had later.
func (c *Counter) print(paper Paper) {
	c.paper = &paper
	if c.Print == nil {
		return
	}
	if err := c.Print(paper); err != nil {
		c.unprinted(err)
	}
}

// Unprinted says that a printer stopped, out of paper as a rule. While what was
// told last is still shown, its receipt may have been in the midst of it.
func (c *Counter) Unprinted(reason error) {
	if c.state == done && c.paper != nil && c.told != [2]string{} {
		c.unprinted(reason)
	}
}

func (c *Counter) unprinted(reason error) {
	c.Display.Show(c.told[0], c.say().printTrouble(reason))
	c.told = [2]string{} // once
}

// printTrouble is why nothing was printed, and what then helps.
func (w *words) printTrouble(reason error) string {
	text := w.notPrinted
	switch {
	case errors.Is(reason, device.ErrNoPaper):
		text = w.noPaper
	case errors.Is(reason, device.ErrCoverOpen):
		text = w.coverOpen
	case errors.Is(reason, device.ErrOffline):
		text = w.printerOff
	case errors.Is(reason, device.ErrFull):
		text = w.printerBusy
	}
	return fmt.Sprintf(w.thenCopy, text)
}

// copy prints what was told last once more; where a number was keyed before it
// asks whether that receipt is meant, and one that was scanned it prints.
func (c *Counter) copy(ctx context.Context) {
	switch {
	case c.state == idle:
		c.copyLast(ctx)
	case c.state == pointed:
		c.copyOf(ctx, string(c.typed))
	case c.state == identifying && len(c.typed) > 0:
		c.state = copying
		c.show()
	}
}

func (c *Counter) copyLast(ctx context.Context) {
	paper, err := c.lastPaper(ctx)
	if err == nil && paper != nil {
		err = c.mayTell(ctx, paper.Entry)
	}
	switch {
	case err != nil:
		c.fail(c.say().notFoundCopy, err)
	case paper == nil:
		c.remark(c.say().nothingToCopy)
	default:
		c.again(*paper)
	}
}

// lastPaper finds what was told last: here, or by the POS meanwhile. After a
// restart it is the last sale, or what came back of it since.
func (c *Counter) lastPaper(ctx context.Context) (*Paper, error) {
	last, err := c.Till.Store.LastSale(ctx)
	if err != nil {
		return nil, err
	}
	if c.paper != nil && (last == nil || last.ID == c.lastSold) {
		return c.paper, nil
	}
	if last == nil {
		return nil, nil
	}
	returns, err := c.Till.Store.Returns(ctx, last.ID)
	if err != nil {
		return nil, err
	}
	member, err := c.Till.memberOf(ctx, last)
	if n := len(returns); n > 0 {
		return &Paper{Entry: returns[n-1], Sale: last, Name: member.Name}, err
	}
	return &Paper{Entry: last, Name: member.Name}, err
}

// copyOf prints the receipt of a number once more.
func (c *Counter) copyOf(ctx context.Context, number string) {
	sale, err := c.Till.Store.SaleByReceipt(ctx, number)
	if err != nil {
		c.fail(c.say().notFoundAgain, err)
		return
	}
	if sale == nil {
		c.end(c.say().noSuchReceipt, both("", number))
		return
	}
	member, err := c.Till.memberOf(ctx, sale)
	if err == nil {
		err = c.mayTell(ctx, sale)
	}
	if err != nil {
		c.fail(c.say().notFoundAgain, err)
		return
	}
	c.again(Paper{Entry: sale, Name: member.Name})
}

// mayTell says why a sale that stands is not to be told: of one that nobody was told of
// yet the store may have something left to write first, which Sale sees to.
func (c *Counter) mayTell(ctx context.Context, e *ledger.Entry) error {
	if e.Sale == nil {
		return nil
	}
	_, err := c.Till.Store.Sale(ctx, e.Day, e.Sale.ID)
	return err
}

// again prints a copy and says how it went.
func (c *Counter) again(paper Paper) {
	paper.Copy = true
	upper := both(c.say().copy, paper.number())
	if c.Print == nil {
		c.end(upper, c.say().noPrinter)
		return
	}
	if err := c.Print(paper); err != nil {
		c.end(upper, c.say().printTrouble(err))
		return
	}
	c.tell(upper, c.say().printing)
}

// number is what the paper is found by.
func (p Paper) number() string {
	if p.Entry.Return != nil {
		return p.Entry.Return.Receipt
	}
	return p.Entry.Sale.Receipt
}
