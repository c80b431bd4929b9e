package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Quote is what a sale would come to if it were completed now.
type Quote struct {
	loyalty.Outcome
	Member loyalty.Member  // zero where nobody is known
	Offers []loyalty.Offer // beside the rewards it asks for already
	// NotOffered are all others, and why.
	NotOffered []loyalty.RewardRefused

	holds   []ledger.Hold
	program *loyalty.Program // that decided it
}

// Quote evaluates a basket as Complete would and writes nothing: no reward is
// set aside, nobody is told anything that has to be kept. Its errors are those
// of Complete that come from the basket alone, and *TooManyLookups.
func (t *Till) Quote(ctx context.Context, now time.Time, b Basket) (Quote, error) {
	return t.underSale(ctx, now, b).quote(ctx, now, b)
}

func (t ruled) quote(ctx context.Context, now time.Time, b Basket) (Quote, error) {
	who, err := t.known(ctx, now, b.Who, b.Operator)
	if err != nil && !errors.Is(err, loyalty.ErrUnknownMember) {
		return Quote{}, err
	}
	if err != nil && !b.Who.Account.IsZero() {
		return Quote{}, err
	}
	holds, err := t.held(ctx, b, identity{member: who})
	if err != nil {
		return Quote{}, err
	}
	if b.referrer, err = t.referrerOf(ctx, t.moment(now), who, b.Referrer); err != nil {
		return Quote{}, err
	}
	sale := t.sale(now, b, who, holds)
	sale.Explain = true
	outcome, err := t.Program.Evaluate(sale)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Outcome: outcome, Member: who, holds: holds, program: t.Program}
	if !who.Account.IsZero() && b.Who.Proof.Meets(t.Program.Proof().Redeem) {
		offers, not := t.Program.Offers(sale, q.stillSpendable)
		q.NotOffered = not
		for _, o := range offers {
			if away(who, o.ID, o.Held.Count > 0) {
				q.NotOffered = append(q.NotOffered, loyalty.RewardRefused{Reward: o.ID, Reason: string(loyalty.VoucherAway)})
			} else {
				q.Offers = append(q.Offers, o)
			}
		}
	}
	return q, nil
}

// Program is the version that decided it.
func (q Quote) Program() *loyalty.Program { return q.program }

// stillSpendable is what the rewards asked for leave to spend here.
func (q Quote) stillSpendable(unit ledger.Unit) ledger.Points {
	left := q.Member.Spendable(unit)
	for _, hold := range q.holds {
		left += hold.Holds(unit)
	}
	for _, taken := range q.Rewards {
		for _, use := range q.program.Uses(taken) {
			if use.Unit == unit {
				left -= use.Amount
			}
		}
	}
	for _, cost := range q.Costs {
		if cost.Unit == unit {
			left -= cost.Amount
		}
	}
	return max(0, left)
}

// known finds whom a request names; the zero member where it names nobody.
func (t *Till) known(ctx context.Context, now time.Time, who Who, operator string) (loyalty.Member, error) {
	switch {
	case !who.Account.IsZero():
		return t.Store.Housemate(ctx, who.Account, who.Member)
	case who.Phone != "":
		member, _, err := t.Lookup(ctx, now, operator, who.Phone)
		return member, err
	}
	return loyalty.Member{}, nil
}

// HoldFor sets a reward aside for whoever a request names, as Hold does. An id
// that stands for something else already is ErrHoldConflict.
func (t *Till) HoldFor(ctx context.Context, now time.Time, who Who, operator string, r Reserve) (ledger.Hold, error) {
	member, err := t.known(ctx, now, who, operator)
	if err != nil {
		return ledger.Hold{}, err
	}
	if member.Account.IsZero() {
		return ledger.Hold{}, &loyalty.NoRedeem{Reason: loyalty.NoRight}
	}
	r.Account, r.Proof = member.Account, who.Proof
	defer t.completing.take("hold " + r.ID.String())()
	stood, err := t.Store.Hold(ctx, r.ID)
	var gone *loyalty.NoRedeem
	switch {
	case errors.As(err, &gone):
		return t.under(beganAt(now, r.Began)).holdOf(ctx, now, member, r)
	case err != nil:
		return ledger.Hold{}, err
	case stood.Account != r.Account || stood.Reward != r.Reward || stood.Sale != r.SaleID || t.under(stood.At.Time()).times(stood) != max(1, r.Times):
		return ledger.Hold{}, ErrHoldConflict
	}
	return stood, nil
}

// ErrHoldConflict says that a hold of this id stands for something else.
var ErrHoldConflict = errors.New("this hold was placed before for something else")
