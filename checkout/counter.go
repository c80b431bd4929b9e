package checkout

import (
	"context"
	"fmt"
	"github.com/loyaltyd/loyaltyd/checkout/route"
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
	Scans    route.Router
	Greeting string // shown while nobody is served; the store's name
	// TaxRate is part of every keyed amount, which then includes it; the base
	// of points is what is left. Zero means that there is no tax in it.
	TaxRate loyalty.Rate
	// MaxAmount is the largest amount taken, ConfirmAbove the largest taken
	// with one ENTER; 0 means no bound.
	MaxAmount    ledger.Minor
	ConfirmAbove ledger.Minor
	// Messages take turns with the greeting while nobody is served.
	Messages []string
	// NoPIN says that the keypad gives digits only under its maker's own prompt: no PIN
	// of a member's is asked for on it.
	NoPIN bool
	// IdleTimeout ends a conversation in which no key is pressed.
	IdleTimeout time.Duration
	// Told is called with each completed sale, TookBack with each return and
	// void, after it is on disk.
	Told     func(Completed)
	TookBack func(TakenBack)
	// Print prints a paper, or says why it cannot; nil where there is no
	// printer. Whatever it says, what is on the paper stands.
	Print func(Paper) error
	// CloseDay closes the business day; nil where the menu is not to offer it.
	CloseDay func(context.Context) error
	// Met is called with who is served, and again once she is known more surely;
	// Left once she is not any more. Passed is called with a scan that is the POS's.
	// Each may be nil.
	Met    func(loyalty.Member, ledger.Proof)
	Left   func()
	Passed func(device.Scan, route.Code)
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
	card    newCard
	sale    openSale
	back    takeBack
	pin     keyedPIN
	hers    herPIN
	paper   *Paper // told last
	// lastSold was the till's last sale then: clocks do not tell whether the POS sold since.
	lastSold ledger.EntryID
	told     [2]string       // the lines of it while they are shown
	sound    device.Feedback // of the scan being taken
	// remarked says that a remark stands beside the greeting.
	remarked bool
	// announced stands in the greeting's place while it has its turn; kept says
	// that neither is on the display.
	announced string
	kept      bool
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
	adding            // a card that nobody has was scanned: ENROLL or CLEAR
	done              // what was asked for was told; the next key begins anew

	pointed    // at a receipt that was scanned: RETURN or COPY
	copying    // a receipt's number was keyed before COPY: ENTER or CLEAR
	finding    // digits of the receipt to return of are being keyed
	returning  // its sale is known, digits of an amount are being keyed
	refunding  // a refund is shown and waits for its ENTER
	unreturned // it could not be written: ENTER or CANCEL
	choosing   // from the menu
	naming     // an operator's id is being keyed
	pinning    // her PIN

	ownMenu  // she who is served chooses from the menu
	proving  // her PIN is being keyed
	newPIN   // one that she sets
	againPIN // and once more
)

// enrollment keeps the ids of an enroll through retries.
type enrollment struct {
	entry   ledger.EntryID
	account ledger.AccountID
	// referrer is the code of who referred her, where it was scanned.
	referrer ledger.ReferralCode
}

// openSale keeps the ids and the day of a sale through retries, so that an
// ENTER after an error can never make a second one.
type openSale struct {
	entry  ledger.EntryID
	began  time.Time     // when she was known; zero where no sale is open
	day    ledger.Date   // of its first ENTER
	hold   ledger.HoldID // zero while nothing can have been set aside
	reward loyalty.Reward
	app    string       // the code of hers that was taken
	off    ledger.Minor // what it takes off a keyed amount; 0 where the sale decides
	// voucher says that a voucher of it is set aside, not what it costs.
	voucher bool
}

// held reports whether a reward is surely set aside.
func (s openSale) held() bool { return s.reward.ID != "" }

const (
	maxPhoneDigits  = 17 // 15 of E.164 and an international prefix
	maxAmountDigits = 11
	maxPINDigits    = 12
	doneStays       = 15 * time.Second
	// lastSaleShown is how old a sale may be to be shown at a start.
	lastSaleShown = 10 * time.Minute
	// bounce is how soon after an ENTER or VOID another one is the same press: it
	// must not be its own confirmation.
	bounce = 150 * time.Millisecond
)

// Start shows the greeting; after a restart in the middle of business with the
// last sale above it, because the one that was under way may stand untold, and
// would be keyed a second time.
func (c *Counter) Start(ctx context.Context, now time.Time) {
	c.lastKey = now
	c.reset()
	last, err := c.Till.Store.LastSale(ctx)
	if err != nil {
		c.Failed(fmt.Errorf("find last sale: %w", err))
		return
	}
	if last != nil && now.Sub(last.At.Time()) < lastSaleShown {
		c.Display.Show(both(c.say().lastSale, c.money(last.Sale.Total)), c.say().askPhone)
		c.Keep()
	}
}

