package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Reserve is what a hold is asked for.
type Reserve struct {
	ID      ledger.HoldID // kept through every retry
	SaleID  string
	Account ledger.AccountID
	Reward  string
	Proof   ledger.Proof
}

// ErrNoReward says that the program has no such reward.
var ErrNoReward = errors.New("the program has no such reward")

// Hold sets a reward aside before the customer pays. Where this terminal's
// rights do not reach, headquarters is asked once, for askBudget at most.
// Refusing is a *loyalty.NoRedeem.
func (t *Till) Hold(ctx context.Context, now time.Time, r Reserve) (ledger.Hold, error) {
	reward, ok := t.Program.Reward(r.Reward)
	if !ok {
		return ledger.Hold{}, ErrNoReward
	}
	if !r.Proof.Meets(t.Program.Proof().Redeem) {
		return ledger.Hold{}, &loyalty.NoRedeem{Reason: loyalty.WeakProof}
	}
	wanted := ledger.Hold{
		ID: r.ID, Sale: r.SaleID, Account: r.Account, Program: t.Program.Ref().ID,
		Unit: reward.Unit, Reward: reward.ID, Amount: reward.Cost, At: ledger.MillisOf(now),
	}
	hold, err := t.Store.PlaceHold(ctx, wanted)
	var refused *loyalty.NoRedeem
	if errors.As(err, &refused) && refused.Reason == loyalty.NoRight && t.ask(ctx, wanted) {
		return t.Store.PlaceHold(ctx, wanted)
	}
	return hold, err
}

// ask reports whether headquarters gave a right for the hold in time.
func (t *Till) ask(ctx context.Context, wanted ledger.Hold) bool {
	if t.Asker == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, askBudget)
	defer cancel()
	return t.Asker.AskRight(ctx, wanted.Account, wanted.Program, wanted.Unit, wanted.Amount) == nil
}

// spend returns the postings that a hold's rights pay for a reward.
func spend(hold ledger.Hold) []ledger.Posting {
	postings := make([]ledger.Posting, 0, len(hold.Parts))
	for _, part := range hold.Parts {
		postings = append(postings, ledger.Posting{
			Unit: hold.Unit, Amount: part.Amount, From: ledger.Escrow(part.Right), To: ledger.Redeemed,
			Reward: hold.Reward, Right: part.Right,
		})
	}
	return postings
}
