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
	Member  ledger.MemberID // as in Who
	Reward  string
	Times   int64 // of one that may be taken several times; once where 0
	Proof   ledger.Proof
	// Began and AskFor are those of its sale's Basket.
	Began  time.Time
	AskFor time.Duration
	// Own says that nobody but this process has the ID; see ledger.Hold.
	Own bool
}

// ErrNoReward says that the program has no such reward.
var ErrNoReward = errors.New("the program has no such reward")

// Hold sets a reward aside before the customer pays: a voucher of hers where
// this terminal has one, else what it costs and what it draws on limits. Where
// this terminal's rights do not reach, headquarters is asked, once for each unit
// that lacks and for askBudget at most. Refusing is a
// *loyalty.NoRedeem, or a *loyalty.RewardRefused where no hold of the reward can
// be.
func (t *Till) Hold(ctx context.Context, now time.Time, r Reserve) (ledger.Hold, error) {
	member, _, err := t.findNamed(ctx, r.Account, r.Member)
	if err != nil {
		return ledger.Hold{}, err
	}
	return t.under(beganAt(now, r.Began)).holdOf(ctx, now, member, r)
}

func (t ruled) holdOf(ctx context.Context, now time.Time, member loyalty.Member, r Reserve) (ledger.Hold, error) {
	reward, held, ok := t.Program.Ready(member.Vouchers, r.Reward)
	if !ok && !away(member, r.Reward, false) {
		return ledger.Hold{}, ErrNoReward
	}
	if proof := t.Program.Proof(); !r.Proof.Meets(proof.Redeem) || !r.Proof.Meets(proof.Earn) { // its sale would stand by itself
		return ledger.Hold{}, &loyalty.NoRedeem{Reason: loyalty.WeakProof}
	}
	if away(member, r.Reward, held.Count > 0) {
		return ledger.Hold{}, &loyalty.NoRedeem{Reason: loyalty.VoucherAway}
	}
	taken, err := t.Program.MayHold(t.occasion(now, member, referrer{}), reward, held, max(1, r.Times))
	if err != nil {
		return ledger.Hold{}, err
	}
	wanted, err := t.wanted(now, r.ID, r.SaleID, member, taken)
	if err != nil {
		return ledger.Hold{}, err
	}
	wanted.Own = r.Own
	asking, cancel := context.WithTimeout(ctx, mayAsk(r.AskFor))
	defer cancel()
	return t.setAside(ctx, asking, wanted)
}

// away reports whether a reward would be bought by somebody who has a voucher of
// it that this till may not use: she wants that one.
func away(member loyalty.Member, reward string, here bool) bool {
	return !here && member.Balance(ledger.VoucherUnit(reward)).Shown > 0
}

// wanted is the hold that pays for a reward; of amount 0 where it costs nothing
// and draws on no limit. What draws on a limit alone has that for its amount. Who is
// known by another lane's word alone pays with nothing: it may be somebody else's.
func (t ruled) wanted(now time.Time, id ledger.HoldID, sale string, member loyalty.Member, taken ledger.Taken) (ledger.Hold, error) {
	hold, err := t.priced(taken)
	if err == nil && hold.Amount > 0 && member.Introduced {
		err = &loyalty.NoRedeem{Reason: loyalty.NoRight, Unit: hold.Unit}
	}
	hold.ID, hold.Sale, hold.Account, hold.At = id, sale, member.Account, ledger.MillisOf(now)
	return hold, err
}

// priced is what a reward takes, as a hold of nobody's.
func (t ruled) priced(taken ledger.Taken) (ledger.Hold, error) {
	hold := ledger.Hold{Program: t.Program.Ref().ID, Reward: taken.Reward}
	if taken.Voucher {
		hold.Unit, hold.Amount, hold.Terms = ledger.VoucherUnit(taken.Reward), 1, taken.Terms
		return hold, nil
	}
	reward, _ := t.Program.Reward(taken.Reward) // the caller has it from the program
	cost, err := ledger.MulDivFloor(taken.Times, int64(reward.Cost), 1)
	hold.Unit, hold.Amount = reward.Unit, ledger.Points(cost)
	if err != nil {
		return hold, &loyalty.RewardRefused{Reward: reward.ID, Reason: "costs more than can be counted"}
	}
	hold.Uses = t.Program.Uses(taken)
	if hold.Amount == 0 && len(hold.Uses) > 0 {
		hold.Unit, hold.Amount, hold.Uses = hold.Uses[0].Unit, hold.Uses[0].Amount, hold.Uses[1:]
	}
	return hold, nil
}

