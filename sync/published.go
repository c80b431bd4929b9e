package sync

import (
	"slices"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// genuine empties rows that say to be headquarters' and are not signed by it,
// and reports whether anything else is there that was published or stopped. An
// empty row holds up nothing: it was heard, and the version that stands goes on.
func (x *Exchange) genuine(changes []ledger.Change) (good []ledger.Change, published bool) {
	good = slices.Clone(changes)
	for i := range good {
		c := &good[i]
		switch {
		case c.Program == nil && c.Stop == nil:
		case c.Program != nil && !c.Program.SignedBy(x.identity.Headquarters), c.Stop != nil && !c.Stop.SignedBy(x.identity.Headquarters):
			c.Program, c.Stop = nil, nil
			if x.Forged != nil {
				x.Forged(c.Key)
			}
		default:
			published = true
		}
	}
	return good, published
}
