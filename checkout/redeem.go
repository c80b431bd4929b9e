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
	asking, cancel := context.WithTimeout(ctx, askBudget)
	defer cancel()
	return t.hold(ctx, asking, now, r)
}

// hold asks headquarters within another context, which may serve for several.
func (t *Till) hold(ctx, asking context.Context, now time.Time, r Reserve) (ledger.Hold, error) {
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
	if errors.As(err, &refused) && refused.Reason == loyalty.NoRight && t.ask(asking, wanted) {
		return t.Store.PlaceHold(ctx, wanted)
	}
	return hold, err
}

// ask reports whether headquarters gave a right for the hold before its context
// ended.
func (t *Till) ask(ctx context.Context, wanted ledger.Hold) bool {
	return t.Asker != nil && t.Asker.AskRight(ctx, wanted.Account, wanted.Program, wanted.Unit, wanted.Amount) == nil
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

// held returns the holds that were placed for a sale before.
func (t *Till) held(ctx context.Context, b Basket, who identity) ([]ledger.Hold, error) {
	var holds []ledger.Hold
	for _, id := range b.Holds {
		hold, err := t.Store.Hold(ctx, id)
		if err != nil {
			return nil, err
		}
		if hold.Account != who.member.Account || hold.Sale != b.SaleID {
			return nil, &loyalty.NoRedeem{Reason: loyalty.HoldGone}
		}
		holds = append(holds, hold)
	}
	return holds, nil
}

// place sets aside the rewards that a sale names itself: all, or none. However
// many there are, asking for them costs no more than for one.
func (t *Till) place(ctx context.Context, now time.Time, b Basket, who identity) (placed []ledger.Hold, err error) {
	asking, cancel := context.WithTimeout(ctx, askBudget)
	defer cancel()
	for _, reward := range b.Redeem {
		if who.member.Account.IsZero() {
			return nil, &loyalty.NoRedeem{Reason: loyalty.NoRight}
		}
		wanted := Reserve{ID: t.NewHold(), SaleID: b.SaleID, Account: who.member.Account, Reward: reward, Proof: who.proof}
		hold, err := t.hold(ctx, asking, now, wanted)
		if err != nil {
			// This one too: after an error it may stand all the same.
			t.release(ctx, append(placed, ledger.Hold{ID: wanted.ID}))
			return nil, err
		}
		placed = append(placed, hold)
	}
	return placed, nil
}

// release gives back what a refused sale had set aside, also when its caller
// has gone. A hold that stays is freed by age.
func (t *Till) release(ctx context.Context, holds []ledger.Hold) {
	for _, hold := range holds {
		_ = t.Store.ReleaseHold(context.WithoutCancel(ctx), hold.ID)
	}
}

// occasion is the sale as the program sees it.
func (t *Till) occasion(now time.Time, b Basket, holds []ledger.Hold) loyalty.Occasion {
	basket := &loyalty.Basket{Currency: b.Currency, Lines: b.Lines, Tenders: b.Tenders}
	for _, hold := range holds {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: hold.Reward, Times: 1})
	}
	for _, reward := range b.Redeem {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: reward, Times: 1})
	}
	return loyalty.Occasion{At: ledger.MillisOf(now), Zone: t.Zone, Store: t.StoreID, Basket: basket}
}
