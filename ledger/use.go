package ledger

import "strings"

const usePrefix = "use."

// UseUnit returns the unit in which uses of a limit are counted: how often, or
// how much, something under it may be given. A right to some of it lets one
// terminal draw on the limit without asking. It has no lots and no balance: what
// there is of it is what the limit leaves.
func UseUnit(limit string) Unit { return Unit(usePrefix + limit) }

// Use returns the limit whose uses the unit counts, if it is such.
func (u Unit) Use() (limit string, ok bool) { return strings.CutPrefix(string(u), usePrefix) }

// Home is where what rights set aside of a unit comes from, and what is left of
// them goes back to.
func (u Unit) Home() LedgerAccount {
	if _, use := u.Use(); use {
		return Issued
	}
	return Available
}

// Need is an amount of a unit that is to be set aside.
type Need struct {
	Unit   Unit
	Amount Points
}
