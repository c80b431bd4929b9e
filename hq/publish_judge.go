package hq

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// chainPrograms is what a new version has to follow.
type chainPrograms struct {
	*programs
	ids       []string // of the chain's programs, also those that cannot be read
	published []Published
	// fresh says that nothing was ever posted: nobody was promised anything yet.
	fresh  bool
	stores []storeRow
}

func (h *Headquarters) readChainPrograms(tx *database.Tx) (c chainPrograms, err error) {
	c.programs = h.programs.Load()
	if c.published, err = readPublished(tx); err != nil {
		return c, err
	}
	if c.ids, err = readProgramIDs(tx); err != nil {
		return c, err
	}
	if c.stores, err = readStores(tx, h.keys); err != nil {
		return c, err
	}
	var used bool
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM intake) OR EXISTS (SELECT 1 FROM ledger)`).Scan(&used)
	if err != nil {
		return c, fmt.Errorf("read whether anything was posted: %w", err)
	}
	c.fresh = !used || len(c.published) == 0
	return c, nil
}

// has reports whether the same bytes were published, and runs whether they are of
// a program of the chain's.
func (c chainPrograms) has(ref ledger.ProgramRef) bool {
	return slices.ContainsFunc(c.published, func(p Published) bool { return p.ProgramRef == ref })
}

func (c chainPrograms) runs(ref ledger.ProgramRef) bool {
	return c.has(ref) && slices.Contains(c.ids, ref.ID)
}

// replaced is the program whose place another takes, as long as nobody was
// promised anything; empty where that is none.
func (c chainPrograms) replaced(id string) string {
	if !c.fresh || len(c.ids) != 1 || c.ids[0] == id {
		return ""
	}
	return c.ids[0]
}

// begins says whether a program is the chain's first, or takes the place of the
// one that was: its stores are given it.
func (c chainPrograms) begins(id string, further bool) (was string, yes bool) {
	if was = c.replaced(id); was != "" {
		return was, !further
	}
	return "", len(c.ids) == 0
}

// before is the version that members have when another takes effect; nil where
// there is none.
func (c chainPrograms) before(p *loyalty.Program) *loyalty.Program {
	if of := c.find(p.Ref().ID); of != nil {
		return of.on(p.Effective())
	}
	return nil
}

// judge says why a program cannot be published now.
func (c chainPrograms) judge(p *loyalty.Program, further bool, now time.Time) error {
	if err := c.follows(p.Ref(), further); err != nil {
		return err
	}
	if err := c.counts(p, further); err != nil || c.fresh {
		return err
	}
	return c.inTime(p, now)
}

// follows judges name and number.
func (c chainPrograms) follows(ref ledger.ProgramRef, further bool) error {
	known := slices.Contains(c.ids, ref.ID)
	_, begins := c.begins(ref.ID, further)
	switch {
	case known && further:
		return refused("program %q is the chain's already: publish its next version as one of it, not as a further program", ref.ID)
	case !known && !further && !begins:
		return refused("it is program %q, and the chain's is %s: the next version of a program keeps its name, and a further program is to be published as one",
			ref.ID, quoted(c.ids))
	}
	for _, other := range c.published {
		switch {
		case other.ID != ref.ID || other.Hash == ref.Hash:
		case other.Version == ref.Version:
			return refused("version %d was published with other text: a version never changes, give this one the number %d", ref.Version, c.highest(ref.ID)+1)
		case other.Version > ref.Version:
			return refused("version %d is not above %d, which is published: give it the number %[3]d", ref.Version, other.Version, c.highest(ref.ID)+1)
		}
	}
	return nil
}

// quoted names programs.
func quoted(ids []string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = fmt.Sprintf("%q", id)
	}
	return strings.Join(words, ", ")
}

func (c chainPrograms) highest(id string) (version int) {
	for _, p := range c.published {
		if p.ID == id {
			version = max(version, p.Version)
		}
	}
	return version
}

// counts judges the currency: a program keeps its own, and the stores that have
// it, or will, are in it.
func (c chainPrograms) counts(p *loyalty.Program, further bool) error {
	was, begins := c.begins(p.Ref().ID, further)
	for _, s := range c.stores {
		has := s.program == p.Ref().ID || begins && s.program == was
		if has && s.Currency != p.Currency() {
			return refused("it counts in %s, and the stores in %s", p.Currency(), s.Currency)
		}
	}
	if of := c.find(p.Ref().ID); of != nil && of.versions[0].Currency() != p.Currency() {
		return refused("it counts in %s, and version %d in %s", p.Currency(), of.versions[0].Ref().Version, of.versions[0].Currency())
	}
	return nil
}

// inTime judges the notice as it can still be given: from today, in every store
// that has the program. Of a program's first version nobody was promised anything
// else.
func (c chainPrograms) inTime(p *loyalty.Program, now time.Time) error {
	old := c.before(p)
	if old == nil {
		return nil
	}
	today := c.find(p.Ref().ID).latest(now)
	if p.Announced() < today {
		return refused("it says it was announced on %s, and today is %s: members hear of it from today on, so announce it today or later",
			loyalty.DateWords(p.Announced()), loyalty.DateWords(today))
	}
	d, err := loyalty.Diff(old, p)
	if err != nil {
		return &NotPublishable{err.Error()}
	}
	members := slices.ContainsFunc(d.Changes, func(c loyalty.Change) bool { return c.Audience == loyalty.ForMembers })
	if members && !d.Kept {
		return refused("version %d promises members to tell them %s before, so by %s, and this one is announced on %s: announce it earlier, or begin later",
			old.Ref().Version, d.Notice, loyalty.DateWords(d.TellBy), loyalty.DateWords(p.Announced()))
	}
	return nil
}

// latest is the latest of the stores' days.
func (p *program) latest(now time.Time) ledger.Date {
	var today ledger.Date
	for _, zone := range p.zones {
		today = max(today, ledger.DateAt(ledger.MillisOf(now), zone))
	}
	return today
}
