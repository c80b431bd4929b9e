package checkout

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Choose sets this reward aside for whoever is served, in place of another: what
// REDEEM does with the first, for a screen that shows them all. Choosing what is
// set aside gives it back.
func (c *Counter) Choose(ctx context.Context, now time.Time, reward string) {
	if c.state != selling {
		return
	}
	c.lastKey = now
	same := c.sale.held() && c.sale.reward.ID == reward
	c.release(ctx)
	if same {
		c.show()
		return
	}
	chosen, _, ok := c.program().Ready(c.member.Vouchers, reward)
	if !ok || chosen.Benefit.Kind == loyalty.Item {
		c.Display.Show(c.say().noRewardNow, c.say().atPOS)
		return
	}
	c.setAside(ctx, now, chosen)
}
