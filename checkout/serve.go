package checkout

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// identify looks the typed number up.
func (c *Counter) identify(ctx context.Context) {
	member, number, err := c.Till.Lookup(ctx, c.lastKey, "", string(c.typed))
	var many *TooManyLookups
	switch {
	case errors.As(err, &many):
		c.Display.Show(c.say().manyLookups, c.say().waitMinutes)
		c.typed = c.typed[:0]
	case errors.Is(err, loyalty.ErrUnknownMember):
		c.number = number
		c.askToEnroll()
	case errors.Is(err, ErrNoNumber):
		c.Display.Show(c.say().noNumber, c.say().keyAgain)
		c.typed = c.typed[:0]
	case err != nil:
		c.fail(c.say().notFound, err)
	default:
		c.begin(member, ledger.Claimed)
	}
}

// askToEnroll shows a number that nobody here has.
func (c *Counter) askToEnroll() {
	c.state, c.typed = unknown, c.typed[:0]
	c.enroll = enrollment{entry: c.Till.NewEntry(), account: c.Till.NewAccount()}
	c.show()
}

// takeIn enrolls the number that was shown whole, or adds the card that was
// scanned.
func (c *Counter) takeIn(ctx context.Context, now time.Time) {
	switch c.state {
	case adding:
		c.keepCard(ctx, now)
		return
	case unknown:
	default:
		return
	}
	if err := c.Till.Enroll(ctx, now, c.enroll.entry, c.enroll.account, c.number, c.enroll.referrer); err != nil {
		c.fail(c.say().unsavedEnroll, err)
		return
	}
	member, err := c.Till.Store.Member(ctx, c.enroll.account)
	if err != nil {
		c.fail(c.say().notFoundTry, err)
		return
	}
	c.begin(member, ledger.Claimed)
}

// begin opens a sale for a member.
func (c *Counter) begin(member loyalty.Member, proof ledger.Proof) {
	c.state, c.member, c.proof, c.typed = selling, member, proof, c.typed[:0]
	c.sale = openSale{entry: c.Till.NewEntry(), began: c.lastKey}
	c.met()
	c.show()
}

func (c *Counter) met() {
	if c.Met != nil {
		c.Met(c.member, c.proof)
	}
}

// redeem sets the first reward she can have here aside, or gives it back.
func (c *Counter) redeem(ctx context.Context, now time.Time) {
	if c.state != selling {
		return
	}
	if c.sale.held() {
		c.release(ctx)
		c.show()
		return
	}
	reward, ok := c.reachable()
	if !ok {
		c.Display.Show(c.say().noRewards, "")
		return
	}
	c.setAside(ctx, now, reward)
}

// setAside holds a reward for the open sale.
func (c *Counter) setAside(ctx context.Context, now time.Time, reward loyalty.Reward) {
	if c.wantsPIN() {
		c.askPIN(ctx, func(ctx context.Context, now time.Time) { c.setAside(ctx, now, reward) })
		return
	}
	if c.sale.hold.IsZero() {
		c.sale.hold = c.Till.NewHold()
	}
	hold, err := c.Till.Hold(ctx, now, Reserve{
		ID: c.sale.hold, SaleID: c.saleID(), Account: c.member.Account, Member: c.member.ID, Reward: reward.ID, Proof: c.proof, Began: c.sale.began, Own: true,
	})
	var refused *loyalty.NoRedeem
	var never *loyalty.RewardRefused
	switch {
	case errors.As(err, &never):
		c.sale.hold = ledger.HoldID{}
		c.Display.Show(c.say().noRewardNow, c.say().atPOS)
	case errors.As(err, &refused):
		c.sale.hold = ledger.HoldID{}
		c.Display.Show(c.say().noRewardNow, c.say().short(refused.Reason))
	case err != nil:
		c.fail(c.say().unsavedReward, err) // the id stays: it may be set aside
	default:
		held, voucher := loyalty.HeldBy(hold)
		if voucher {
			reward = held.Of(reward)
		}
		c.sale.reward, c.sale.off, c.sale.voucher = reward, reward.Off(), voucher
		c.show()
	}
}

// wantsPIN reports whether rewards want more than she can show by a card.
func (c *Counter) wantsPIN() bool {
	needs := c.program().Proof()
	most := needs.Redeem.Meets(ledger.Verified) || needs.Earn.Meets(ledger.Verified)
	return most && !c.proof.Meets(ledger.Verified)
}

