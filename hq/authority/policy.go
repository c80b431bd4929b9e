package authority

import (
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
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
	// MaxAge is how long a terminal redeems without headquarters' word: nothing is
	// placed at one that is silent for longer; 0 asks for none.
	MaxAge time.Duration
}

// PolicyOf takes from a program what it says of rights.
func PolicyOf(p *loyalty.Program) Policy {
	o := p.Offline()
	return Policy{
		Program: p.Ref(), ShareNum: o.Share.Num, ShareDen: o.Share.Den, Cap: o.Cap, PerTerminal: o.PerTerminal,
		SpendFor: o.SpendFor, Grace: o.Grace, Cheapest: p.CheapestCost,
		MaxAge: o.MaxAge,
	}
}

// places reports whether the policy places rights of a program's unit, and in
// multiples of what. Vouchers are placed one by one, and uses are given as they
// are asked for.
func (p Policy) places(program string, unit ledger.Unit) (ledger.Points, bool) {
	if p.Cheapest == nil || p.ShareDen <= 0 || program != p.Program.ID {
		return 0, false
	}
	_, use := unit.Use()
	if _, voucher := unit.Voucher(); voucher || use {
		return 1, true
	}
	cost, ok := p.Cheapest(unit)
	return cost, ok && cost > 0
}

// silent reports whether a terminal was not heard for so long that it would not
// redeem.
func (p Policy) silent(t *records.Terminal, now ledger.Millis) bool {
	return p.MaxAge > 0 && t.SeenAt.Add(p.MaxAge) < now
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

// bind gives a right its terminal and its times; one of a hub may be split.
func (p Policy) bind(r *ledger.Right, t *records.Terminal, now ledger.Millis) {
	r.Terminal, r.Epoch, r.Branch = t.ID, t.Epoch, t.Branch
	r.SpendUntil = now.Add(p.SpendFor)
	r.ReclaimAt = r.SpendUntil.Add(p.Grace)
	if t.Hub {
		r.SplitKey = t.Key
	}
}

// due is how much more of a balance policy wants at terminals: a multiple of
// cost, from what is available.
func (p Policy) due(have ledger.Balance, cost ledger.Points) (ledger.Points, error) {
	all, err := have.Available.Add(have.Escrowed)
	if err != nil {
		return 0, err
	}
	want, err := p.share(have.Unit, all, cost)
	if err != nil {
		return 0, err
	}
	due := min(want-have.Escrowed, have.Available)
	if due < cost {
		return 0, nil
	}
	return due - due%cost, nil
}
