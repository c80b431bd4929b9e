package hq

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// oldest bounds how long before its terminal was enrolled an entry may claim
// to have been written.
const oldest = 366 * 24 * 60 * 60 * 1000 // ms

// apply posts an entry to the ledger it was resolved to, once, in one
// transaction of that account. An entry that stands there already only moves
// the place up to which the account counts its terminal.
func (h *Headquarters) apply(u *unit, it *item) error {
	if it.early {
		return errParked
	}
	b, err := u.open(it.holder)
	if err != nil {
		return err
	}
	stands := false
	if !it.fresh {
		if stands, err = hasEntry(u.tx, it.holder, it.entry.ID); err != nil {
			return err
		}
	}
	now := ledger.MillisOf(h.now())
	u.notePlace(it.holder, meeting{it.place, now})
	if stands {
		return it.standsAt(u, b, now)
	}
	if isReturn(it.entry) && !it.held {
		if it.sold, err = readSold(u.tx, b, it.soldTo, it.sale); err != nil {
			return err
		}
		if it.sold == nil {
			return errParked
		}
		// The version that gave it takes it back, wherever it comes back.
		it.program = h.programOf(it.sold.entry.Program, it.sold.entry.Store, it.effective(), it.zone)
	}
	if isSplit(it.entry) && !it.held {
		if err := it.findSplit(u.tx, b); err != nil {
			return err
		}
	}
	d, err := it.decide(b)
	if err != nil {
		return err
	}
	if err := h.keys.keepPerson(u.tx, it, d); err != nil {
		return err
	}
	if err := it.intend(u.tx, d); err != nil {
		return err
	}
	if err := u.enter(b, d, now); err != nil {
		return err
	}
	it.tell(d)
	if err := it.flag(u.tx); err != nil {
		return err
	}
	if err := it.noteAlone(u.tx, d); err != nil {
		return err
	}
	told, err := h.correct(u, b, limited{it.entry, it.program, it.moment(), d, it.written().Terminal})
	it.events = append(it.events, told...)
	return err
}

// standsAt moves the place up to which an account counts a terminal, and where the
// account became another's, that of the other.
func (it *item) standsAt(u *unit, b *books, now ledger.Millis) error {
	u.touch(b)
	to, err := survivor(u.tx, it.holder)
	if err != nil || to == it.holder {
		return err
	}
	other, err := u.open(to)
	if err != nil {
		return err
	}
	u.notePlace(to, meeting{it.place, now})
	u.touch(other)
	return nil
}

// decide says what an entry does to the books, and does it to them.
func (it *item) decide(b *books) (*decision, error) {
	e := it.entry
	d := &decision{
		V: 1, Rules: rules, Entry: e.ID, Kind: e.Kind, Body: it.hash, Place: &it.place, Orig: it.orig,
		Subject: e.Subject, Account: it.holder, At: it.effective(), Verdict: ledger.Posted,
	}
	if e.Program != nil {
		d.Program = e.Program.ID
	}
	n := b.n + 1
	switch {
	case it.held:
		d.Verdict = ledger.Held
		return d, nil
	case e.Kind == ledger.RightReturn:
		return d, it.giveBack(b, d, n)
	case isSplit(e):
		return d, it.splits(b, d, n)
	case isReturn(e):
		return d, it.comeBack(b, d)
	case e.Kind == ledger.Adjust:
		return d, it.adjust(b, d)
	}
	if it.duplicate != "" {
		d.Verdict = it.duplicate
	} else if _, alone := e.Subject.Sale(); it.erased != "" && !alone {
		d.Verdict = ledger.Erased
	} else if _, found := it.holder.account(); it.who != nil && !found && e.Kind == ledger.Sold {
		d.Verdict = ledger.Suspected
	}
	if err := it.spends(b, d, n); err != nil {
		return nil, err
	}
	d.LostWorth = it.worth(d)
	if it.duplicate == "" { // a loser earns nothing
		if err := it.earns(b, d); err != nil {
			return nil, err
		}
	}
	b.noteLane(d)
	return d, nil
}

// effective is the entry's time within what is believable: not after it came,
// nor long before its terminal did.
func (it *item) effective() ledger.Millis {
	return min(it.received, max(it.entry.At, it.enrolled-oldest))
}

// spends decides what an entry spends. A till earns from the program and spends
// from rights; nothing else is a till's to post.
func (it *item) spends(b *books, d *decision, n uint64) error {
	if len(it.entry.Postings) > 0 && d.Program == "" {
		return &passOver{"it has postings and no program"}
	}
	for _, p := range it.entry.Postings {
		right, spends := p.From.Right()
		switch {
		case p.From == ledger.Issued && (p.To == ledger.Available || p.To == ledger.Pending):
		case spends && p.To == ledger.Redeemed:
			if err := it.spend(b, d, right, p, n); err != nil {
				return err
			}
		default:
			return &passOver{fmt.Sprintf("a till does not post from %s to %s", p.From, p.To)}
		}
	}
	return nil
}

