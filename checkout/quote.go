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

	Proof ledger.Proof // that she is here, as it counts
	// Unknown says that it names a number that nobody here has, Unproven that less
	// was shown than the program wants for earning.
	Unknown, Unproven bool

	holds   []ledger.Hold
	program *loyalty.Program // that decided it
}

// Quote evaluates a basket as Complete would and writes nothing: no reward is
// set aside, nobody is told anything that has to be kept. Its errors are those
// of Complete that come from the basket, or from what is known here of who is here:
// a *loyalty.NoRedeem where she cannot have a reward it asks for. It asks nobody:
// what only headquarters could give is reckoned with where the account has it. One
// more is *TooManyLookups.
func (t *Till) Quote(ctx context.Context, now time.Time, b Basket) (Quote, error) {
	return t.underSale(ctx, now, b).quote(ctx, now, b)
}

func (t ruled) quote(ctx context.Context, now time.Time, b Basket) (Quote, error) {
	who, err := t.known(ctx, now, &b.Who, b.Operator)
	unknown := errors.Is(err, loyalty.ErrUnknownMember) && b.Who.Account.IsZero()
	if err != nil && !unknown {
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
	q := Quote{
		Outcome: outcome, Member: who, Proof: b.Who.Proof, Unknown: unknown, Unproven: !b.Who.Proof.Meets(t.Program.Proof().Earn),
		holds: holds, program: t.Program,
	}
	if err := t.refused(q, b.Who.Proof); err != nil {
		return Quote{}, err
	}
	if !who.Account.IsZero() {
		t.offer(&q, sale, b.Who.Proof)
	}
	return q, nil
}

// offer says which other rewards she could have, and why not the rest.
func (t ruled) offer(q *Quote, sale loyalty.Occasion, proof ledger.Proof) {
	offers, not := t.Program.Offers(sale, q.stillSpendable)
	q.NotOffered = not
	for _, o := range offers {
		if no := t.mayTake(identity{member: q.Member, proof: proof}, o.ID, o.Held.Count > 0); no != nil {
			q.NotOffered = append(q.NotOffered, loyalty.RewardRefused{Reward: o.ID, Reason: no.Error()})
			continue
		}
		q.Offers = append(q.Offers, o)
	}
}

// Unclaimed is what it would earn of the main unit that nobody known here would
// have at once: as Complete tells it.
func (q Quote) Unclaimed() ledger.Points {
	if q.Member.Account.IsZero() || q.Unproven {
		return given(q.Explanations, q.program.MainUnit())
	}
	return 0
}

// Program is the version that decided it.
func (q Quote) Program() *loyalty.Program { return q.program }

// stillSpendable is what the rewards asked for leave to spend here.
func (q Quote) stillSpendable(unit ledger.Unit) ledger.Points {
	left := q.spendable(unit)
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

// spendable is what the sale could spend here without asking: what it has set aside
// too.
func (q Quote) spendable(unit ledger.Unit) ledger.Points {
	here := q.Member.Spendable(unit)
	for _, hold := range q.holds {
		here += hold.Holds(unit)
	}
	return here
}

// known finds whom a request names, the zero member where it names nobody, and how
// surely she is here, which who says from then on.
func (t *Till) known(ctx context.Context, now time.Time, who *Who, operator string) (member loyalty.Member, err error) {
	switch {
	case !who.Account.IsZero():
		member, _, err = t.findNamed(ctx, who.Account, who.Member)
	case who.Phone != "":
		member, _, err = t.Lookup(ctx, now, operator, who.Phone)
	}
	if err != nil {
		who.Proof = t.counts(now, member, *who) // a quote tells it of an unknown number too
		return member, err
	}
	who.Proof, err = t.proven(ctx, now, member, *who)
	return member, err
}

// HoldFor sets a reward aside for whoever a request names, as Hold does. An id
// that stands for something else already is ErrHoldConflict.
func (t *Till) HoldFor(ctx context.Context, now time.Time, who Who, operator string, r Reserve) (ledger.Hold, error) {
	member, err := t.known(ctx, now, &who, operator)
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
