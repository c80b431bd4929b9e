package hq

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// What there is to do stands in lists, of which the worker reads a chunk at a time from
// the beginning: what is done is gone from there. What cannot be done stays, and holds up
// nobody (eachForItself); but a chunk of it would stand before all that is behind it, for
// ever. So a look passes over what the looks before it had to leave, until one came to
// the end of the list; the next begins again, since it may be whole by then.

// list is one that is looked at so.
type list int

const (
	toRefer list = iota
	toLeave
	toDrop
	toRecall
	toReclaim
	toEnter
	toEnd
	toMature
	toFeed
	lists
)

// nextOf reads a list behind what stands there undone.
func nextOf[T any](h *Headquarters, of list, read func(behind int) ([]T, error)) (some []T, err error) {
	some, err = read(h.undone[of])
	if err == nil && len(some) == 0 {
		h.undone[of] = 0
	}
	return some, err
}

// looked notes how many of what was read of a list are gone from it.
func (h *Headquarters) looked(at list, read, done int) {
	if read < chunk {
		h.undone[at] = 0
		return
	}
	h.undone[at] += read - done
}

// toTheEnd has a step taken with all of a list, a chunk at a time, where what is done next
// must find nothing there but what is stuck.
func toTheEnd[T any](ctx context.Context, h *Headquarters, read func(tx *database.Tx, behind int) ([]T, error), step func([]T) (done int, err error)) (done int, err error) {
	for behind := 0; ; {
		var some []T
		err := h.view(ctx, func(tx *database.Tx) (err error) {
			some, err = read(tx, behind)
			return err
		})
		if err != nil || len(some) == 0 {
			return done, err
		}
		n, err := step(some)
		if done += n; err != nil || len(some) < chunk {
			return done, err
		}
		behind += len(some) - n
	}
}
