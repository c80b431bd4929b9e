package hq

import (
	"context"
	"math"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// programOf is the version that an entry of a store names, as far as is known now.
func (r *reading) programOf(ref *ledger.ProgramRef, store ledger.StoreID, at ledger.Millis, zone *time.Location) *loyalty.Program {
	return r.programs.Load().Named(ref, store, at, zone)
}

// InForce returns the version of a program that is in force now, by the day of
// its first store, and the one that comes next; nil where there is none.
func (h *Headquarters) InForce(id string) (current, next *loyalty.Program) {
	p := h.programs.Load().Find(id)
	if p == nil {
		return nil, nil
	}
	day := p.Day(h.time())
	return p.On(day), loyalty.Coming(p.Versions, day)
}

// readPrograms reads what was published. A version that this release cannot
// read decides nothing; somebody has to hear of it.
func (h *Headquarters) readPrograms(ctx context.Context) error {
	var c publication.Catalog
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		c, err = publication.ReadCatalog(tx)
		return err
	})
	if err != nil {
		return err
	}
	for _, unreadable := range c.Load() {
		h.notify(event.Event{What: event.Unreadable, Reason: unreadable.Error()})
	}
	h.programs.Store(c.UpTo(math.MaxInt64))
	return nil
}

// Programs returns what was published, in that order, and what was stopped of
// it.
func (r *reading) Programs(ctx context.Context) (published []publication.Published, stops []ledger.Stop, err error) {
	err = r.view(ctx, func(tx *database.Tx) error {
		if published, err = publication.Read(tx); err != nil {
			return err
		}
		stops, err = publication.ReadStops(tx)
		return err
	})
	return published, stops, err
}

// known is what entries are read by now.
func (r *reading) known() records.Known {
	return records.Known{Keys: r.keys, Programs: r.programs.Load()}
}
