package checkout

import (
	"context"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// errOwnReferrer says that somebody is named as who referred herself.
var errOwnReferrer = &loyalty.InvalidBasket{Path: "referrer", Problem: "nobody refers herself"}

// sale is a sale as the program sees it.
func (t ruled) sale(ctx context.Context, now time.Time, b Basket, member loyalty.Member, holds []ledger.Hold) (loyalty.Occasion, error) {
	basket := &loyalty.Basket{
		Currency: b.Currency, Lines: b.Lines, Tenders: b.Tenders, Departments: b.Departments, Partner: b.Partner,
	}
	for _, hold := range holds {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: hold.Reward, Times: t.times(hold)})
	}
	basket.Redeem = append(basket.Redeem, b.Redeem...)
	o, err := t.occasion(ctx, now, member, b.Referrer)
	o.Basket = basket
	if o.Member != nil {
		useHeld(o.Member, holds)
	}
	return o, err
}

// useHeld lets the program see what was set aside for this sale: the vouchers
// that are, before all others, and of a reward whose cost is, none.
func useHeld(s *loyalty.Standing, holds []ledger.Hold) {
	var first []loyalty.Held
	for _, hold := range holds {
		if held, voucher := loyalty.HeldBy(hold); voucher {
			first = append(first, held)
			continue
		}
		s.Vouchers = slices.DeleteFunc(slices.Clone(s.Vouchers), func(h loyalty.Held) bool { return h.Reward == hold.Reward })
	}
	s.Vouchers = append(first, s.Vouchers...)
}

// Tier is a member's now; empty where the program has none.
func (t *Till) Tier(now time.Time, member loyalty.Member) string {
	return member.Standing(t.Programs.At(now), t.moment(now)).Tier
}

// Today is the store's civil date of now.
func (t *Till) Today(now time.Time) ledger.Date { return ledger.DateAt(ledger.MillisOf(now), t.Zone) }

func (t *Till) moment(now time.Time) loyalty.Moment {
	return loyalty.Moment{At: ledger.MillisOf(now), Zone: t.Zone, Store: t.StoreID}
}

// occasion is what happens now to a member, the zero one where nobody knows
// whom, and to who referred her, if anybody did.
func (t ruled) occasion(ctx context.Context, now time.Time, member loyalty.Member, referrer ledger.AccountID) (loyalty.Occasion, error) {
	at := t.moment(now)
	o := loyalty.Occasion{At: at.At, Zone: at.Zone, Store: at.Store}
	if !member.Account.IsZero() {
		o.Member = member.Standing(t.Program, at)
	}
	if referrer.IsZero() {
		return o, nil
	}
	friend, err := t.Store.Member(ctx, referrer)
	if err != nil {
		return o, err
	}
	if friend.Account == member.Account {
		return o, errOwnReferrer
	}
	o.Referrer = friend.Standing(t.Program, at)
	return o, nil
}