// Key takes one key.
func (c *Counter) Key(ctx context.Context, now time.Time, key device.Key) {
	bounced := (key == device.Enter || key == device.Void) && c.last == key && now.Sub(c.lastKey) < bounce
	c.last, c.lastKey = key, now
	if bounced || c.state == done && key == device.Enter {
		return // a second press must not take what was told off the display
	}
	if c.state == done {
		c.reset()
	}
	if c.asksVoid() && key != device.Enter {
		// Whatever else comes was not meant for the question: a code that a scanner
		// types may begin like VOID.
		c.cancel(ctx)
		return
	}
	if c.state == adding && key != device.Enroll {
		c.leaveCard()
		c.show()
		if key == device.Clear || key == device.Enter {
			return
		}
	}
	if digit, ok := key.Digit(); ok && c.state == choosing {
		c.choose(ctx, digit)
		return
	} else if ok && c.state == ownMenu {
		c.chooseHers(ctx, digit)
		return
	} else if ok {
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
	case device.Void:
		c.void(ctx)
	case device.Return:
		c.askReturn(ctx)
	case device.Copy:
		c.copy(ctx)
	case device.Menu:
		c.offer()
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
	c.turn(now)
}

// Misread says that a key may have got lost: a field with a digit missing would
// be somebody else, or another price, so it is keyed again.
func (c *Counter) Misread() {
	if len(c.typed) == 0 || c.state == unsaved || c.state == unreturned { // its amount was taken before
		return
	}
	c.typed = c.typed[:0]
	switch c.state {
	case confirming:
		c.state = selling
	case refunding:
		c.state = returning
	case pointed, copying:
		c.state = idle
	}
	c.Display.Show(c.say().misread, c.say().pleaseAgain)
}

func (c *Counter) digit(digit byte) {
	switch c.state {
	case idle:
		c.state = identifying
	case unknown, unsaved, unreturned, refunding, pointed, copying:
		return
	case confirming:
		c.state = selling // another amount is being keyed
		c.typed = c.typed[:0]
	}
	if len(c.typed) <= c.mostDigits() {
		c.typed = append(c.typed, digit)
	}
	if c.tooMany() {
		return
	}
	c.show()
}

// tooMany says that a field has a digit more than any number or price: what
// stands before it is surely not what was meant.
func (c *Counter) tooMany() bool {
	many := len(c.typed) > c.mostDigits()
	if many {
		c.Display.Show(c.say().manyDigits, c.say().clearAndTry)
	}
	return many
}

// mostDigits is how many a field takes.
func (c *Counter) mostDigits() int {
	switch c.state {
	case identifying, finding:
		return maxPhoneDigits
	case naming:
		return maxIDDigits
	case pinning, proving, newPIN, againPIN:
		return maxPINDigits
	}
	return maxAmountDigits
}

func (c *Counter) enter(ctx context.Context, now time.Time) {
	switch c.state {
	case refunding, unreturned:
		c.refund(ctx, now)
		return
	case returning:
		if !c.tooMany() {
			c.takeReturn(ctx, now) // all that is left where nothing was keyed
		}
		return
	}
	if len(c.typed) == 0 || c.tooMany() {
		return
	}
	switch c.state {
	case identifying:
		c.identify(ctx)
	case selling:
		c.take(ctx, now)
	case confirming, unsaved:
		c.complete(ctx, now)
	case finding:
		c.findSale(ctx, string(c.typed))
	case copying:
		c.copyOf(ctx, string(c.typed))
	case naming:
		c.takeID()
	case pinning:
		c.takePIN(ctx, now)
	case proving, newPIN, againPIN:
		c.takeHerPIN(ctx, now)
	}
}

// clear empties the field; an empty field is left altogether.
func (c *Counter) clear(ctx context.Context) {
	switch {
	case c.state == unsaved || c.state == unreturned:
		return // it may stand: another amount under its id would be another one
	case c.state == refunding && !c.back.void:
		c.state = returning
		c.typed = c.typed[:0]
	case c.state == confirming:
		c.state = selling
		c.typed = c.typed[:0]
	case c.state == selling && len(c.typed) == 0 && c.sale.held():
		c.release(ctx)
	case len(c.typed) == 0 && c.state.isHers():
		c.leavePIN()
	case len(c.typed) == 0 || c.state == unknown || c.state == pointed || c.state == copying:
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
	c.clean()
	c.show()
}

// clean forgets the customer.
func (c *Counter) clean() {
	if !c.member.Account.IsZero() && c.Left != nil {
		c.Left()
	}
	c.state, c.typed = idle, c.typed[:0]
	c.number, c.member, c.enroll, c.sale = phone.Number{}, loyalty.Member{}, enrollment{}, openSale{}
	clear(c.typed[:cap(c.typed)]) // a PIN may have been keyed
	c.pin, c.hers = keyedPIN{}, herPIN{}
	c.card, c.back, c.proof, c.remarked, c.told = newCard{}, takeBack{}, "", false, [2]string{}
	c.announced, c.kept = "", false
}
