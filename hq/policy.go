package hq

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
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

// PolicyOf takes from a program what it says of rights.
func PolicyOf(p *loyalty.Program) Policy {
	o := p.Offline()
	return Policy{
		Program: p.Ref(), ShareNum: o.Share.Num, ShareDen: o.Share.Den, Cap: o.Cap, PerTerminal: o.PerTerminal,
		SpendFor: o.SpendFor, Grace: o.Grace, Cheapest: p.CheapestCost,
	}
}

// places reports whether the policy places rights of a program's unit, and in
// multiples of what. Vouchers are placed one by one.
func (p Policy) places(program string, unit ledger.Unit) (ledger.Points, bool) {
	if p.Cheapest == nil || p.ShareDen <= 0 || program != p.Program.ID {
		return 0, false
	}
	if _, voucher := unit.Voucher(); voucher {
		return 1, true
	}
	cost, ok := p.Cheapest(unit)
	return cost, ok && cost > 0
}

// share returns how much of a balance is to stand at terminals: of points a
// whole multiple of cost, of vouchers all, since one serves nobody elsewhere.
func (p Policy) share(unit ledger.Unit, balance, cost ledger.Points) (ledger.Points, error) {
	if _, voucher := unit.Voucher(); voucher {
		return balance, nil
	}
	part, err := ledger.MulDivFloor(int64(balance), p.ShareNum, p.ShareDen)
	if err != nil {
		return 0, err
	}
	want := min(ledger.Points(part), p.Cap)
	return want - want%cost, nil
}
