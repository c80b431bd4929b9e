package hq

import (
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Published is a version of a program as it was published.
type Published struct {
	ledger.ProgramRef
	Announced   ledger.Date
	Effective   ledger.Date
	PublishedAt ledger.Millis

	signed ledger.SignedProgram
}

// programs are all versions that were published, the chain's programs among
// them, and which of these each store has. A value is never changed.
type programs struct {
	known map[ledger.ProgramRef]*loyalty.Program
	chain []*program // in the order in which they came; none where nothing was published yet
	stops []ledger.Stop
	of    map[ledger.StoreID]string // each store's program
}

// program is one of the chain's.
type program struct {
	id       string
	versions []*loyalty.Program // at least one
	// zones are those of the stores that have it, in order of their ids, or of the
	// chain's where none has: at least one. The days of the first are the program's
	// own.
	zones []*time.Location
}

// on is the version in force on a day.
func (p *program) on(day ledger.Date) *loyalty.Program { return loyalty.InForce(p.versions, day) }

// at is the version in force at an instant, by the program's own days.
func (p *program) at(now ledger.Millis) *loyalty.Program { return p.on(p.day(now)) }

func (p *program) day(now ledger.Millis) ledger.Date { return ledger.DateAt(now, p.zones[0]) }

// version is nil where it is not known here.
func (p *program) version(number int) *loyalty.Program {
	for _, v := range p.versions {
		if v.Ref().Version == number {
			return v
		}
	}
	return nil
}

// find is the chain's program of that id, nil where there is none.
func (p *programs) find(id string) *program {
	for _, one := range p.chain {
		if one.id == id {
			return one
		}
	}
	return nil
}

// serves reports whether a store has a program; as long as nothing was
// published, each has any.
func (p *programs) serves(store ledger.StoreID, id string) bool {
	return len(p.chain) == 0 || p.of[store] == id
}

// named is the version that an entry of a store names. Of a program of the
// chain, where it names a version that is not known here, it is the one in force
// when the entry took effect, and where it names none, that of the store's; of
// another nothing is remembered, and its units fall due by their own terms alone.
func (p *programs) named(ref *ledger.ProgramRef, store ledger.StoreID, at ledger.Millis, zone *time.Location) *loyalty.Program {
	id := p.of[store]
	if ref != nil {
		if known := p.known[*ref]; known != nil {
			return known
		}
		id = ref.ID
	}
	if one := p.find(id); one != nil {
		return one.on(ledger.DateAt(at, zone))
	}
	return new(loyalty.Program)
}

// under is the version that an item is posted under. That of an enroll whose till
// had not heard of its program yet is its store's.
func (p *programs) under(it *books.Item) *loyalty.Program {
	named := p.named(it.Entry.Program, it.Entry.Store, it.Effective(), it.Zone)
	if it.Entry.Kind == ledger.Enroll && named.Ref().ID == "" {
		return p.named(nil, it.Entry.Store, it.Effective(), it.Zone)
	}
	return named
}

// programOf is the version that an entry of a store names, as far as is known now.
func (r *reading) programOf(ref *ledger.ProgramRef, store ledger.StoreID, at ledger.Millis, zone *time.Location) *loyalty.Program {
	return r.programs.Load().named(ref, store, at, zone)
}

// InForce returns the version of a program that is in force now, by the day of
// its first store, and the one that comes next; nil where there is none.
func (h *Headquarters) InForce(id string) (current, next *loyalty.Program) {
	p := h.programs.Load().find(id)
	if p == nil {
		return nil, nil
	}
	day := p.day(h.time())
	return p.on(day), loyalty.Coming(p.versions, day)
}

// policy is what the version of a program that is in force says of rights.
func (h *Headquarters) policy(id string) Policy {
	all := h.programs.Load()
	if len(all.chain) == 0 {
		return h.given
	}
	if p := all.find(id); p != nil {
		return PolicyOf(p.at(h.time()))
	}
	return Policy{}
}

// String names the version as the feed does.
func (p Published) String() string { return fmt.Sprintf("%s/%d", p.ID, p.Version) }