// reachable is the first reward she can have here, a voucher of hers before
// others; where there is none the first of all, which headquarters may give a
// right for. What a keyed amount cannot tell, or costs nothing, is not asked for
// by a key.
func (c *Counter) reachable() (first loyalty.Reward, ok bool) {
	reached := false
	for _, id := range c.program().Offered(c.member.Vouchers) {
		reward, held, _ := c.program().Ready(c.member.Vouchers, id)
		if reward.Benefit.Kind == loyalty.Item {
			continue
		}
		if held.Count > 0 {
			return reward, true
		}
		if reward.Cost == 0 || reward.Auto {
			continue
		}
		if within := c.member.Balance(reward.Unit).Spendable >= reward.Cost; !ok || within && !reached {
			first, ok, reached = reward, true, within
		}
	}
	return first, ok
}

func (c *Counter) release(ctx context.Context) {
	if c.sale.hold.IsZero() {
		return
	}
	if err := c.Till.Store.ReleaseHold(ctx, c.sale.hold); err != nil {
		c.Failed(fmt.Errorf("release hold: %w", err)) // its age frees it
	}
	c.sale.hold, c.sale.reward, c.sale.off, c.sale.voucher = ledger.HoldID{}, loyalty.Reward{}, 0, false
}

// take checks the keyed amount and completes the sale, or asks for a second
// ENTER where it is large.
func (c *Counter) take(ctx context.Context, now time.Time) {
	amount := c.amount()
	switch {
	case amount == 0:
		c.typed = c.typed[:0]
		c.show()
	case c.MaxAmount > 0 && amount > c.MaxAmount:
		c.typed = c.typed[:0]
		c.Display.Show(c.say().tooLarge, both(c.say().atMost, c.money(c.MaxAmount)))
	case amount < c.sale.off:
		c.Display.Show(both(c.say().rewardNeeds, c.money(c.sale.off)), c.say().clearAndTry)
	case c.ConfirmAbove > 0 && amount > c.ConfirmAbove:
		c.state = confirming
		c.show()
	default:
		c.complete(ctx, now)
	}
}

func (c *Counter) complete(ctx context.Context, now time.Time) {
	if c.sale.day == "" {
		c.sale.day = ledger.DateAt(ledger.MillisOf(now), c.Till.Zone)
	}
	completed, err := c.Till.Complete(ctx, now, c.basket())
	var refused *loyalty.NoRedeem
	var notFor *loyalty.RewardRefused
	if errors.As(err, &refused) || errors.As(err, &notFor) {
		// Somebody needed the reward meanwhile, or this sale cannot have it: she
		// decides anew.
		c.release(ctx)
		c.state = selling
		c.Display.Show(c.say().rewardGone, c.say().enterOrCancel)
		return
	}
	if err != nil && c.needsStaff(err) {
		return
	}
	if err != nil {
		// The ids and the amount stay: ENTER tries the same sale again and
		// cannot double it.
		c.state = unsaved
		c.fail(c.say().unsaved, err)
		return
	}
	c.sale.hold = ledger.HoldID{} // spent
	c.tell(c.doneText(completed))
	c.Told(completed)
	c.lastSold = completed.Entry.ID
	c.print(Paper{Entry: completed.Entry, Name: completed.Name})
}

// tell shows what became of it, which is on disk.
func (c *Counter) tell(upper, lower string) {
	c.end(upper, lower)
	c.told = [2]string{upper, lower}
}

func (c *Counter) basket() Basket {
	gross := c.amount()
	net := loyalty.NetOf(gross, c.TaxRate)
	b := Basket{
		Entry: c.sale.entry, SaleID: c.saleID(), Day: c.sale.day, Currency: c.program().Currency(),
		Lines: []ledger.Line{{Net: net, Gross: gross, Quantity: 1}},
		Who:   Who{Account: c.member.Account, Member: c.member.ID, Proof: c.proof},
		Began: c.sale.began,
		New:   c.state != unsaved,
		// Once it was tried nothing of it changes: its id says what it is.
		Asked: []byte(c.saleID()), Approval: c.pin.approval,
	}
	if c.sale.held() {
		b.Holds = []ledger.HoldID{c.sale.hold}
	}
	return b
}

// saleID is the entry's own id: no till that was restored or copied can make
// one that another sale has.
func (c *Counter) saleID() string { return c.sale.entry.String() }

// amount is the keyed amount; its digits are bounded, so it always fits.
func (c *Counter) amount() ledger.Minor {
	n, _ := strconv.ParseInt("0"+string(c.typed), 10, 64)
	return ledger.Minor(n)
}

func (c *Counter) fail(sentence string, err error) {
	c.Display.Show(sentence, c.say().callManager)
	c.remarked = true
	c.Failed(err)
}
