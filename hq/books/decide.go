package books

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Decide says what an entry does to the books, and does it to them.
func (it *Item) Decide(b *Books) (*Decision, error) {
	e := it.Entry
	d := &Decision{
		V: 1, Rules: Rules, Entry: e.ID, Kind: e.Kind, Body: it.Hash, Place: &it.Place, Orig: it.Orig,
		Subject: e.Subject, Account: it.Holder, At: it.Effective(), Verdict: ledger.Posted,
	}
	if e.Program != nil {
		d.Program = e.Program.ID
	}
	n := b.N + 1
	switch {
	case it.Held:
		d.Verdict = ledger.Held
		return d, nil
	case e.Kind == ledger.RightReturn:
		return d, it.giveBack(b, d, n)
	case IsSplit(e):
		return d, it.splits(b, d, n)
	case IsReturn(e):
		return d, it.comeBack(b, d)
	case e.Kind == ledger.Adjust:
		return d, it.adjust(b, d)
	}
	if it.Duplicate != "" {
		d.Verdict = it.Duplicate
	} else if _, alone := e.Subject.Sale(); it.Erased != "" && !alone {
		d.Verdict = ledger.Erased
	} else if _, found := it.Holder.Account(); it.Who != nil && !found && e.Kind == ledger.Sold {
		d.Verdict = ledger.Suspected
	}
	if err := it.spends(b, d, n); err != nil {
		return nil, err
	}
	d.LostWorth = it.worth(d)
	if it.Duplicate == "" { // a loser earns nothing
		if err := it.earns(b, d); err != nil {
			return nil, err
		}
	}
	b.noteLane(d)
	return d, nil
}

// spends decides what an entry spends. A till earns from the program and spends
// from rights; nothing else is a till's to post.
func (it *Item) spends(b *Books, d *Decision, n uint64) error {
	if len(it.Entry.Postings) > 0 && d.Program == "" {
		return &PassOver{"it has postings and no program"}
	}
	for _, p := range it.Entry.Postings {
		right, spends := p.From.Right()
		switch {
		case p.From == ledger.Issued && (p.To == ledger.Available || p.To == ledger.Pending):
		case spends && p.To == ledger.Redeemed:
			if err := it.spend(b, d, right, p, n); err != nil {
				return err
			}
		default:
			return &PassOver{fmt.Sprintf("a till does not post from %s to %s", p.From, p.To)}
		}
	}
	return nil
}

// earns decides what an entry earns under its program, and what is remembered
// of it.
func (it *Item) earns(b *Books, d *Decision) error {
	e := it.Entry
	if e.Kind == ledger.Claim && it.Of != nil {
		it.Program = it.Of // whichever program the till has that took it
	}
	if e.Kind == ledger.Enroll || e.Kind == ledger.Claim {
		d.Program = it.Program.Ref().ID
	}
	if d.Program == "" {
		return nil
	}
	a, err := b.Account(d.Program)
	if err != nil {
		return err
	}
	a.State.Rows = b.N
	var effect loyalty.Effect
	switch e.Kind {
	case ledger.Enroll:
		if !e.Joins.IsZero() {
			return nil // the account joined before
		}
		effect, err = a.Join(it.Program, e.ID, it.Moment(), e.Referrer)
	case ledger.Sold, ledger.Done:
		effect, err = a.Post(it.Program, it.posted())
	case ledger.Claim:
		effect, err = it.draws(a)
	default:
		return nil
	}
	if err != nil {
		return &PassOver{err.Error()}
	}
	d.Do(a, effect)
	return nil
}

// adjust posts what a till changed by hand. What it takes and the account does
// not have free is owed: what tills hold rights to stays theirs.
func (it *Item) adjust(b *Books, d *Decision) error {
	a, err := b.Account(d.Program)
	if err != nil {
		return err
	}
	a.State.Rows = b.N
	effect, err := a.Adjust(it.Program, loyalty.Adjusted{Entry: it.Entry.ID, Moment: it.Moment(), Posting: it.Entry.Postings[0]})
	if err != nil {
		return &PassOver{err.Error()}
	}
	d.Do(a, effect)
	return nil
}

// draws is what a claim draws on its member's limits, under its sale's program.
func (it *Item) draws(a *Account) (loyalty.Effect, error) {
	return a.Draw(it.Program, it.Entry.ID, it.Entry.Kind, it.Moment(), it.Uses)
}

// spend is judged by the place it was first written at: an open right of that
// terminal and branch pays, as far as it goes. The rest happened too, and is
// the program's loss.
func (it *Item) spend(b *Books, d *Decision, id ledger.RightID, p ledger.Posting, n uint64) error {
	r, err := b.Right(id)
	if err != nil {
		return err
	}
	p.Right = id
	var paid ledger.Points
	if r != nil && r.serves(it.Written(), BalanceKey{d.Program, p.Unit}) {
		paid = min(p.Amount, r.Rest())
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
func (it *Item) giveBack(b *Books, d *Decision, n uint64) error {
	end := it.Entry.End
	r, err := b.Right(end.Right)
	if err != nil {
		return err
	}
	if r == nil || !r.serves(it.Written(), r.Of()) {
		it.Events = append(it.Events, event.Event{What: event.ReturnIgnored, Right: end.Right, Amount: end.Amount})
		return nil
	}
	d.Program = r.Program
	moves, err := b.comingBack(r, min(end.Amount, r.Rest()))
	if err != nil {
		return err
	}
	for _, m := range moves {
		if err := d.add(b, m, n); err != nil {
			return err
		}
	}
	if r.Rest() > 0 {
		return nil
	}
	d.Close = &closing{r.ID, RightReturned}
	return b.close(*d.Close, n)
}

// add decides a move and makes it.
func (d *Decision) add(b *Books, m loyalty.Move, n uint64) error {
	if err := b.move(d.Program, m, n, d.day()); err != nil {
		return err
	}
	d.Moves = append(d.Moves, m)
	return nil
}
