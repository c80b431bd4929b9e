package loyalty

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Pass does what falls due with time up to a moment, its instant among it, each
// on its own date: units vest, then units end, then rewards are issued that
// what has vested pays for. Passing in many steps does the same as in one.
func (a *Account) Pass(p *Program, to Moment, who Profile) (effects []Effect, err error) {
	if _, due := a.nextDue(to); !due {
		return nil, nil
	}
	err = a.try(func(a *Account) error {
		for {
			at, due := a.nextDue(to)
			if !due {
				return nil
			}
			m := to
			m.At = at
			done, err := a.fallDue(p, m, who)
			if err != nil {
				return err
			}
			effects = append(effects, done...)
		}
	})
	if err != nil {
		return nil, err
	}
	return effects, nil
}

// nextDue is the first instant at which something falls due.
func (a *Account) nextDue(to Moment) (at ledger.Millis, due bool) {
	for unit := range a.Purses {
		purse := a.Purse(unit)
		for i := range purse.Lots {
			l := &purse.Lots[i]
			when, ends := l.due()
			if idle := a.idleDay(l.Terms.Idle); idle != "" && l.Left > 0 && l.Since < idle {
				if midnight := midnight(idle, to.zone()); !ends || midnight < when {
					when, ends = midnight, true
				}
			}
			if ends && when <= to.At && (!due || when < at) {
				at, due = when, true
			}
		}
	}
	return at, due
}

// due is when the lot's terms change it next. One that is pending without a
// date waits for somebody's decision.
func (l *Lot) due() (at ledger.Millis, due bool) {
	at = l.Terms.ExpiresAt
	if l.Pending {
		at = l.Terms.VestsAt
	}
	return at, l.Left > 0 && at != 0
}

// idleDay is the day on which lots end that were earned on these terms if the
// member stays idle; empty where that ends none. One who has done nothing yet is
// idle since she joined.
func (a *Account) idleDay(idle string) ledger.Date {
	since := a.State.Active
	if since == "" {
		since = a.State.Joined
	}
	if idle == "" || since == "" {
		return ""
	}
	length, err := parsePeriod(idle)
	if err != nil {
		return "" // no program writes it: nothing is taken for it
	}
	return length.from(since)
}

// fallDue does what is due at an instant.
func (a *Account) fallDue(p *Program, m Moment, who Profile) (effects []Effect, err error) {
	vested, err := a.vest(p, m)
	if err != nil {
		return nil, err
	}
	ended, err := a.expire(p, m)
	if err != nil {
		return nil, err
	}
	for _, e := range []Effect{vested, ended} {
		if len(e.Moves) > 0 {
			effects = append(effects, e)
		}
	}
	if len(vested.Moves) == 0 {
		return effects, nil
	}
	issued, err := a.issue(p, m, who)
	return append(effects, issued...), err
}

// vest makes available what has waited long enough.
func (a *Account) vest(p *Program, m Moment) (Effect, error) {
	d := a.decideOwn(p, m, ledger.Vest)
	for _, unit := range a.units() {
		purse := a.purse(unit)
		for i := range purse.Lots {
			l := purse.Lots[i]
			if at, due := l.due(); !due || !l.Pending || at > m.At {
				continue
			}
			if err := d.vestLot(unit, l.Name, l.Left); err != nil {
				return Effect{}, err
			}
		}
	}
	return d.doneIfMoved()
}

// vestLot makes one lot available; what is owed leaves it first.
func (d *decision) vestLot(unit ledger.Unit, lot string, amount ledger.Points) error {
	p := ledger.Posting{Unit: unit}
	paid := min(d.purse(unit).Receivable, amount)
	share := []ledger.LotShare{{Lot: lot, Amount: amount}}
	if err := d.moveSome(p, ledger.Pending, ledger.Receivable, paid, between(share, 0, paid)); err != nil {
		return err
	}
	left := amount - paid
	if err := d.moveSome(p, ledger.Pending, ledger.Available, left, between(share, paid, left)); err != nil {
		return err
	}
	return d.count(unit, d.effect.Day, amount)
}

// expire ends lots whose date has come, and those of a member who was idle.
func (a *Account) expire(p *Program, m Moment) (Effect, error) {
	d := a.decideOwn(p, m, ledger.Expire)
	for _, unit := range a.units() {
		if err := d.expireUnit(unit); err != nil {
			return Effect{}, err
		}
	}
	return d.doneIfMoved()
}

// expireUnit ends a unit's lots that have lapsed, and those made before the day by
// which the member was idle for as long as their terms say.
func (d *decision) expireUnit(unit ledger.Unit) error {
	var pending, available []ledger.LotShare
	purse := d.purse(unit)
	for i := range purse.Lots {
		l := &purse.Lots[i]
		idle := d.idleDay(l.Terms.Idle)
		idled := idle != "" && l.Since < idle && midnight(idle, d.moment.zone()) <= d.moment.At
		lapsed := !l.Pending && l.Terms.ExpiresAt != 0 && l.Terms.ExpiresAt <= d.moment.At
		switch share := (ledger.LotShare{Lot: l.Name, Amount: l.Left}); {
		case l.Left == 0 || !idled && !lapsed:
			continue
		case l.Pending:
			pending = append(pending, share)
		default:
			available = append(available, share)
		}
		if ended := (Idled{unit, l.Terms.Idle, idle}); idled && !slices.Contains(d.effect.Idled, ended) {
			d.effect.Idled = append(d.effect.Idled, ended)
		}
	}
	if err := d.end(unit, ledger.Pending, pending); err != nil {
		return err
	}
	return d.end(unit, ledger.Available, available)
}

// end takes shares of lots away for good.
func (d *decision) end(unit ledger.Unit, from ledger.LedgerAccount, shares []ledger.LotShare) error {
	if len(shares) == 0 {
		return nil
	}
	sum, err := sumOfShares(shares)
	if err != nil {
		return err
	}
	return d.move(ledger.Posting{Unit: unit, Amount: sum, From: from, To: ledger.Expired}, shares)
}

// doneIfMoved is done, or nothing at all where nothing moved.
func (d *decision) doneIfMoved() (Effect, error) {
	if len(d.effect.Moves) == 0 {
		return Effect{}, nil
	}
	return d.done()
}
