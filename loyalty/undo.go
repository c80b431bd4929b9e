package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Returned is a return or void as an entry.
type Returned struct {
	Entry ledger.EntryID
	Kind  ledger.Kind
	Moment
}

// graceDays is how long units last that come back when their own time is over,
// from the day they come back.
const graceDays = 14

// Return posts what comes back of a sale, which its Rest says: what its rewards
// had cost is given back, then what it earned is taken back. A void also gives
// back what the sale drew on limits. Neither is activity.
func (a *Account) Return(p *Program, r Returned, sold *Sold, back Back) (effect Effect, err error) {
	after, err := sold.restAfter(&back)
	if err != nil {
		return Effect{}, err
	}
	err = a.try(func(a *Account) error {
		u := undoing{a.decide(p, r.Moment, r.Kind, r.Entry), sold}
		u.effect.Sale, u.effect.Back, u.effect.Total, u.effect.Void = sold.Effect.Entry, back.Lines, back.Total, back.Void
		if err := u.postings(back.Postings); err != nil {
			return err
		}
		u.endStatuses(after, back.Void)
		if back.Void {
			u.unuse()
		}
		effect, err = u.done()
		return err
	})
	return effect, err
}

// undoing is the return of a sale under way.
type undoing struct {
	*decision
	sold *Sold
}

