package checkout

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// errOwnReferrer says that somebody is named as who referred herself.
var errOwnReferrer = &loyalty.InvalidBasket{Path: "referrer", Problem: "nobody refers herself"}

// sale is a sale as the program sees it.
func (t ruled) sale(now time.Time, b Basket, member loyalty.Member, holds []ledger.Hold) loyalty.Occasion {
	basket := &loyalty.Basket{
		Currency: b.Currency, Lines: b.Lines, Tenders: b.Tenders, Departments: b.Departments, Partner: b.Partner,
	}
	for _, hold := range holds {
		basket.Redeem = append(basket.Redeem, loyalty.Redemption{Reward: hold.Reward, Times: t.times(hold)})
	}
	basket.Redeem = append(basket.Redeem, b.Redeem...)
	o := t.occasion(now, member, b.referrer)
	o.Basket = basket
	if o.Member != nil {
		useHeld(o.Member, holds)
	}
	return o
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
// whom, and to who referred her.
func (t ruled) occasion(now time.Time, member loyalty.Member, r referrer) loyalty.Occasion {
	at := t.moment(now)
	o := loyalty.Occasion{At: at.At, Zone: at.Zone, Store: at.Store, Referrer: r.standing}
	if !member.Account.IsZero() {
		o.Member = member.Standing(t.Program, at)
	}
	return o
}
