package hq

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// listenFor is for how long headquarters that stood still for longer takes nothing back:
// its tills could not tell it meanwhile what they spent, are all back within minutes
// (sync.Loop), and say it then.
const listenFor = 15 * time.Minute

// Reclaim asks for rights past their last instant of spending, and takes back
// those that nobody answered for within the grace: by an entry, into their
// lots. It returns how many it took back; none while the clock stands
// unconfirmed (ConfirmClock), or headquarters has just come back (listenFor).
func (h *Headquarters) Reclaim(ctx context.Context) (int, error) {
	ctx, end, err := h.turn(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	return h.reclaim(ctx)
}

func (h *Headquarters) reclaim(ctx context.Context) (int, error) {
	now := ledger.MillisOf(h.now())
	sound, err := h.markClock(ctx, now)
	if err != nil || !sound {
		return 0, err
	}
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err // what a right was spent of may still come
	}
	var past, due []authority.AccountRight
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		past, err = nextOf(h, toRecall, func(behind int) ([]authority.AccountRight, error) {
			return authority.ReadPast(tx, now, chunk, behind)
		})
		if err != nil {
			return err
		}
		if now >= h.listens || h.listens > now.Add(listenFor) { // the clock was wrong when it came back
			due, err = nextOf(h, toReclaim, func(behind int) ([]authority.AccountRight, error) {
				return authority.ReadDue(tx, now, chunk, behind)
			})
		}
		return err
	})
	if err != nil || len(past)+len(due) == 0 {
		return 0, err
	}
	stuck := func(r authority.AccountRight, err error) { h.leftUndone("reclaim "+r.String(), r.Holder, err) }
	recall := func(tx *database.Tx, r authority.AccountRight) error { return r.Recall(tx) }
	done, err := eachForItself(ctx, h, past, recall, stuck)
	if err != nil {
		return 0, fmt.Errorf("recall rights: %w", err)
	}
	h.looked(toRecall, len(past), done)
	done, err = eachForItself(ctx, h, due, func(tx *database.Tx, r authority.AccountRight) error {
		unproven, err := r.Reclaim(tx, h.keys, now)
		if err == nil && unproven != nil {
			tx.AfterCommit(func() { h.notify(*unproven) })
		}
		return err
	}, stuck)
	if err != nil {
		return done, fmt.Errorf("reclaim rights: %w", err)
	}
	h.looked(toReclaim, len(due), done)
	return done, nil
}
