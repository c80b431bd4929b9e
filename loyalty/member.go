package loyalty

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// ErrUnknownMember says that an identifier names nobody this terminal knows.
var ErrUnknownMember = errors.New("no such member here")

// Member is what a terminal knows of a member.
type Member struct {
	Account ledger.AccountID
	Name    string // masked: a name's first letters, or a number's last digits
	// Balances, one per unit of the store's program.
	Balances []Balance
	// AsOf is when headquarters last spoke of her; 0 if it never did.
	AsOf ledger.Millis
	// Vouchers are those that this terminal may use, in the order of SortHeld.
	Vouchers []Held
	// State is what the store's program remembers of her, with what this
	// terminal added, and Profile who she is; empty where it asks for neither.
	State   State
	Profile Profile
}

// Standing is what Evaluate reads of her at a moment.
func (m *Member) Standing(p *Program, at Moment) *Standing {
	a := Account{State: m.State}
	s := a.Standing(p, at, m.Profile)
	s.Vouchers = m.Vouchers
	return &s
}

// Balance is a member's balance of one unit, as a terminal may tell it.
type Balance struct {
	Unit ledger.Unit
	// Shown is headquarters' balance and what this terminal added since.
	Shown ledger.Points
	// Spendable is what this terminal may spend without asking, now.
	Spendable ledger.Points
	Pending   ledger.Points
	// Free is what of Shown no right has set aside: what a return takes from.
	Free ledger.Points
	// Owed is what returns took that was no longer there: the next points pay
	// it first.
	Owed ledger.Points
}

// Balance returns the member's balance of a unit; zero if she has none.
func (m Member) Balance(unit ledger.Unit) Balance {
	for _, b := range m.Balances {
		if b.Unit == unit {
			return b
		}
	}
	return Balance{Unit: unit}
}

// NoRedeem says why a terminal refuses to redeem. It goes on earning.
type NoRedeem struct{ Reason Reason }

// Reason is why a terminal refuses to redeem; people read its sentence.
type Reason string

// The reasons.
const (
	NoRight     Reason = "not enough points to spend here"
	RightPast   Reason = "the points set aside here have lapsed"
	OfflineLong Reason = "offline for too long"
	TerminalCap Reason = "this till's limit is reached"
	WeakProof   Reason = "show card or PIN to redeem"
	IsFenced    Reason = "this till may not redeem"
	ClockOff    Reason = "this till's clock is off"
	VoucherAway Reason = "she has a voucher of it that is not at this till"
	HoldGone    Reason = "the reward is no longer held"
)

func (e *NoRedeem) Error() string { return string(e.Reason) }
