package hq

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Policy is what a program says of rights: how much of a balance may be placed
// at terminals, and for how long.
type Policy struct {
	Program ledger.ProgramRef
	// ShareNum/ShareDen of what an account has is placed, at most Cap.
	ShareNum, ShareDen int64
	Cap                ledger.Points
	// PerTerminal bounds what one terminal holds in open rights.
	PerTerminal ledger.Points
	// SpendFor is how long a right may be spent from, Grace how long after that
	// headquarters waits for news of it.
	SpendFor, Grace time.Duration
	// Cheapest returns the cost of the cheapest reward of a unit: rights come
	// in multiples of it.
	Cheapest func(ledger.Unit) (ledger.Points, bool)
}

// places reports whether the policy places rights of a program's unit, and in
// multiples of what.
func (p Policy) places(program string, unit ledger.Unit) (ledger.Points, bool) {
	if p.Cheapest == nil || p.ShareDen <= 0 || program != p.Program.ID {
		return 0, false
	}
	cost, ok := p.Cheapest(unit)
	return cost, ok && cost > 0
}

// share returns how much of a balance is to stand at terminals: a whole
// multiple of cost.
func (p Policy) share(balance, cost ledger.Points) (ledger.Points, error) {
	part, err := ledger.MulDivFloor(int64(balance), p.ShareNum, p.ShareDen)
	if err != nil {
		return 0, err
	}
	want := min(ledger.Points(part), p.Cap)
	return want - want%cost, nil
}
