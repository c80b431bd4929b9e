package checkout

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/ledger/appcode"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// app serves whose app shows a code, or takes who is served for verified.
func (c *Counter) app(ctx context.Context, text string) {
	switch {
	case c.state == selling && c.sale.app == text:
		c.show() // read twice
		return
	case c.state == selling && c.isAnother(text):
		c.decline(c.say().another)
		return
	}
	member, err := c.Till.IdentifyApp(ctx, text, "")
	if text := c.say().app(err); text != "" {
		c.decline(text)
		return
	}
	c.scanned(ctx, ledger.Verified, "", func() (loyalty.Member, error) { return member, err })
	if err == nil && c.state == selling && c.member.Account == member.Account {
		c.sale.app, c.member = text, member // whose phone it is, of an account of several
	}
}

// isAnother reports whether a code says of itself that it is of somebody else: it is not
// taken then, because she may show it again.
func (c *Counter) isAnother(text string) bool {
	code, err := appcode.Read(text)
	return err == nil && code.Account != c.member.Account && code.Member != c.member.ID
}

// appForPIN takes a code in place of the PIN that was asked for.
func (c *Counter) appForPIN(ctx context.Context, now time.Time, text string) {
	then := c.hers.then
	c.leavePIN()
	c.lastKey = now
	if c.app(ctx, text); then != nil && c.proof.Meets(ledger.Verified) {
		then(ctx, now)
	}
}
