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
	// ID is which member of the account is here: the account's own id where it has
	// one; zero where it has several and nobody knows.
	ID ledger.MemberID
	// Household is how many members the account has, where it has several.
	Household int
	Name      string // masked: a name's first letters, or a number's last digits
	// Introduced says that she is known by another lane's word, told by the store's hub:
	// headquarters has not spoken of who is found so.
	Introduced bool
	// Balances, one per unit of the store's program.
	Balances []Balance
	// Uses is what this terminal may draw on limits without asking, by the unit
	// of uses.
	Uses map[ledger.Unit]ledger.Points
	// AsOf is when headquarters last spoke of her; 0 if it never did.
	AsOf ledger.Millis
	// Vouchers are those that this terminal may use, in the order of SortHeld.
	Vouchers []Held
	// State is what the store's program remembers of her, with what this
	// terminal added, and Profile who she is; empty where it asks for neither.
	State   State
	Profile Profile
}

// Here is who is here, as an entry says it: nothing where she is all of the
// account, or nobody knows.
func (m *Member) Here() ledger.MemberID {
	if m.Household == 0 && m.ID == ledger.MemberID(m.Account) {
		return ledger.MemberID{}
	}
	return m.ID
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

// Spendable is what this terminal may take of a unit without asking, also of
// uses.
func (m Member) Spendable(unit ledger.Unit) ledger.Points {
	if _, use := unit.Use(); use {
		return m.Uses[unit]
	}
	return m.Balance(unit).Spendable
}

// Has reports whether this terminal may take all that is needed without asking.
func (m Member) Has(needs []ledger.Need) bool {
	for _, n := range needs {
		if m.Spendable(n.Unit) < n.Amount {
			return false
		}
	}
	return true
}

// NoRedeem says why a terminal refuses to redeem. It goes on earning.
type NoRedeem struct {
	Reason Reason
	// Unit is what lacks, where that is why.
	Unit ledger.Unit
}

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
	Unmarked    Reason = "this till's disk fails: what is spent could not be remembered"
	VoucherAway Reason = "she has a voucher of it that is not at this till"
	HoldGone    Reason = "the reward is no longer held"
	// Of a reward under a limit, which one till at a time may give.
	NoUse     Reason = "whether she had it elsewhere only headquarters knows, and it does not answer: sell without it, it can be had once this till is online"
	UseAway   Reason = "another till has it set aside and is asked to give it back: try again in a moment, or sell without it"
	UseUsedUp Reason = "headquarters says that it was had already, or that this till may not give it now: sell without it"
)

func (e *NoRedeem) Error() string { return string(e.Reason) }

// MayAsk reports whether headquarters could give a right that helps.
func (r Reason) MayAsk() bool { return r == NoRight || r == NoUse }

// Answered is the refusal once headquarters was asked for the right and gave
// none: a *ledger.RightRefused is its answer, anything else says that there was
// none.
func (e *NoRedeem) Answered(no error) *NoRedeem {
	var refused *ledger.RightRefused
	if e.Reason != NoUse || !errors.As(no, &refused) {
		return e
	}
	if refused.Elsewhere {
		return &NoRedeem{UseAway, e.Unit}
	}
	return &NoRedeem{UseUsedUp, e.Unit}
}
