package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// errAwaited says that something waits for a sale, and is to be posted after it.
var errAwaited = errors.New("something waits for an entry of several")

// postPlain takes items through claims, accounts and the projector's own places in
// one commit, where one database holds every key, all of them are plain and nothing
// waits for any of them: most rounds are like that. It reports whether it did; where
// not, nothing is written, and post takes them apart.
func (h *Headquarters) postPlain(ctx context.Context, items []*item) (done bool, err error) {
	if h.db.Apart() || slices.ContainsFunc(items, func(it *item) bool { return !it.byItself() }) {
		return false, nil
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		forget(items)
		if err := claimTogether(tx, items); err != nil {
			return err
		}
		if err := noneAwaited(tx, items); err != nil {
			return err
		}
		if err := h.applyTogether(tx, items); err != nil {
			return err
		}
		return tx.ExecMany(projectedPlaces, lastPlaces(items))
	})
	if endsAll(err) {
		return false, fmt.Errorf("post: %w", err)
	}
	if err == nil {
		h.tellAll(items)
	}
	return err == nil, nil // post finds out what it was
}

// byItself reports whether all that is to be done of an entry is to claim and to post
// it.
func (it *item) byItself() bool {
	return it.passed == "" && it.plain() && it.entry.Attachment.IsZero()
}

// noneAwaited fails with errAwaited where something waits for sales among items.
func noneAwaited(tx *database.Tx, items []*item) error {
	if any, err := isAnyParked(tx); err != nil || !any {
		return err
	}
	for _, it := range items {
		places, err := it.awaiting(tx)
		if err != nil {
			return err
		}
		if len(places) > 0 {
			return errAwaited
		}
	}
	return nil
}
