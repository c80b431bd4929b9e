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
	rights, spendable                           ledger.Points // free here; of that, covered and within the terminal's cap
	held                                        ledger.Points // set aside here
	taken                                       bool          // something not counted yet takes from it
}

// free is what no right has set aside, below zero what is owed, and what is
// pending. What is earned, also what is still pending, pays what is owed first.
func (b unitBalance) free() (free, pending ledger.Points) {
	free, pending = b.available+b.addedAvailable, b.pending+b.addedPending
	if paid := min(max(0, -free), max(0, b.addedPending)); paid > 0 {
		free, pending = free+paid, pending-paid
	}
	return free, pending
}

// add adds what an entry does that headquarters' row does not count.
func (b *unitBalance) add(d ledger.Delta) {
	b.addedAvailable += d.Available
	b.addedEscrowed += d.Escrowed
	b.addedPending += d.Pending
	b.taken = b.taken || d.Available < 0
}

// shown is the balance to tell. A return takes nothing from what is set aside in
// rights.
func (b unitBalance) shown() loyalty.Balance {
	free, pending := b.free()
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
func (s *sheet) addUnsettled(rows []unsettledRow, l lineage, counted applied, earlier func(applied, int64) (bool, error)) error {
	for _, u := range rows {
		if _, use := u.Unit.Use(); use || u.Unit == unmoved {
			continue // neither is a balance
		}
		skip, err := counted.counts(earlier, l, u.n)
		if err != nil {
			return err
		}
		if skip {
			continue
		}
		s.of(u.Unit).add(u.Delta)
	}
	return nil
}

// addSpendable adds what open rights have free, as far as her balance covers it and
// within what this terminal may still spend; nothing where it may not redeem. All
// that is known of the balance is added before.
func (v *View) addSpendable(ctx context.Context, s *sheet, n noted) error {
	if len(n.free) == 0 {
		return nil
	}
	for _, h := range n.held {
		s.of(h.Unit).held += h.Amount
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
	for _, r := range n.free {
		if r.until < at {
			continue
		}
		if _, use := r.unit.Use(); use {
			s.addUses(r, at)
			continue
		}
		b := s.of(r.unit)
		b.rights += r.amount
		b.spendable = max(0, min(b.covered(b.rights), v.bounds().perTerminal-r.used))
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
