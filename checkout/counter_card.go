package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// newCard is a card offered to the member who is served; its entry's id stays
// through retries.
type newCard struct {
	entry  ledger.EntryID
	number string
}

// unknownCard says what a card that nobody has may be good for: whoever is
// served with nothing keyed yet can have it.
func (c *Counter) unknownCard(number string) {
	switch {
	case c.state == selling && len(c.typed) == 0:
		c.state, c.card = adding, newCard{c.Till.NewEntry(), number}
		c.show()
	case c.state == idle:
		c.sound = device.Bad
		c.Display.Show(c.say().cardNotKnown, c.say().phoneFirst)
		c.remarked = true
	default:
		c.decline(c.say().cardNotKnown)
	}
}

// keepCard makes the offered card hers. How surely she is here stays as it was:
// any card would do now, so it proves nothing before the next sale.
func (c *Counter) keepCard(ctx context.Context, now time.Time) {
	err := c.Till.AddCard(ctx, now, c.card.entry, Who{Account: c.member.Account, Member: c.member.ID, Proof: c.proof}, c.card.number)
	switch {
	case errors.Is(err, ErrCardTaken):
		c.leaveCard()
		c.decline(c.say().another)
		return
	case errors.Is(err, loyalty.ErrUnknownMember):
		c.leaveCard()
		c.decline(c.say().cardNotKnown)
		return
	case err != nil:
		c.fail(c.say().unsavedEnroll, err)
		return
	}
	c.leaveCard()
	c.remark(c.say().cardAdded)
}

// leaveCard goes back to the sale.
func (c *Counter) leaveCard() {
	if c.state == adding {
		c.state, c.card = selling, newCard{}
	}
}
