package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Sold is a sale as it was posted to an account, and what came back of it so
// far. The account must have the lots that its effect names.
type Sold struct {
	Sale   *ledger.Sale
	Effect Effect
	Backs  []Effect // of its returns and voids, in order
}

// Rest returns what is left of the sale.
func (s *Sold) Rest() (*Rest, error) { return s.restAfter(nil) }

func (s *Sold) restAfter(back *Back) (*Rest, error) {
	before := make([]Back, 0, len(s.Backs)+1)
	for i := range s.Backs {
		before = append(before, s.Backs[i].back())
	}
	if back != nil {
		before = append(before, *back)
	}
	return RestOf(&ledger.Entry{ID: s.Effect.Entry, Sale: s.Sale, Postings: s.Effect.Postings()}, before)
}

// back is what a return or void took and gave back.
func (e *Effect) back() Back {
	b := Back{Lines: e.Back, Total: e.Total, Void: e.Void}
	for _, m := range e.Moves {
		if m.To == ledger.Issued || m.From == ledger.Redeemed {
			b.Postings = append(b.Postings, m.Posting)
		}
	}
	return b
}

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
	for _, part := range []struct {
		to     ledger.LedgerAccount
		amount ledger.Points
	}{{ledger.Loss, p.Amount - mine}, {ledger.Receivable, owed}} {
		if q := p; part.amount > 0 {
			q.To, q.Amount = part.to, part.amount
			if err := u.move(q, nil); err != nil {
				return err
			}
		}
	}
	if p.Amount = sharesOf(kept); p.Amount > 0 {
		if err := u.move(p, kept); err != nil {
			return err
		}
	}
	if p.Amount = sharesOf(lapsed); p.Amount > 0 {
		return u.grace(p)
	}
	return nil
}

// lapse tells shares of lots that are still good from those of lots whose time
// is over.
func (u undoing) lapse(unit ledger.Unit, shares []ledger.LotShare) (kept, lapsed []ledger.LotShare, err error) {
	idle, idled := u.idleDay(u.program, unit), u.purse(unit).Idled
	if idle <= u.effect.Day {
		idled = max(idled, idle)
	}
	for _, share := range shares {
		l := u.purse(unit).lot(share.Lot)
		switch {
		case l == nil:
			return nil, nil, &unknownLot{share.Lot}
		case endOf(l.Terms) <= u.effect.At || l.Since < idled:
			lapsed = append(lapsed, share)
		default:
			kept = append(kept, share)
		}
	}
	return kept, lapsed, nil
}

// grace makes a lot of units whose own time is over.
func (u undoing) grace(p ledger.Posting) error {
	ends := dateOf(civil(u.effect.Day).AddDate(0, 0, graceDays))
	p.Lot = &ledger.LotTerms{ExpiresAt: midnight(ends, u.moment.zone())}
	name := ledger.LotName(u.effect.Entry, len(u.effect.Moves))
	return u.move(p, []ledger.LotShare{{Lot: name, Amount: p.Amount}})
}

// clawBack takes units that the sale earned: out of the lots it made, pending
// ones among them, then out of the account's others in order of spending. What
// is no longer there is owed.
func (u undoing) clawBack(p ledger.Posting) error {
	purse := u.purse(p.Unit)
	own := u.sold.made(p.Unit)
	left := p.Amount
	var pending, available []ledger.LotShare
	take := func(l *Lot) {
		part := min(l.Left, left)
		if part <= 0 {
			return
		}
		left -= part
		if share := (ledger.LotShare{Lot: l.Name, Amount: part}); l.Pending {
			pending = append(pending, share)
		} else {
			available = append(available, share)
		}
	}
	for _, name := range own {
		l := purse.lot(name)
		if l == nil {
			return &unknownLot{name}
		}
		take(l)
	}
	for i := range purse.Lots {
		if l := &purse.Lots[i]; !l.Pending && !slices.Contains(own, l.Name) {
			take(l)
		}
	}
	p.Lot = nil
	for _, part := range []struct {
		from   ledger.LedgerAccount
		amount ledger.Points
		lots   []ledger.LotShare
	}{
		{ledger.Pending, sharesOf(pending), pending},
		{ledger.Available, sharesOf(available), available},
		{ledger.Receivable, left, nil},
	} {
		if p.From, p.Amount = part.from, part.amount; p.Amount > 0 {
			if err := u.move(p, part.lots); err != nil {
				return err
			}
		}
	}
	return nil
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

// unuse gives back what the sale drew on limits, and that it was a visit.
func (u undoing) unuse() {
	for _, use := range u.sold.Effect.Uses {
		back := use.LimitUse
		back.Uses, back.Amount = -back.Uses, -back.Amount
		u.use(back, use.Day)
	}
	u.effect.Visits = -u.sold.Effect.Visits
}

// spent are the lots that paid for a reward, in the order they were taken.
func (s *Sold) spent(p ledger.Posting) (shares []ledger.LotShare) {
	for _, m := range s.Effect.Moves {
		if m.To == ledger.Redeemed && m.Unit == p.Unit && m.Reward == p.Reward {
			shares = append(shares, m.Lots...)
		}
	}
	return shares
}

// given is how much of a reward's cost earlier returns gave back.
func (s *Sold) given(p ledger.Posting) (sum ledger.Points) {
	for i := range s.Backs {
		for _, m := range s.Backs[i].Moves {
			if m.From == ledger.Redeemed && m.Unit == p.Unit && m.Reward == p.Reward {
				sum += m.Amount // at most what the sale spent
			}
		}
	}
	return sum
}

// clawed is how much of a unit earlier returns took back.
func (s *Sold) clawed(unit ledger.Unit) (sum ledger.Points) {
	for i := range s.Backs {
		for _, m := range s.Backs[i].Moves {
			if m.To == ledger.Issued && m.Unit == unit {
				sum += m.Amount // at most what the sale earned
			}
		}
	}
	return sum
}

// earned are the lots that a sale made of a unit, with what each of its
// postings gave them, and last, without a lot, what paid a receivable: the order
// in which they are taken back.
func (s *Sold) earned(unit ledger.Unit) (parts []ledger.LotShare) {
	var paid ledger.Points
	for _, m := range s.Effect.Moves {
		switch {
		case m.From != ledger.Issued || m.Unit != unit:
		case m.To == ledger.Receivable:
			paid += m.Amount // at most what the sale earned
		default:
			parts = append(parts, m.Lots...)
		}
	}
	return append(parts, ledger.LotShare{Amount: paid})
}

// made are the lots that the sale made of a unit.
func (s *Sold) made(unit ledger.Unit) (names []string) {
	for _, m := range s.Effect.Moves {
		if m.From != ledger.Issued || m.Unit != unit {
			continue
		}
		for _, share := range m.Lots {
			if !slices.Contains(names, share.Lot) {
				names = append(names, share.Lot)
			}
		}
	}
	return names
}

// sharesOf sums shares that are parts of one amount.
func sharesOf(shares []ledger.LotShare) (sum ledger.Points) {
	for _, share := range shares {
		sum += share.Amount
	}
	return sum
}

// unknownLot says that the account lacks a lot of a sale.
type unknownLot struct{ name string }

func (e *unknownLot) Error() string { return "lot " + e.name + " is not known" }
