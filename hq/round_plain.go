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

// arePlain reports whether one database holds every key, and all that is to be done of
// items is to claim and to post them: most rounds are like that.
func (h *Headquarters) arePlain(items []*books.Item) bool {
	return !h.db.Apart() && !slices.ContainsFunc(items, func(it *books.Item) bool { return !isByItself(it) })
}

// postPlain takes items that are plain through claims, accounts and the projector's own
// places in one commit, where nothing waits for any of them. It reports whether it did;
// where not, nothing is written, and post takes them apart.
func (h *Headquarters) postPlain(ctx context.Context, items []*books.Item) (done bool, err error) {
	err = h.update(ctx, func(tx *database.Tx) error {
		forget(items)
		if err := claims.Together(tx, items); err != nil {
			return err
		}
		if err := noneAwaited(tx, items); err != nil {
			return err
		}
		if err := h.applyTogether(tx, items); err != nil {
			return err
		}
		return h.noteProjected(tx, items)
	})
	if database.EndsAll(err) {
		return false, fmt.Errorf("post: %w", err)
	}
	if err == nil {
		h.tellAll(items)
	}
	return err == nil, nil // post finds out what it was
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
