package checkout

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// Display shows two lines to the customer and the cashier. It never blocks;
// the latest text wins.
type Display interface {
	Show(upper, lower string)
}

// Counter is the conversation on one keypad, its scanners and its display,
// without a POS: phone, ENTER, amount, ENTER. One goroutine owns it.
type Counter struct {
	Till     *Till
	Display  Display
	Scans    Router
	Greeting string // shown while nobody is served; the store's name
	// TaxRate is part of every keyed amount, which then includes it; the base
	// of points is what is left. Zero means that there is no tax in it.
	TaxRate loyalty.Rate
	// MaxAmount is the largest amount taken, ConfirmAbove the largest taken
	// with one ENTER; 0 means no bound.
	MaxAmount    ledger.Minor
	ConfirmAbove ledger.Minor
	// IdleTimeout ends a conversation in which no key is pressed.
	IdleTimeout time.Duration
	// Told is called with each completed sale, after it is on disk.
	Told func(Completed)
	// Failed is called with what the cashier was shown only a sentence of.
	Failed func(error)

	state   state
	typed   []byte // digits of the field being keyed
	last    device.Key
	lastKey time.Time
	number  phone.Number
	member  loyalty.Member
	proof   ledger.Proof // that she is here
	enroll  enrollment
	sale    openSale
	// remarked says that a remark stands beside the greeting.
	remarked bool
}

// state is where the conversation stands.
type state int

const (
	idle        state = iota
	identifying       // digits of a number are being keyed
	unknown           // nobody has this number: ENROLL or CANCEL
	selling           // she is known, digits of an amount are being keyed
	confirming        // a large amount waits for its second ENTER
	unsaved           // the sale could not be written: ENTER or CANCEL
	done              // the sale was told; the next key begins anew
)

// enrollment keeps the ids of an enroll through retries.
type enrollment struct {
	entry   ledger.EntryID
	account ledger.AccountID
}

// openSale keeps the ids and the day of a sale through retries, so that an
// ENTER after an error can never make a second one.
type openSale struct {
	entry  ledger.EntryID
	day    ledger.Date   // of its first ENTER
	hold   ledger.HoldID // zero while nothing can have been set aside
	reward loyalty.Reward
}

// held reports whether a reward is surely set aside.
func (s openSale) held() bool { return s.reward.ID != "" }

const (
	maxPhoneDigits  = 17 // 15 of E.164 and an international prefix
	maxAmountDigits = 11
	doneStays       = 15 * time.Second
	// lastSaleShown is how old a sale may be to be shown at a start.
	lastSaleShown = 10 * time.Minute
	// bounce is how soon after an ENTER another one is the same press: it must
	// not be its own confirmation.
	bounce = 150 * time.Millisecond
)

// Start shows the greeting; after a restart in the middle of business with the
// last sale above it, because the one that was under way may stand untold, and
// would be keyed a second time.
func (c *Counter) Start(ctx context.Context, now time.Time) {
	c.reset()
	last, err := c.Till.Store.LastSale(ctx)
	if err != nil {
		c.Failed(fmt.Errorf("find last sale: %w", err))
		return
	}
	if last != nil && now.Sub(last.At.Time()) < lastSaleShown {
		c.Display.Show(both("Last sale", c.money(last.Sale.Total)), askPhone)
	}
}

// Key takes one key.
func (c *Counter) Key(ctx context.Context, now time.Time, key device.Key) {
	bounced := key == device.Enter && c.last == key && now.Sub(c.lastKey) < bounce
	c.last, c.lastKey = key, now
	if bounced || c.state == done && key == device.Enter {
		return // a second press must not take what was told off the display
	}
	if c.state == done {
		c.reset()
	}
	if digit, ok := key.Digit(); ok {
		c.digit(digit)
		return
	}
	switch key {
	case device.Enter:
		c.enter(ctx, now)
	case device.Clear:
		c.clear(ctx)
	case device.Cancel:
		c.cancel(ctx)
	case device.Enroll:
		c.takeIn(ctx, now)
	case device.Redeem:
		c.redeem(ctx, now)
	}
}

// Tick lets time pass: a conversation nobody goes on with ends, and the next
// customer sees nothing of it.
func (c *Counter) Tick(ctx context.Context, now time.Time) {
	limit := c.IdleTimeout
	if c.state == done || c.state == idle {
		limit = min(limit, doneStays)
	}
	if (c.state != idle || c.remarked) && now.Sub(c.lastKey) >= limit {
		c.cancel(ctx)
	}
}

// Misread says that a key may have got lost: a field with a digit missing would
// be somebody else, or another price, so it is keyed again.
func (c *Counter) Misread() {
	if len(c.typed) == 0 || c.state == unsaved { // its amount was taken before
		return
	}
	c.typed = c.typed[:0]
	if c.state == confirming {
		c.state = selling
	}
	c.Display.Show("Key misread", "Please key it again")
}

func (c *Counter) digit(digit byte) {
	switch c.state {
	case idle:
		c.state = identifying
	case unknown, unsaved:
		return
	case confirming:
		c.state = selling // another amount is being keyed
		c.typed = c.typed[:0]
	}
	most := maxAmountDigits
	if c.state == identifying {
		most = maxPhoneDigits
	}
	if len(c.typed) >= most {
		return
	}
	c.typed = append(c.typed, digit)
	c.show()
}

func (c *Counter) enter(ctx context.Context, now time.Time) {
	if len(c.typed) == 0 {
		return
	}
	switch c.state {
	case identifying:
		c.identify(ctx)
	case selling:
		c.take(ctx, now)
	case confirming, unsaved:
		c.complete(ctx, now)
	}
}

// clear empties the field; an empty field is left altogether.
func (c *Counter) clear(ctx context.Context) {
	switch {
	case c.state == unsaved:
		return // it may stand: another amount under its id would be another sale
	case c.state == confirming:
		c.state = selling
		c.typed = c.typed[:0]
	case c.state == selling && len(c.typed) == 0 && c.sale.held():
		c.release(ctx)
	case len(c.typed) == 0 || c.state == unknown:
		c.cancel(ctx)
		return
	default:
		c.typed = c.typed[:0]
	}
	c.show()
}

// cancel ends the conversation; what was set aside goes back.
func (c *Counter) cancel(ctx context.Context) {
	c.release(ctx)
	c.reset()
}

func (c *Counter) reset() {
	c.state, c.typed = idle, c.typed[:0]
	c.number, c.member, c.enroll, c.sale = phone.Number{}, loyalty.Member{}, enrollment{}, openSale{}
	c.proof, c.remarked = "", false
	c.show()
}