// postings gives back first, so that nothing is owed in between.
func (u undoing) postings(postings []ledger.Posting) error {
	for _, p := range postings {
		if p.From == ledger.Redeemed {
			if err := u.giveBack(p); err != nil {
				return err
			}
		}
	}
	if err := u.uncount(postings); err != nil {
		return err
	}
	for _, p := range postings {
		if p.To == ledger.Issued {
			if err := u.clawBack(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// giveBack gives back what a reward had cost: what is owed is paid first, and
// the rest rejoins the lots it came from, in the order they were taken. What
// never was the member's, because a loss paid for it, goes back there, last.
func (u undoing) giveBack(p ledger.Posting) error {
	shares := between(u.sold.spent(p), u.sold.given(p), p.Amount)
	mine, err := sumOfShares(shares)
	if err != nil {
		return err
	}
	owed := min(u.purse(p.Unit).Receivable, mine)
	kept, lapsed, err := u.lapse(p.Unit, between(shares, owed, mine-owed))
	if err != nil {
		return err
	}
	if err := u.moveSome(p, ledger.Redeemed, ledger.Loss, p.Amount-mine, nil); err != nil {
		return err
	}
	if err := u.moveSome(p, ledger.Redeemed, ledger.Receivable, owed, nil); err != nil {
		return err
	}
	if err := u.moveSome(p, ledger.Redeemed, ledger.Available, sharesOf(kept), kept); err != nil {
		return err
	}
	return u.grace(p, lapsed)
}

// lapse tells shares of lots that are still good from those of lots whose time
// is over.
func (u undoing) lapse(unit ledger.Unit, shares []ledger.LotShare) (kept, lapsed []ledger.LotShare, err error) {
	for _, share := range shares {
		l := u.purse(unit).lot(share.Lot)
		switch {
		case l == nil:
			return nil, nil, &unknownLot{share.Lot}
		case endOf(l.Terms) <= u.effect.At || l.Since < u.idledBy(unit, l.Terms.Idle):
			lapsed = append(lapsed, share)
		default:
			kept = append(kept, share)
		}
	}
	return kept, lapsed, nil
}

// idledBy is the day before which lots were made that have ended by now because
// the member was idle for so long.
func (u undoing) idledBy(unit ledger.Unit, idle string) ledger.Date {
	ended := u.purse(unit).Idled[idle]
	if day := u.idleDay(idle); day <= u.effect.Day {
		ended = max(ended, day)
	}
	return ended
}

// grace makes lots of units whose own time is over: one for each promise that
// vouchers among them keep.
func (u undoing) grace(p ledger.Posting, lapsed []ledger.LotShare) error {
	ends := midnight(dateOf(civil(u.effect.Day).AddDate(0, 0, graceDays)), u.moment.zone())
	for len(lapsed) > 0 {
		promise := u.purse(p.Unit).lot(lapsed[0].Lot).Terms.Promise
		other := slices.IndexFunc(lapsed, func(s ledger.LotShare) bool { return u.purse(p.Unit).lot(s.Lot).Terms.Promise != promise })
		if other < 0 {
			other = len(lapsed)
		}
		amount := sharesOf(lapsed[:other])
		p.Lot = &ledger.LotTerms{ExpiresAt: ends, Promise: promise}
		name := ledger.LotName(u.effect.Entry, len(u.effect.Moves))
		if err := u.moveSome(p, ledger.Redeemed, ledger.Available, amount, []ledger.LotShare{{Lot: name, Amount: amount}}); err != nil {
			return err
		}
		lapsed = lapsed[other:]
	}
	return nil
}

// clawBack takes units that the sale earned. What is no longer there is owed.
func (u undoing) clawBack(p ledger.Posting) error {
	pending, available, err := u.toTake(p.Unit, p.Amount)
	if err != nil {
		return err
	}
	waiting, there := sharesOf(pending), sharesOf(available)
	if err := u.moveSome(p, ledger.Pending, ledger.Issued, waiting, pending); err != nil {
		return err
	}
	if err := u.moveSome(p, ledger.Available, ledger.Issued, there, available); err != nil {
		return err
	}
	return u.moveSome(p, ledger.Receivable, ledger.Issued, p.Amount-waiting-there, nil)
}

// toTake finds an amount of a unit: in the lots that the sale made, pending ones
// among them, then in what is available of the account's others in order of
// spending.
func (u undoing) toTake(unit ledger.Unit, amount ledger.Points) (pending, available []ledger.LotShare, err error) {
	purse, own := u.purse(unit), u.sold.made(unit)
	take := func(l *Lot) {
		share := ledger.LotShare{Lot: l.Name, Amount: min(l.Left, amount)}
		switch amount -= share.Amount; {
		case share.Amount == 0:
		case l.Pending:
			pending = append(pending, share)
		default:
			available = append(available, share)
		}
	}
	for _, name := range own {
		l := purse.lot(name)
		if l == nil {
			return nil, nil, &unknownLot{name}
		}
		take(l)
	}
	for i := range purse.Lots {
		if l := &purse.Lots[i]; !l.Pending && !slices.Contains(own, l.Name) {
			take(l)
		}
	}
	return pending, available, nil
}

// uncount takes back the progress that came of units the sale earned, on the
// day on which it came. Those that are still pending brought none.
func (u undoing) uncount(postings []ledger.Posting) error {
	t := u.program.tiers
	if t == nil {
		return nil
	}
	var amount ledger.Points
	for _, p := range postings {
		if p.To == ledger.Issued && p.Unit == t.of {
			amount += p.Amount // at most what the sale earned
		}
	}
	skip := u.sold.clawed(t.of)
	for _, part := range u.sold.earned(t.of) {
		skipped := min(skip, part.Amount)
		took := min(part.Amount-skipped, amount)
		skip, amount = skip-skipped, amount-took
		day := u.sold.Effect.Day
		if part.Lot != "" {
			l := u.purse(t.of).lot(part.Lot)
			if l == nil {
				return &unknownLot{part.Lot}
			}
			day = l.Vested
		}
		if day == "" {
			continue
		}
		if err := u.count(t.of, day, -took); err != nil {
			return err
		}
	}
	return nil
}

// endStatuses ends what lines granted of which nothing is left, or the whole
// sale.
func (u undoing) endStatuses(after *Rest, void bool) {
	for _, g := range u.sold.Effect.Statuses {
		gone := after.sale()
		if g.Line != nil && *g.Line >= 0 && *g.Line < len(after.lines) {
			gone = after.line(*g.Line)
		}
		if (void || gone.whole()) && u.State.granted(g.Status, u.sold.Effect.Entry, g.Line) {
			u.effect.Ended = append(u.effect.Ended, EndedStatus{g.Status, g.Line})
		}
	}
}

// unuse gives back what corrections left of what the sale drew on limits, and
// that it was a visit.
func (u undoing) unuse() {
	for _, use := range u.sold.Effect.Uses {
		if back := negative(u.sold.stands(use.LimitUse, nil)); back.Uses != 0 || back.Amount != 0 {
			u.use(back, use.Day)
		}
	}
	u.effect.Visits = -u.sold.Effect.Visits
}

// unknownLot says that the account lacks a lot of a sale.
type unknownLot struct{ name string }

func (e *unknownLot) Error() string { return "lot " + e.name + " is not known" }
