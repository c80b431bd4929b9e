package checkout

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// A PIN is keyed on the pad for three ends: a manager lets a sale be, or a
// member's new PIN, or an operator signs on. Ids that are to be keyed have digits alone.

// keyedPIN is what is keyed to that end.
type keyedPIN struct {
	signOn   bool
	newPIN   bool   // a member is given one
	operator string // once her id is keyed
	// What the sale was before: its amount, and where it stood.
	amount []byte
	state  state
	// approval is kept through the retries of one sale.
	approval *staff.Approval
}

// maxIDDigits is how long an id that is keyed may be.
const maxIDDigits = 8

// askManager asks for a manager, in the midst of a sale.
func (c *Counter) askManager() {
	c.pin = keyedPIN{amount: append([]byte(nil), c.typed...), state: c.state}
	c.state, c.typed = naming, c.typed[:0]
	c.show()
}

// needsStaff tells why a sale is not made, where that is its operator's or
// member's doing; done says that it was.
func (c *Counter) needsStaff(err error) (done bool) {
	var need *ApprovalNeeded
	var refused *MemberRefused
	var tries *pin.TooManyTries
	switch {
	case errors.As(err, &refused):
		c.sellOn()
		c.Display.Show(c.say().notThisMember, c.say().cancel)
		return true
	case errors.As(err, &need) && need.Nobody:
		c.sellOn()
		c.Display.Show(c.say().needsManager, c.say().noManager)
		return true
	case errors.As(err, &need):
		c.askManager()
		return true
	case errors.As(err, &tries):
		c.askManager()
		c.Display.Show(c.say().manyPINs, c.say().waitOrCancel)
	case errors.Is(err, staff.ErrWrongPIN):
		c.askManager()
		c.Display.Show(c.say().wrongSignOn, c.say().managersEnter)
	case errors.Is(err, ErrNotManager), errors.Is(err, ErrOwnApproval):
		c.askManager()
		c.Display.Show(c.say().anotherManager, c.say().herNumber)
	default:
		return false
	}
	return true
}

// sellOn goes back to the amount; one that may be written stays as it is.
func (c *Counter) sellOn() {
	if c.state != unsaved {
		c.state = selling
	}
}

// staffed offers the menu's second entry.
func (c *Counter) staffed() bool { return c.Till.Staff != nil && !c.Till.Staff.Empty() }

// askOperator begins a sign-on, or ends one.
func (c *Counter) askOperator() {
	if c.Till.Staff.OnDuty() != "" {
		if err := c.Till.Staff.SignOff(); err != nil {
			c.fail(c.say().unsavedAgain, err)
			return
		}
		c.end(c.say().signedOff, "")
		return
	}
	c.pin = keyedPIN{signOn: true}
	c.state, c.typed = naming, c.typed[:0]
	c.show()
}

// takeID takes the id that was keyed.
func (c *Counter) takeID() {
	c.pin.operator = string(c.typed)
	c.state, c.typed = pinning, c.typed[:0]
	c.show()
}

// badge begins to sign on whose badge was scanned.
func (c *Counter) badge(now time.Time, operator string) {
	switch {
	case !c.staffed():
		c.decline(c.say().noOperators)
	case c.state != idle:
		c.decline(c.say().badgeNotNow)
	default:
		c.pin = keyedPIN{signOn: true}
		c.named(now, operator)
	}
}

// named takes the id that a badge has in place of one that is keyed.
func (c *Counter) named(now time.Time, operator string) {
	c.lastKey, c.typed = now, append(c.typed[:0], operator...)
	c.takeID()
}

// takePIN does what the PIN was keyed for.
func (c *Counter) takePIN(ctx context.Context, now time.Time) {
	keyed, err := pin.Parse(string(c.typed))
	clear(c.typed)
	c.typed = c.typed[:0]
	if err != nil {
		c.Display.Show(c.say().digitsOfPIN, c.say().askPIN)
		return
	}
	if c.pin.signOn {
		c.signOn(now, keyed)
		return
	}
	c.pin.approval = &staff.Approval{Operator: c.pin.operator, PIN: keyed}
	if c.pin.newPIN {
		c.approvePIN(now)
		return
	}
	c.typed, c.state = append(c.typed, c.pin.amount...), c.pin.state
	c.complete(ctx, now)
}

func (c *Counter) signOn(now time.Time, keyed pin.PIN) {
	who, err := c.Till.Staff.SignOn(now, c.pin.operator, keyed)
	var tries *pin.TooManyTries
	switch {
	case err == nil:
		c.end(c.say().signedOn, both(who.Name, who.ID))
	case errors.As(err, &tries):
		c.end(c.say().manyPINs, c.say().waitAWhile)
	case errors.Is(err, staff.ErrWrongPIN):
		c.end(c.say().wrongSignOn, "")
	default:
		c.Failed(err)
		c.end(c.say().notSignedOn, c.say().callManager)
	}
}

// staffLines are what is shown while a PIN is keyed, which is not.
func (c *Counter) staffLines() (upper, lower string) {
	who := c.say().managersNumber
	if c.pin.signOn {
		who = c.say().operatorsNumber
	}
	if c.state == naming {
		return who, both("", string(c.typed))
	}
	return c.say().askPIN, both("", strings.Repeat("*", len(c.typed)))
}
