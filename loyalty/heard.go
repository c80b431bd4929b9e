package loyalty

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// Heard is what a till makes of what its headquarters published.
type Heard struct {
	// Versions are of one program: the one in force, the one before it, which
	// open sales may still be of, and all that are to come. None where nothing
	// was published that can be read.
	Versions []*Program
	// Published is all that was, also of programs that the store had before: what was
	// sold under it comes back under it.
	Published [][]byte
	// Unread says why newer ones cannot be read by this release.
	Unread []error
}

// Hear reads versions of programs, given in the order in which the store was told
// of them, and stops rules of them. The last one that can be read says which
// program the store has.
func Hear(published [][]byte, stops []ledger.Stop, today ledger.Date) (h Heard) {
	h.Published = published
	settled := 0 // versions that have taken effect
	for i, source := range slices.Backward(published) {
		p, err := LoadPublished(source, fmt.Sprintf("publication %d", i+1))
		switch {
		case err != nil:
			h.Unread = append(h.Unread, err)
			continue
		case len(h.Versions) > 0 && p.ref.ID != h.Versions[0].ref.ID:
			continue
		}
		h.Versions = append(h.Versions, p.Without(stoppedIn(p.ref, stops)...))
		if p.effective <= today {
			settled++
		}
		if settled == 2 {
			break // nothing is decided by those before
		}
	}
	return h
}

func stoppedIn(p ledger.ProgramRef, stops []ledger.Stop) (rules []string) {
	for _, s := range stops {
		if s.Program == p.ID && p.Version <= s.Version {
			rules = append(rules, s.Rule)
		}
	}
	return rules
}
