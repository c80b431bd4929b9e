package offline

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// unitBalance is one unit of a member as it is put together: headquarters'
// balance, what own entries add to it, and what may be spent here.
type unitBalance struct {
	unit                                        ledger.Unit
	available, escrowed, pending                ledger.Points // available less what is owed
	addedAvailable, addedEscrowed, addedPending ledger.Points
	rights, spendable                           ledger.Points // free here; of that, within the terminal's cap
}

// shown is the balance to tell. What is earned, also what is still pending, pays what is owed first, and a
// return takes nothing from what is set aside in rights.
func (b unitBalance) shown() loyalty.Balance {
	free, pending := b.available+b.addedAvailable, b.pending+b.addedPending
	if paid := min(max(0, -free), max(0, b.addedPending)); paid > 0 {
		free, pending = free+paid, pending-paid
	}
	return loyalty.Balance{
		Unit:      b.unit,
		Shown:     max(0, max(0, free)+b.escrowed+b.addedEscrowed),
		Spendable: b.spendable,
		Pending:   max(0, pending),
		Free:      max(0, free),
		Owed:      max(0, -free),
	}
}

// sheet is what a member has, being put together, and what may be drawn on limits
// here.
type sheet struct {
	balances []unitBalance
	uses     map[ledger.Unit]ledger.Points
	vouchers []loyalty.Held // of rights
}

func (s *sheet) of(unit ledger.Unit) *unitBalance {
	for i := range s.balances {
		if s.balances[i].unit == unit {
			return &s.balances[i]
		}
	}
	s.balances = append(s.balances, unitBalance{unit: unit})
	return &s.balances[len(s.balances)-1]
}

// addUnsettled adds what this terminal's entries after the applied place do.
func (v *View) addUnsettled(ctx context.Context, s *sheet, n noted, counted applied) error {
	earlier := func(place applied, n int64) (bool, error) { return v.earlier(ctx, place, n) }
	for _, u := range n.unsettled {
		if _, use := u.Unit.Use(); use || u.Unit == unmoved {
			continue // neither is a balance
		}
		skip, err := counted.counts(earlier, n.lineage, u.n)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		b := s.of(u.Unit)
		b.addedAvailable += u.Available
		b.addedEscrowed += u.Escrowed
		b.addedPending += u.Pending
	}
	return nil
}

// addSpendable adds what open rights have free, within what this terminal may
// still spend; nothing where it may not redeem.
func (v *View) addSpendable(ctx context.Context, s *sheet, free []freeRight) error {
	if len(free) == 0 {
		return nil
	}
	standing, err := v.standing(ctx)
	if err != nil {
		return err
	}
	now := v.opts.Now()
	if standing.refuses(now, v.bounds().maxOffline) != nil {
		return nil
	}
	at := standing.clock.time(now)
	for _, r := range free {
		if r.until < at {
			continue
		}
		if _, use := r.unit.Use(); use {
			s.addUses(r, at)
			continue
		}
		b := s.of(r.unit)
		b.rights += r.amount
		b.spendable = max(0, min(b.rights, v.bounds().perTerminal-r.used))
		s.hold(r)
	}
	return nil
}

// addUses adds what may still be set aside of a right to uses.
func (s *sheet) addUses(r freeRight, at ledger.Millis) {
	if r.until < (wanted{Need: ledger.Need{Unit: r.unit}, at: at}).lasts() {
		return
	}
	if s.uses == nil {
		s.uses = map[ledger.Unit]ledger.Points{}
	}
	s.uses[r.unit] += r.amount
}

// hold notes the vouchers that a right is to.
func (s *sheet) hold(r freeRight) {
	reward, voucher := r.unit.Voucher()
	if !voucher {
		return
	}
	held := loyalty.Held{Reward: reward, Count: int64(r.amount)}
	if r.terms != nil {
		held.Terms = *r.terms
	}
	s.vouchers = append(s.vouchers, held)
}

// held are the vouchers that may be used here, as many as may be spent.
func (s *sheet) held() (vouchers []loyalty.Held) {
	for _, h := range loyalty.SortHeld(s.vouchers) {
		left := s.of(ledger.VoucherUnit(h.Reward)).spendable - ledger.Points(loyalty.Count(vouchers, h.Reward))
		if h.Count = min(h.Count, int64(left)); h.Count > 0 {
			vouchers = append(vouchers, h)
		}
	}
	return vouchers
}

func (s *sheet) shown() []loyalty.Balance {
	if len(s.balances) == 0 {
		return nil
	}
	out := make([]loyalty.Balance, len(s.balances))
	for i, b := range s.balances {
		out[i] = b.shown()
	}
	return out
}
