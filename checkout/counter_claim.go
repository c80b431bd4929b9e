package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// claim claims a receipt that was scanned for the member who is served.
func (c *Counter) claim(ctx context.Context, now time.Time, code string) {
	if c.state != selling {
		c.Display.Show("Receipt's code read", "Her card, then again")
		c.remarked = true
		return
	}
	if earn := c.program().Proof().Earn; earn.Meets(ledger.Verified) && !c.proof.Meets(earn) {
		c.askPIN(ctx, func(ctx context.Context, now time.Time) { c.claim(ctx, now, code) })
		return
	}
	claimed, err := c.Till.Claim(ctx, now, ReceiptClaim{Code: code, Who: Who{Account: c.member.Account, Member: c.member.ID, Proof: c.proof}})
	for _, known := range []struct {
		err  error
		text string
	}{
		{ErrNoClaims, "No claims here"}, {ErrNoCode, "Not a good code"}, {ErrClaimLate, "Too late to claim"},
		{ErrClaimLimit, "No more claims now"}, {ErrClaimed, "Claimed before"},
		{ErrWeakProof, "Her card first"},
	} {
		if errors.Is(err, known.err) {
			c.decline(known.text)
			return
		}
	}
	if err != nil {
		c.fail("Not saved: again", err)
		return
	}
	c.remark(both("Claimed", c.claimedWords(claimed.Earned)))
}

// claimedWords is what a code promises; that it is pending fits beside it.
func (c *Counter) claimedWords(earned ledger.Points) string {
	program := c.program()
	return "+" + program.Amounts().Number(program.MainUnit(), earned) + " later"
}
