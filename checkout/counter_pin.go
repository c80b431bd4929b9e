package checkout

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/staff"
)

// A member keys her PIN for what needs it, or sets one: from the menu while she is
// served, twice. Its digits are nowhere shown.

// herPIN is what a member's PIN is keyed for.
type herPIN struct {
	then   func(context.Context, time.Time) // what waits for it; nil where nothing does
	amount []byte                           // that was keyed before
	first  pin.PIN                          // a new one, while it is keyed again
	entry  ledger.EntryID                   // of a new one, kept through retries
	// approval is a manager's who lets a new one be; nil where none was asked.
	approval *staff.Approval
}

// isHers reports whether the conversation is about the PIN of who is served.
func (s state) isHers() bool { return s == ownMenu || s == proving || s == newPIN || s == againPIN }

// askPIN asks who is served for her PIN, and then goes on with what needs it.
func (c *Counter) askPIN(ctx context.Context, then func(context.Context, time.Time)) {
	if c.NoPIN {
		c.remark(c.say().noPINOnPad)
		return
	}
	has, err := c.Till.Store.HasPIN(ctx, c.member.Account, c.member.ID)
	switch {
	case err != nil:
		c.fail(c.say().notFoundAgain, err)
	case !has:
		c.remark(c.say().noPINKnown)
	default:
		c.hers = herPIN{then: then, amount: append([]byte(nil), c.typed...)}
		c.keyPIN(proving)
	}
}

func (c *Counter) keyPIN(s state) {
	clear(c.typed)
	c.state, c.typed = s, c.typed[:0]
	c.show()
}

// leavePIN goes back to the sale.
func (c *Counter) leavePIN() {
	clear(c.typed)
	c.state, c.typed = selling, append(c.typed[:0], c.hers.amount...)
	c.hers = herPIN{}
}

// takeHerPIN judges the PIN that was keyed, or takes a new one.
func (c *Counter) takeHerPIN(ctx context.Context, now time.Time) {
	keyed, err := pin.Parse(string(c.typed))
	clear(c.typed)
	c.typed = c.typed[:0]
	switch {
	case err != nil:
		c.Display.Show(c.say().digitsOfPIN, c.say().askPIN)
	case c.state == proving:
		c.prove(ctx, now, keyed)
	case c.state == newPIN && keyed.Weak():
		c.Display.Show(c.say().easyPIN, c.say().anotherPIN)
	case c.state == newPIN:
		c.hers.first = keyed
		c.keyPIN(againPIN)
	case keyed != c.hers.first:
		c.keyPIN(newPIN)
		c.Display.Show(c.say().notTheSame, c.say().newPIN)
	default:
		c.keepPIN(ctx, now, keyed)
	}
}

// prove takes who is served for verified, if the PIN is hers.
func (c *Counter) prove(ctx context.Context, now time.Time, keyed pin.PIN) {
	proof, err := c.Till.proven(ctx, now, c.member, Who{Proof: c.proof, PIN: keyed})
	switch {
	case errors.Is(err, pin.ErrWrong):
		c.Display.Show(c.say().wrongPIN, c.say().askPIN)
		return
	case errors.As(err, new(*pin.TooManyTries)):
		c.leavePIN()
		c.remark(c.say().manyPINs)
		return
	case err != nil:
		c.leavePIN()
		c.fail(c.say().notFoundAgain, err)
		return
	}
	then := c.hers.then
	c.leavePIN()
	c.proof = proof
	c.met()
	if then == nil {
		c.remark(c.say().rightPIN)
		return
	}
	then(ctx, now)
}

// offerHers shows what who is served may choose.
func (c *Counter) offerHers() {
	if len(c.typed) > 0 {
		return // an amount is being keyed
	}
	c.state = ownMenu
	c.show()
}

func (c *Counter) chooseHers(ctx context.Context, digit byte) {
	switch digit {
	case '1':
		c.leavePIN()
		c.askPIN(ctx, nil)
	case '2':
		c.leavePIN()
		c.askNewPIN(ctx)
	}
}

// askNewPIN asks who is served for a new PIN, and first a manager where she has not
// shown enough to set it.
func (c *Counter) askNewPIN(ctx context.Context) {
	if c.NoPIN {
		c.remark(c.say().noPINOnPad)
		return
	}
	may, err := c.Till.maySetPIN(ctx, c.member, c.proof)
	c.hers = herPIN{entry: c.Till.NewEntry()}
	switch {
	case err != nil:
		c.fail(c.say().notFoundAgain, err)
	case may:
		c.keyPIN(newPIN)
	case !c.staffed():
		c.remark(c.say().cardOrPIN)
	default:
		c.askManager()
		c.pin.newPIN = true
	}
}

// approvePIN asks for the new PIN where a manager lets it be.
func (c *Counter) approvePIN(now time.Time) {
	with := c.pin.approval
	c.pin = keyedPIN{}
	if _, err := ByManager(c.Till.Staff, now, with); err != nil {
		c.leavePIN()
		c.remark(c.say().noManagersPIN)
		return
	}
	c.hers.approval = with
	c.keyPIN(newPIN)
}

func (c *Counter) keepPIN(ctx context.Context, now time.Time, keyed pin.PIN) {
	who := Who{Account: c.member.Account, Member: c.member.ID, Proof: c.proof}
	_, err := c.Till.SetPIN(ctx, now, c.hers.entry, NewPIN{Who: who, PIN: keyed, Approval: c.hers.approval})
	if errors.Is(err, ErrWhichMember) {
		c.leavePIN()
		c.remark(c.say().whoseCard)
		return
	}
	if err != nil {
		c.fail(c.say().unsavedKey, err)
		return
	}
	c.leavePIN()
	c.remark(c.say().setPIN)
}

// pinLines are what is shown while a member's PIN is keyed, which is not.
func (c *Counter) pinLines() (upper, lower string) {
	ask := c.say().yourPIN
	switch c.state {
	case ownMenu:
		return c.say().menu, c.say().ownMenu
	case newPIN:
		ask = c.say().newPIN
	case againPIN:
		ask = c.say().againPIN
	}
	return ask, both("", strings.Repeat("*", len(c.typed)))
}
