package hq

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/claims"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// errAwaited says that something waits for a sale, and is to be posted after it.
var errAwaited = errors.New("something waits for an entry of several")

// postPlain takes a round through claims, accounts and the projector's own places in
// one commit, where one database holds every key, all of its items are plain and
// nothing waits for any of them: most rounds are like that. It reports whether it did;
// where not, nothing is written, and post takes them apart.
func (h *Headquarters) postPlain(ctx context.Context, r *round) (done bool, err error) {
	if !h.isPlain(r.items) {
		return false, nil
	}
	err = h.update(ctx, func(tx *database.Tx) error {
		if err := claims.Together(tx, r.items); err != nil {
			return err
		}
		if err := noneAwaited(tx, r.items); err != nil {
			return err
		}
		if err := h.postRound(tx, r); err != nil {
			return err
		}
		return tx.ExecMany(projectedPlaces, lastPlaces(r.items))
	})
	if endsAll(err) {
		return false, fmt.Errorf("post: %w", err)
	}
	if err == nil {
		h.tellAll(r.items)
	}
	return err == nil, nil // post finds out what it was
}

// isPlain reports whether a round of items may be posted in one commit.
func (h *Headquarters) isPlain(items []*books.Item) bool {
	return !h.db.Apart() && !slices.ContainsFunc(items, func(it *books.Item) bool { return !isByItself(it) })
}

// isByItself reports whether all that is to be done of an entry is to claim and to post
// it.
func isByItself(it *books.Item) bool {
	return it.Passed == "" && isPlain(it) && it.Entry.Attachment.IsZero()
}

// noneAwaited fails with errAwaited where something waits for sales among items.
func noneAwaited(tx *database.Tx, items []*books.Item) error {
	if any, err := isAnyParked(tx); err != nil || !any {
		return err
	}
	for _, it := range items {
		places, err := awaiting(tx, it)
		if err != nil {
			return err
		}
		if len(places) > 0 {
			return errAwaited
		}
	}
	return nil
}