// earns decides what an entry earns under its program, and what is remembered
// of it.
func (it *item) earns(b *books, d *decision) error {
	e := it.entry
	if e.Kind == ledger.Claim && it.of != nil {
		it.program = it.of // whichever program the till has that took it
	}
	if e.Kind == ledger.Enroll || e.Kind == ledger.Claim {
		d.Program = it.program.Ref().ID
	}
	if d.Program == "" {
		return nil
	}
	a, err := b.account(d.Program)
	if err != nil {
		return err
	}
	a.State.Rows = b.n
	var effect loyalty.Effect
	switch e.Kind {
	case ledger.Enroll:
		if !e.Joins.IsZero() {
			return nil // the account joined before
		}
		effect, err = a.Join(it.program, e.ID, it.moment(), e.Referrer)
	case ledger.Sold, ledger.Done:
		effect, err = a.Post(it.program, it.posted())
	case ledger.Claim:
		effect, err = it.draws(a)
	default:
		return nil
	}
	if err != nil {
		return &passOver{err.Error()}
	}
	d.do(a, effect)
	return nil
}

// posted is the entry as its account posts it.
func (it *item) posted() loyalty.Posted {
	e := it.entry
	on := "sale"
	if e.Activity != nil {
		on = e.Activity.On
	}
	// What its till promised is given here.
	postings := slices.Concat(e.Postings, it.program.Fulfil(e.Pledges, it.moment()))
	if postings == nil {
		postings = []ledger.Posting{}
	}
	return loyalty.Posted{
		Entry: e.ID, Kind: e.Kind, Moment: it.moment(), On: on, Referrer: e.Referral != nil, Postings: postings,
		Outcome: loyalty.Outcome{Statuses: e.Statuses, Uses: e.Uses},
	}
}

// moment is when and where the entry took effect.
func (it *item) moment() loyalty.Moment {
	return loyalty.Moment{At: it.effective(), Zone: it.zone, Store: it.entry.Store}
}

// spend is judged by the place it was first written at: an open right of that
// terminal and branch pays, as far as it goes. The rest happened too, and is
// the program's loss.
func (it *item) spend(b *books, d *decision, id ledger.RightID, p ledger.Posting, n uint64) error {
	r, err := b.right(id)
	if err != nil {
		return err
	}
	p.Right = id
	var paid ledger.Points
	if r != nil && r.serves(it.written(), balanceKey{d.Program, p.Unit}) {
		paid = min(p.Amount, r.rest())
	}
	if paid > 0 {
		covered := p
		covered.Amount = paid
		if err := d.add(b, loyalty.Move{Posting: covered, Lots: r.first(paid)}, n); err != nil {
			return err
		}
	}
	if paid == p.Amount {
		return nil
	}
	lost := p
	lost.From, lost.Amount = ledger.Loss, p.Amount-paid
	if d.Verdict == ledger.Posted {
		d.Verdict = ledger.LossFunded
	}
	return d.add(b, loyalty.Move{Posting: lost}, n)
}

// giveBack takes back what a terminal had left of a right. What headquarters
// has beyond that belongs to spends it had to pass over: they may still come,
// so the right stays open for them until it is reclaimed.
func (it *item) giveBack(b *books, d *decision, n uint64) error {
	end := it.entry.End
	r, err := b.right(end.Right)
	if err != nil {
		return err
	}
	if r == nil || !r.serves(it.written(), r.of()) {
		it.events = append(it.events, Event{What: EventReturnIgnored, Right: end.Right, Amount: end.Amount})
		return nil
	}
	d.Program = r.Program
	moves, err := b.comingBack(r, min(end.Amount, r.rest()))
	if err != nil {
		return err
	}
	for _, m := range moves {
		if err := d.add(b, m, n); err != nil {
			return err
		}
	}
	if r.rest() > 0 {
		return nil
	}
	d.Close = &closing{r.ID, rightReturned}
	return b.close(*d.Close, n)
}

// add decides a move and makes it.
func (d *decision) add(b *books, m loyalty.Move, n uint64) error {
	if err := b.move(d.Program, m, n, d.day()); err != nil {
		return err
	}
	d.Moves = append(d.Moves, m)
	return nil
}

// written is the place the entry was first written at.
func (it *item) written() ledger.Place {
	if it.orig != nil {
		return *it.orig
	}
	return it.place
}

// tell notes what a person should hear of.
func (it *item) tell(d *decision) {
	switch d.Verdict {
	case ledger.DuplicateSale:
		it.events = append(it.events, Event{What: EventDuplicateSale})
	case ledger.DuplicateName:
		what := EventDuplicateName
		if d.Kind == ledger.Profile {
			what = EventDuplicateCard
		}
		it.events = append(it.events, Event{What: what})
	case ledger.ExcessReturn:
		it.events = append(it.events, Event{What: EventExcess})
	case ledger.Erased:
		it.events = append(it.events, Event{What: EventErased})
	case ledger.Held:
		it.events = append(it.events, Event{What: EventHeld})
	case ledger.DuplicateClaim, ledger.NotNamed, ledger.TooWeak, ledger.TooLate, ledger.NotClaimable, ledger.LimitReached:
		it.events = append(it.events, Event{What: EventNotClaimed, Reason: string(d.Verdict)})
	}
	if lost := d.lost(); lost > 0 {
		it.events = append(it.events, Event{What: EventLoss, Amount: lost, Worth: d.LostWorth})
	}
}
