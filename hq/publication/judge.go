package publication

import (
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Chain is what a new version has to follow.
type Chain struct {
	*Programs
	IDs       []string // of the chain's programs, also those that cannot be read
	Published []Published
	// Fresh says that nothing was ever posted: nobody was promised anything yet.
	Fresh  bool
	Stores []Seller
}

// Seller is a store: which program it has, and in which currency it sells.
type Seller struct {
	Program  string
	Currency ledger.Currency
}

// Has reports whether the same bytes were published.
func (c Chain) Has(ref ledger.ProgramRef) bool {
	return slices.ContainsFunc(c.Published, func(p Published) bool { return p.ProgramRef == ref })
}

// Runs reports whether they were, as a program of the chain's.
func (c Chain) Runs(ref ledger.ProgramRef) bool {
	return c.Has(ref) && slices.Contains(c.IDs, ref.ID)
}

// replaced is the program whose place another takes, as long as nobody was
// promised anything; empty where that is none.
func (c Chain) replaced(id string) string {
	if !c.Fresh || len(c.IDs) != 1 || c.IDs[0] == id {
		return ""
	}
	return c.IDs[0]
}

// Begins says whether a program is the chain's first, or takes the place of the
// one that was: its stores are given it.
func (c Chain) Begins(id string, further bool) (was string, yes bool) {
	if was = c.replaced(id); was != "" {
		return was, !further
	}
	return "", len(c.IDs) == 0
}

// Before is the version that members have when another takes effect; nil where
// there is none.
func (c Chain) Before(p *loyalty.Program) *loyalty.Program {
	if of := c.Find(p.Ref().ID); of != nil {
		return of.On(p.Effective())
	}
	return nil
}

// Judge says why a program cannot be published now.
func (c Chain) Judge(p *loyalty.Program, further bool, now time.Time) error {
	if err := c.follows(p.Ref(), further); err != nil {
		return err
	}
	if err := c.counts(p, further); err != nil || c.Fresh {
		return err
	}
	return c.inTime(p, now)
}

// follows judges name and number.
func (c Chain) follows(ref ledger.ProgramRef, further bool) error {
	known := slices.Contains(c.IDs, ref.ID)
	_, begins := c.Begins(ref.ID, further)
	switch {
	case known && further:
		return Refused("program %q is the chain's already: publish its next version as one of it, not as a further program", ref.ID)
	case !known && !further && !begins:
		return Refused("it is program %q, and the chain's is %s: the next version of a program keeps its name, and a further program is to be published as one",
			ref.ID, Quoted(c.IDs))
	}
	for _, other := range c.Published {
		switch {
		case other.ID != ref.ID || other.Hash == ref.Hash:
		case other.Version == ref.Version:
			return Refused("version %d was published with other text: a version never changes, give this one the number %d", ref.Version, c.highest(ref.ID)+1)
		case other.Version > ref.Version:
			return Refused("version %d is not above %d, which is published: give it the number %[3]d", ref.Version, other.Version, c.highest(ref.ID)+1)
		}
	}
	return nil
}

func (c Chain) highest(id string) (version int) {
	for _, p := range c.Published {
		if p.ID == id {
			version = max(version, p.Version)
		}
	}
	return version
}

// counts judges the currency: a program keeps its own, and the stores that have
// it, or will, are in it.
func (c Chain) counts(p *loyalty.Program, further bool) error {
	was, begins := c.Begins(p.Ref().ID, further)
	for _, s := range c.Stores {
		has := s.Program == p.Ref().ID || begins && s.Program == was
		if has && s.Currency != p.Currency() {
			return Refused("it counts in %s, and the stores in %s", p.Currency(), s.Currency)
		}
	}
	if of := c.Find(p.Ref().ID); of != nil && of.Versions[0].Currency() != p.Currency() {
		return Refused("it counts in %s, and version %d in %s", p.Currency(), of.Versions[0].Ref().Version, of.Versions[0].Currency())
	}
	return nil
}

// inTime judges the notice as it can still be given: from today, in every store
// that has the program. Of a program's first version nobody was promised anything
// else.
func (c Chain) inTime(p *loyalty.Program, now time.Time) error {
	old := c.Before(p)
	if old == nil {
		return nil
	}
	today := c.Find(p.Ref().ID).latest(now)
	if p.Announced() < today {
		return Refused("it says it was announced on %s, and today is %s: members hear of it from today on, so announce it today or later",
			loyalty.English.DateWords(p.Announced()), loyalty.English.DateWords(today))
	}
	d, err := loyalty.Diff(old, p)
	if err != nil {
		return &NotPublishable{err.Error()}
	}
	members := slices.ContainsFunc(d.Changes, func(c loyalty.Change) bool { return c.Audience == loyalty.ForMembers })
	if members && !d.Kept {
		return Refused("version %d promises members to tell them %s before, so by %s, and this one is announced on %s: announce it earlier, or begin later",
			old.Ref().Version, d.Notice, loyalty.English.DateWords(d.TellBy), loyalty.English.DateWords(p.Announced()))
	}
	return nil
}
