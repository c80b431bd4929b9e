package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// orphaned is how long room stays taken for a right that is not granted: a
// process may be between the two. One that stands there for longer, as one does that is
// stopped, or for whose clock it is longer, finds it gone and grants nothing (Plan.Grant).
const orphaned = 10 * time.Minute

// orphanEvery is how often such room is looked for, in so many rows of it: there is one for
// each right that is open, and as long as they are looked through the worker does nothing
// else.
const (
	orphanEvery  = time.Minute
	orphanAtOnce = 20_000
)

// orphans is room that no right needs, and since when it was seen. A pass looks through
// all room, a step of it at a time.
type orphans struct {
	before map[authority.Orphan]time.Time // by the pass before
	now    map[authority.Orphan]time.Time // by this one, as far as it came
	behind authority.Orphan
	at     time.Time // of its last step
}

// returnRoom gives back room that was taken for a right and not used: whoever asked for
// it left, or its process ended. A process that has the database to itself does so at its
// start, too.
func (h *Headquarters) returnRoom(ctx context.Context) (int, error) {
	o, now := &h.orphans, h.now()
	if age := now.Sub(o.at); age >= 0 && age < orphanEvery {
		return 0, nil
	}
	var found []authority.Orphan
	var last authority.Orphan
	var more bool
	err := h.view(ctx, func(tx *database.Tx) (err error) {
		found, last, more, err = authority.ReadOrphans(tx, o.behind, orphanAtOnce)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look for room: %w", err)
	}
	over := o.see(found, now)
	if o.behind, o.at = last, now; !more {
		*o = orphans{before: o.now, at: now}
	}
	return len(over), oneByOne(ctx, h, over, func(tx *database.Tx, one authority.Orphan) error { return one.GiveBack(tx) })
}

// see notes what a step found, and returns what was seen for long enough.
func (o *orphans) see(found []authority.Orphan, now time.Time) (over []authority.Orphan) {
	if o.now == nil {
		o.now = map[authority.Orphan]time.Time{}
	}
	for _, one := range found {
		since, seen := o.before[one]
		if !seen {
			since = now
		}
		o.now[one] = since
		if now.Sub(since) >= orphaned {
			over = append(over, one)
		}
	}
	return over
}
