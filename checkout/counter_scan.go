package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Scan takes one scan, and says how the scanner is to sound. Where the display
// asks for an ENTER nothing scanned changes what it is asked about.
func (c *Counter) Scan(ctx context.Context, now time.Time, scan device.Scan) device.Feedback {
	c.sound = device.Good
	code := c.Scans.Route(scan)
	if code.Kind.IsPOS() && c.Passed != nil {
		c.Passed(scan, code)
	}
	c.routed(ctx, now, code)
	return c.sound
}

// decline says why a scan does nothing.
func (c *Counter) decline(text string) {
	c.sound = device.Bad
	c.remark(text)
}

func (c *Counter) routed(ctx context.Context, now time.Time, code route.Code) {
	switch {
	case c.state == naming && code.Kind == route.Badge:
		c.named(now, code.Value)
		return
	case c.state == proving && code.Kind == route.App:
		c.appForPIN(ctx, now, code.Value)
		return
	case code.Kind.IsPOS():
		c.sound = device.Silent
	case code.Kind == route.Unknown, c.asks():
		c.sound = device.Bad
	}
	switch {
	case c.asks():
		return
	case code.Kind == route.Friend:
		c.friend(now, ledger.ReferralCode(code.Value))
		return
	}
	switch c.state {
	case done, unknown, pointed, choosing:
		if code.Kind == route.Unknown || code.Kind.IsPOS() {
			return // no reason to take off the display what it shows but once
		}
		c.reset()
	}
	c.leaveCard()
	c.last, c.lastKey = 0, now
	switch {
	case code.Kind == route.Receipt:
		c.point(ctx, code.Value)
		return
	case c.state == finding:
		c.decline(c.say().noReceipt)
		return
	}
	c.serveScan(ctx, now, code)
}

// serveScan does what a code that can be about the customer is for.
func (c *Counter) serveScan(ctx context.Context, now time.Time, code route.Code) {
	switch code.Kind {
	case route.Card:
		c.scanned(ctx, ledger.Presented, code.Value, func() (loyalty.Member, error) { return c.Till.IdentifyCard(ctx, code.Value) })
	case route.Phone:
		c.scanned(ctx, ledger.Claimed, "", func() (member loyalty.Member, err error) {
			member, c.number, err = c.Till.Identify(ctx, code.Value)
			return member, err
		})
	case route.App:
		c.app(ctx, code.Value)
	case route.Claim:
		c.claim(ctx, now, code.Value)
	case route.Badge:
		c.badge(now, code.Value)
	case route.Coupon:
		c.remark(c.say().couponPOS)
	case route.Product:
		c.remark(c.say().productPOS)
	default:
		c.decline(c.say().fault(code.Fault))
	}
}

// friend takes the code of who referred the one that is to be enrolled.
func (c *Counter) friend(now time.Time, code ledger.ReferralCode) {
	c.lastKey = now
	switch c.state {
	case unknown:
		c.enroll.referrer = code
		c.show()
	case selling:
		c.decline(c.say().enrolledAlready)
	default:
		c.decline(c.say().phoneFirst)
	}
}

// Misscanned says that a scan came in damaged.
func (c *Counter) Misscanned(now time.Time) {
	if c.asks() || c.state == done || c.state == unknown || c.state == adding {
		return
	}
	c.lastKey = now
	c.remark(c.say().scanAgain)
}

// point takes a receipt that was scanned.
func (c *Counter) point(ctx context.Context, number string) {
	switch c.state {
	case finding:
		c.findSale(ctx, number)
	case selling:
		c.decline(c.say().receiptNotNow)
	default:
		c.state, c.typed = pointed, append(c.typed[:0], number...)
		c.show()
	}
}

// asks reports whether the display asks about something that must stay in
// sight until it is answered.
func (c *Counter) asks() bool {
	switch c.state {
	case confirming, unsaved, copying, returning, refunding, unreturned, naming, pinning, ownMenu, proving, newPIN, againPIN:
		return true
	}
	return false
}

// proofRead is what was read that says so surely who is here.
func (w *words) proofRead(proof ledger.Proof) string {
	if proof == ledger.Verified {
		return w.appRead
	}
	return w.cardRead
}

// scanned begins with the member found, or says more surely who is served. card
// is the number of the card she was looked for by, if she was.
func (c *Counter) scanned(ctx context.Context, proof ledger.Proof, card string, find func() (loyalty.Member, error)) {
	member, err := find()
	switch {
	case errors.Is(err, loyalty.ErrUnknownMember) && c.state != selling && proof == ledger.Claimed:
		c.askToEnroll()
	case errors.Is(err, loyalty.ErrUnknownMember) && proof == ledger.Presented:
		c.unknownCard(card)
	case errors.Is(err, loyalty.ErrUnknownMember):
		c.decline(c.say().numberNotKnown)
	case err != nil:
		c.Failed(err)
		c.decline(c.say().notFoundAgain)
	case c.state != selling:
		c.begin(member, proof)
	case member.Account != c.member.Account:
		c.decline(c.say().another)
	case !c.proof.Meets(proof):
		c.proof = proof
		c.met()
		c.remark(c.say().proofRead(proof))
	default:
		c.show() // read twice
	}
}
