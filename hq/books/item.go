package books

import (
	"errors"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Item is an entry on its way from the intake to a ledger.
type Item struct {
	Place    ledger.Place
	Orig     *ledger.Place // where it was first written, if not here
	Body     []byte
	Hash     ledger.Hash
	Held     bool
	Received ledger.Millis
	Enrolled ledger.Millis // when its terminal was
	Zone     *time.Location
	Program  *loyalty.Program // the one its entry names; an empty one where that is not known here

	Entry *ledger.Entry
	Who   *Identity // whom its attachment names
	Named *Identity // whom it names of a sale that stands by itself until she confirms it
	// Erased is the member whom its attachment named, who was erased before its till
	// could know; empty as a rule.
	Erased Holder
	Ruling
	Sold *Sold // whose return it is
	*Splitting

	Passed string        // why it was passed over, if it was
	Parked bool          // for its sale
	Counts bool          // it stands in a ledger by its place here, and counts in its till's day
	Events []event.Event // what to tell once it is committed
}

// Ruling is what the claims of uniqueness say of an entry. It is the same
// however often it is asked: the first to arrive wins for ever.
type Ruling struct {
	Holder    Holder
	Member    Holder            // of an enroll or profile: whose person it is
	Duplicate ledger.Verdict    // DuplicateSale or DuplicateName for a loser
	Forward   Holder            // the account that is another's by this: it lost its number, or joined
	Fresh     bool              // nobody claimed the entry before, so no ledger has it
	Known     bool              // holder was listed, and the enroll says who she is
	Sale      ledger.EntryID    // of a return
	SoldTo    Holder            // of a return: whose ledger has its sale
	Early     bool              // a return whose sale is not there yet
	Uses      []ledger.LimitUse // that a claim draws
	Of        *loyalty.Program  // of a claim: its sale's
}

// Identity is whom an attachment names, and under which hash the chain finds
// her.
type Identity struct {
	Person ledger.Person
	Hash   ledger.KeyedHash
	Card   ledger.KeyedHash // zero where it names none
}

// PassOver says why an entry cannot be projected now. It is kept with the
// entry's place and tried again at the next start.
type PassOver struct{ Reason string }

func (p *PassOver) Error() string { return p.Reason }

// ErrParked says that a return waits for its sale.
var ErrParked = errors.New("its sale is not here yet")

// oldest bounds how long before its terminal was enrolled an entry may claim
// to have been written.
const oldest = 366 * 24 * 60 * 60 * 1000 // ms

// Written is the place the entry was first written at.
func (it *Item) Written() ledger.Place {
	if it.Orig != nil {
		return *it.Orig
	}
	return it.Place
}

// Effective is the entry's time within what is believable: not after it came,
// nor long before its terminal did.
func (it *Item) Effective() ledger.Millis {
	return min(it.Received, max(it.Entry.At, it.Enrolled-oldest))
}

// OnlyEarns reports whether it is a sale or an activity that takes nothing from lots that
// stand, nor may lead to a correction that does: most do, and an account that is years
// old has hundreds of lots.
func (it *Item) OnlyEarns() bool {
	e := it.Entry
	takes := func(p ledger.Posting) bool { return p.From != ledger.Issued }
	return (e.Kind == ledger.Sold || e.Kind == ledger.Done) && len(e.Uses) == 0 && !slices.ContainsFunc(e.Postings, takes)
}

// Takes are the rights that the entry takes from: spends, splits, or gives back.
func (it *Item) Takes() (rights []ledger.RightID) {
	if end := it.Entry.End; end != nil {
		rights = append(rights, end.Right)
	}
	for _, p := range it.Entry.Postings {
		if id, takes := p.From.Right(); takes {
			rights = append(rights, id)
		}
	}
	return rights
}

// Moment is when and where the entry took effect.
func (it *Item) Moment() loyalty.Moment {
	return loyalty.Moment{At: it.Effective(), Zone: it.Zone, Store: it.Entry.Store}
}

// posted is the entry as its account posts it.
func (it *Item) posted() loyalty.Posted {
	e := it.Entry
	on := "sale"
	if e.Activity != nil {
		on = e.Activity.On
	}
	// What its till promised is given here.
	postings := slices.Concat(e.Postings, it.Program.Fulfil(e.Pledges, it.Moment()))
	if postings == nil {
		postings = []ledger.Posting{}
	}
	return loyalty.Posted{
		Entry: e.ID, Kind: e.Kind, Moment: it.Moment(), On: on, Referrer: e.Referral != nil, Postings: postings,
		Outcome: loyalty.Outcome{Statuses: e.Statuses, Uses: e.Uses},
	}
}

// Tell notes what a person should hear of.
func (it *Item) Tell(d *Decision) {
	switch d.Verdict {
	case ledger.DuplicateSale:
		it.Events = append(it.Events, event.Event{What: event.DuplicateSale})
	case ledger.DuplicateName:
		what := event.DuplicateName
		if d.Kind == ledger.Profile {
			what = event.DuplicateCard
		}
		it.Events = append(it.Events, event.Event{What: what})
	case ledger.ExcessReturn:
		it.Events = append(it.Events, event.Event{What: event.Excess})
	case ledger.Erased:
		it.Events = append(it.Events, event.Event{What: event.Erased})
	case ledger.Held:
		it.Events = append(it.Events, event.Event{What: event.Held})
	case ledger.DuplicateClaim, ledger.NotNamed, ledger.TooWeak, ledger.TooLate, ledger.NotClaimable, ledger.LimitReached:
		it.Events = append(it.Events, event.Event{What: event.NotClaimed, Reason: string(d.Verdict)})
	}
	if lost := d.lost(); lost > 0 {
		it.Events = append(it.Events, event.Event{What: event.Loss, Amount: lost, Worth: d.LostWorth})
	}
}

// By is who did it, and who let it be.
func (it *Item) By() string {
	text := " by operator " + it.Entry.Operator
	if it.Entry.Approver != "" {
		text += ", approved by " + it.Entry.Approver
	}
	return text
}
