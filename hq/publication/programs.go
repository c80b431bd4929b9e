// Package publication knows what was published: the versions of a chain's programs,
// which of them is in force on a day and which an entry is posted under, and whether
// another may follow them.
package publication

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
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

	Signed ledger.SignedProgram
}

// Programs are all versions that were published, the chain's programs among
// them, and which of these each store has. A value is never changed.
type Programs struct {
	known map[ledger.ProgramRef]*loyalty.Program
	Chain []*Program // in the order in which they came; none where nothing was published yet
	stops []ledger.Stop
	Of    map[ledger.StoreID]string // each store's program
}

// Program is one of the chain's.
type Program struct {
	ID       string
	Versions []*loyalty.Program // at least one
	// Zones are those of the stores that have it, in order of their ids, or of the
	// chain's where none has: at least one. The days of the first are the program's
	// own.
	Zones []*time.Location
}

// On is the version in force on a day.
func (p *Program) On(day ledger.Date) *loyalty.Program { return loyalty.InForce(p.Versions, day) }

// At is the version in force at an instant, by the program's own days.
func (p *Program) At(now ledger.Millis) *loyalty.Program { return p.On(p.Day(now)) }

// Day is the program's own at an instant.
func (p *Program) Day(now ledger.Millis) ledger.Date { return ledger.DateAt(now, p.Zones[0]) }

// Version is nil where it is not known here.
func (p *Program) Version(number int) *loyalty.Program {
	for _, v := range p.Versions {
		if v.Ref().Version == number {
			return v
		}
	}
	return nil
}

// Find is the chain's program of that id, nil where there is none.
func (p *Programs) Find(id string) *Program {
	for _, one := range p.Chain {
		if one.ID == id {
			return one
		}
	}
	return nil
}

// Serves reports whether a store has a program; as long as nothing was
// published, each has any.
func (p *Programs) Serves(store ledger.StoreID, id string) bool {
	return len(p.Chain) == 0 || p.Of[store] == id
}

// Named is the version that an entry of a store names. Of a program of the
// chain, where it names a version that is not known here, it is the one in force
// when the entry took effect, and where it names none, that of the store's; of
// another nothing is remembered, and its units fall due by their own terms alone.
func (p *Programs) Named(ref *ledger.ProgramRef, store ledger.StoreID, at ledger.Millis, zone *time.Location) *loyalty.Program {
	id := p.Of[store]
	if ref != nil {
		if known := p.known[*ref]; known != nil {
			return known
		}
		id = ref.ID
	}
	if one := p.Find(id); one != nil {
		return one.On(ledger.DateAt(at, zone))
	}
	return new(loyalty.Program)
}

// Under is the version that an item is posted under. That of an enroll whose till
// had not heard of its program yet is its store's.
func (p *Programs) Under(it *books.Item) *loyalty.Program {
	named := p.Named(it.Entry.Program, it.Entry.Store, it.Effective(), it.Zone)
	if it.Entry.Kind == ledger.Enroll && named.Ref().ID == "" {
		return p.Named(nil, it.Entry.Store, it.Effective(), it.Zone)
	}
	return named
}

// ErrNone says that there is no program.
var ErrNone = errors.New("no program is published yet")

// String names the version as the feed does.
func (p Published) String() string { return fmt.Sprintf("%s/%d", p.ID, p.Version) }

// IDs names the chain's programs.
func (p *Programs) IDs() (ids []string) {
	for _, one := range p.Chain {
		ids = append(ids, one.ID)
	}
	return ids
}

// Currency is the one that all versions count in.
func (p *Program) Currency() ledger.Currency { return p.Versions[0].Currency() }

// WithRule finds the program whose rule is meant.
func (p *Programs) WithRule(id, rule string) (*Program, error) {
	if id == "" && len(p.Chain) == 1 {
		id = p.Chain[0].ID
	}
	var with []*Program
	near := ""
	for _, one := range p.Chain {
		if (id == "" || one.ID == id) && slices.ContainsFunc(one.Versions, func(v *loyalty.Program) bool { return v.HasRule(rule) }) {
			with = append(with, one)
		}
		if id == "" || one.ID == id {
			near = cmp.Or(near, one.Versions[len(one.Versions)-1].NearRule(rule))
		}
	}
	switch {
	case len(with) == 1:
		return with[0], nil
	case len(with) > 1:
		return nil, Refused("more than one program has a rule %q: say of which it is", rule)
	case id == "":
		return nil, Refused("no program has a rule %q; the chain has %s%s", rule, Quoted(p.IDs()), near)
	case !slices.Contains(p.IDs(), id):
		return nil, Refused("there is no program %q; the chain has %s", id, Quoted(p.IDs()))
	}
	return nil, Refused("program %q has no rule %q%s", id, rule, near)
}

// Highest is the number of the last version.
func (p *Program) Highest() (number int) {
	for _, v := range p.Versions {
		number = max(number, v.Ref().Version)
	}
	return number
}

// Everywhere is the version in force in the store whose day begins last.
func (p *Program) Everywhere(now ledger.Millis) *loyalty.Program {
	day := ledger.DateAt(now, p.Zones[0])
	for _, zone := range p.Zones[1:] {
		day = min(day, ledger.DateAt(now, zone))
	}
	return p.On(day)
}

// latest is the latest of the stores' days.
func (p *Program) latest(now time.Time) ledger.Date {
	var today ledger.Date
	for _, zone := range p.Zones {
		today = max(today, ledger.DateAt(ledger.MillisOf(now), zone))
	}
	return today
}

// Quoted names programs.
func Quoted(ids []string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprintf("%q", id)
	}
	return strings.Join(words, ", ")
}
