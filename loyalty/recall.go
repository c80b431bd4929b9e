package loyalty

import (
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Recalled is an entry of a till that a member's state does not have yet.
type Recalled struct {
	Entry *ledger.Entry
	// Sale is what a return or void is of, Before what came back of it earlier.
	Sale   *ledger.Entry
	Before []*ledger.Entry
}

// Memory returns the function that says what a state is after entries of its
// member, in order; nil where the program remembers nothing. What cannot be
// counted is passed over: headquarters decides about all of them.
func (p *Program) Memory(zone *time.Location) func(State, []Recalled) State {
	if !p.Remembers() {
		return nil
	}
	return func(s State, own []Recalled) State { return p.recall(s, own, zone) }
}

func (p *Program) recall(s State, entries []Recalled, zone *time.Location) State {
	a := &Account{State: s.clone()}
	for _, r := range entries {
		at := momentOf(r.Entry, zone)
		switch {
		case r.Entry.Kind == ledger.Enroll && !r.Entry.Joins.IsZero(): // the account joined before
		case r.Entry.Kind == ledger.Enroll:
			_, _ = a.Join(p, r.Entry.ID, at, r.Entry.Referrer)
		case r.Entry.Kind == ledger.Claim:
			_, _ = a.Draw(p, r.Entry.ID, r.Entry.Kind, at, r.Entry.Uses)
		case r.Entry.Return == nil:
			_, _ = a.Post(p, postedOf(r.Entry, zone))
		default:
			if effect, err := p.undone(r, zone); err == nil {
				_ = a.State.fold(&effect)
			}
		}
	}
	return a.State
}

// undone is what a return does, decided beside the account: that its lots may
// be headquarters' to know makes no difference to the state.
func (p *Program) undone(r Recalled, zone *time.Location) (effect Effect, err error) {
	beside := new(Account)
	sold := &Sold{Sale: r.Sale.Sale}
	if sold.Effect, err = beside.Post(p, postedOf(r.Sale, zone)); err != nil {
		return effect, err
	}
	for _, e := range append(r.Before[:len(r.Before):len(r.Before)], r.Entry) {
		effect, err = beside.Return(p, Returned{e.ID, e.Kind, momentOf(e, zone)}, sold, takenOf(e))
		if err != nil {
			return effect, err
		}
		sold.Backs = append(sold.Backs, effect)
	}
	return effect, nil
}

// takenOf is what a return takes back. What it gives back came out of rights,
// which are kept elsewhere.
func takenOf(e *ledger.Entry) Back {
	back := BackOf(e)
	back.Postings = nil
	for _, p := range e.Postings {
		if p.To == ledger.Issued {
			back.Postings = append(back.Postings, p)
		}
	}
	return back
}

func postedOf(e *ledger.Entry, zone *time.Location) Posted {
	posted := Posted{
		Entry: e.ID, Kind: e.Kind, Moment: momentOf(e, zone), On: onSale, Referrer: e.Referral != nil,
		Outcome: Outcome{Statuses: e.Statuses, Uses: e.Uses}, Postings: e.Postings,
	}
	if e.Activity != nil {
		posted.On = e.Activity.On
	}
	return posted
}

func momentOf(e *ledger.Entry, zone *time.Location) Moment {
	return Moment{At: e.At, Zone: zone, Store: e.Store}
}