// setAside places a hold; it asks headquarters within another context, which
// may serve for several.
func (t *Till) setAside(ctx, asking context.Context, wanted ledger.Hold) (ledger.Hold, error) {
	asked := map[ledger.Unit]bool{}
	for {
		hold, err := t.Store.PlaceHold(ctx, wanted)
		var refused *loyalty.NoRedeem
		if !errors.As(err, &refused) || !refused.Reason.MayAsk() || asked[refused.Unit] {
			return hold, err
		}
		asked[refused.Unit] = true
		if no := t.ask(asking, wanted, refused.Unit); no != nil {
			return hold, refused.Answered(no)
		}
	}
}

// ask asks headquarters for a right to what a hold wants of a unit.
func (t *Till) ask(ctx context.Context, wanted ledger.Hold, unit ledger.Unit) error {
	if t.Asker == nil {
		return errNobodyToAsk
	}
	amount := wanted.Amount
	for _, use := range wanted.Uses {
		if use.Unit == unit {
			amount = use.Amount
		}
	}
	return t.Asker.AskRight(ctx, wanted.Account, wanted.Program, unit, amount)
}

var errNobodyToAsk = errors.New("this till has no headquarters to ask")

// spend returns the postings that a hold's rights pay for a reward.
func spend(hold ledger.Hold) []ledger.Posting {
	postings := make([]ledger.Posting, 0, len(hold.Parts))
	for _, part := range hold.Parts {
		postings = append(postings, ledger.Posting{
			Unit: part.Unit, Amount: part.Amount, From: ledger.Escrow(part.Right), To: ledger.Redeemed,
			Reward: hold.Reward, Right: part.Right,
		})
	}
	return postings
}

// held returns the holds that were placed for a sale before.
func (t ruled) held(ctx context.Context, b Basket, who identity) ([]ledger.Hold, error) {
	var holds []ledger.Hold
	for _, id := range b.Holds {
		hold, err := t.Store.Hold(ctx, id)
		if err != nil {
			return nil, err
		}
		if hold.Account != who.member.Account || hold.Sale != b.SaleID || hold.Program != t.Program.Ref().ID || !t.pays(hold) {
			return nil, &loyalty.NoRedeem{Reason: loyalty.HoldGone}
		}
		holds = append(holds, hold)
	}
	return holds, nil
}

// pays reports whether a hold pays for its reward as the program has it: at its
// cost, and with what it draws on limits.
func (t ruled) pays(hold ledger.Hold) bool {
	times := t.times(hold)
	_, voucher := hold.Unit.Voucher()
	for _, use := range t.Program.Uses(ledger.Taken{Reward: hold.Reward, Times: times, Voucher: voucher}) {
		if hold.Holds(use.Unit) != use.Amount {
			return false
		}
	}
	return times > 0
}

// times is how often a hold pays for its reward; 0 where the program no longer
// has it at that cost.
func (t ruled) times(hold ledger.Hold) int64 {
	if _, voucher := hold.Unit.Voucher(); voucher {
		return 1
	}
	reward, _ := t.Program.Reward(hold.Reward)
	if _, use := hold.Unit.Use(); use && reward.Cost == 0 {
		return int64(hold.Amount) // once for each use
	}
	if reward.Unit != hold.Unit || reward.Cost == 0 || hold.Amount%reward.Cost != 0 {
		return 0
	}
	return int64(hold.Amount / reward.Cost)
}

// place sets aside the rewards that a sale names itself, as its evaluation takes
// them: all, or none. However many there are, asking for them costs no more than
// for one. One that costs nothing has the zero hold.
func (t ruled) place(ctx context.Context, now time.Time, b Basket, who identity, taken []ledger.Taken) (placed []ledger.Hold, err error) {
	asking, cancel := context.WithTimeout(ctx, mayAsk(b.AskFor))
	defer cancel()
	for _, reward := range taken {
		hold, err := t.placeOne(ctx, asking, now, b, who, reward)
		placed = append(placed, hold)
		if err != nil {
			t.release(ctx, placed) // this one too: after an error it may stand all the same
			return nil, err
		}
	}
	return placed, nil
}

func (t ruled) placeOne(ctx, asking context.Context, now time.Time, b Basket, who identity, taken ledger.Taken) (ledger.Hold, error) {
	if no := t.mayTake(who, taken.Reward, taken.Voucher); no != nil {
		return ledger.Hold{}, no
	}
	wanted, err := t.wanted(now, t.NewHold(), b.SaleID, who.member, taken)
	if err != nil || wanted.Amount == 0 {
		return ledger.Hold{}, err
	}
	wanted.Own = true
	hold, err := t.setAside(ctx, asking, wanted)
	if err != nil {
		return wanted, err
	}
	return hold, nil
}

// release gives back what a refused sale had set aside, also when its caller
// has gone. A hold that stays is freed by age.
func (t *Till) release(ctx context.Context, holds []ledger.Hold) {
	for _, hold := range holds {
		if !hold.ID.IsZero() {
			_ = t.Store.ReleaseHold(context.WithoutCancel(ctx), hold.ID)
		}
	}
}
