package loyalty

import (
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/condition"
)

// Reward is what a member can have for units, or for who she is.
type Reward struct {
	ID string
	// Unit and Cost are what it takes; a perk takes nothing and has Cost 0.
	Unit    ledger.Unit
	Cost    ledger.Points
	Benefit Benefit
	// Repeat says that one sale may take any multiple of it, up to what the
	// basket needs; otherwise a sale takes it once.
	Repeat bool
	// Auto says that one with a cost is issued by itself as soon as it can be
	// paid for.
	Auto bool
	// GrantOnly says that it cannot be bought, only given by a rule.
	GrantOnly bool

	when    *condition.Condition // nil: always
	limits  []string             // in order of name
	voucher period               // issued now and used until then; zero: used at once
}

// Benefit is what a reward gives. Amounts are minor units of the program's
// currency.
type Benefit struct {
	Kind    BenefitKind
	Value   ledger.Minor // of discount, gift_card, donate and cash
	Percent Rate         // of percent
	Max     ledger.Minor // of percent and item; 0 without
	Item    string       // of item: a category
	To      string       // of donate
	Access  string       // of access
}

// BenefitKind is one of seven.
type BenefitKind string

// The kinds of benefits.
const (
	Discount BenefitKind = "discount"  // off the basket
	Percent  BenefitKind = "percent"   // off the basket, at most Max
	Item     BenefitKind = "item"      // off the dearest one of a category, at most Max
	GiftCard BenefitKind = "gift_card" // worth Value
	Donation BenefitKind = "donate"    // of Value
	Cash     BenefitKind = "cash"      // Value paid out
	Access   BenefitKind = "access"    // to something that is no money
)

func (k BenefitKind) known() bool {
	switch k {
	case Discount, Percent, Item, GiftCard, Donation, Cash, Access:
		return true
	}
	return false
}

// Off is what taking the reward once takes off any basket that is worth it; 0
// where the basket decides, or where it is no discount.
func (r Reward) Off() ledger.Minor {
	if r.Benefit.Kind != Discount || r.IsVoucher() {
		return 0
	}
	return r.Benefit.Value
}

// IsVoucher reports whether the reward is bought now and used later.
func (r Reward) IsVoucher() bool { return !r.voucher.isZero() }
