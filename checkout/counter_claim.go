package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// claim claims a receipt that was scanned for the member who is served.
func (c *Counter) claim(ctx context.Context, now time.Time, code string) {
	if c.state != selling {
		c.Display.Show(c.say().codeRead, c.say().cardThenAgain)
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
		{ErrNoClaims, c.say().noClaims}, {ErrNoCode, c.say().noCode}, {ErrClaimLate, c.say().claimLate},
		{ErrClaimLimit, c.say().claimLimit}, {ErrClaimed, c.say().claimedBefore},
		{ErrWeakProof, c.say().cardFirst},
	} {
		if errors.Is(err, known.err) {
			c.decline(known.text)
			return
		}
	}
	if err != nil {
		c.fail(c.say().unsavedAgain, err)
		return
	}
	c.remark(both(c.say().claimed, c.claimedWords(claimed.Earned)))
}

// claimedWords is what a code promises; that it is pending fits beside it.
func (c *Counter) claimedWords(earned ledger.Points) string {
	program := c.program()
	return fmt.Sprintf(c.say().later, c.Till.Amounts(program).Number(program.MainUnit(), earned))
}
