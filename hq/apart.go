package hq

import (
	"context"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// inTransactions runs what is to be done for each of some: for all of them in one
// transaction where one database holds every key, and in one for each where keys live
// apart. Whoever is stopped in between goes on with those that are left.
func inTransactions[T any](ctx context.Context, h *Headquarters, all []T, run func(*database.Tx, []T) error) error {
	if !h.db.Apart() {
		return h.update(ctx, func(tx *database.Tx) error { return run(tx, all) })
	}
	for i := range all {
		if err := h.update(ctx, func(tx *database.Tx) error { return run(tx, all[i:i+1]) }); err != nil {
			return err
		}
	}
	return nil
}

// longestHold is how long the worker has the one writer while others wait for it: a
// till's batch, or a cashier's question for rights.
const longestHold = 20 * time.Millisecond

// oneByOne runs a step for each of some: where one database holds every key as many
// in a transaction as there are until somebody waits for the writer, and where keys
// live apart one. Whoever is stopped in between goes on with those that are left.
func oneByOne[T any](ctx context.Context, h *Headquarters, all []T, step func(*database.Tx, T) error) error {
	_, err := asFar(ctx, h, all, step)
	return err
}

// asFar is oneByOne that says how many are done, also where one fails.
func asFar[T any](ctx context.Context, h *Headquarters, all []T, step func(*database.Tx, T) error) (done int, err error) {
	for done < len(all) {
		var upTo int
		err := h.update(ctx, func(tx *database.Tx) error {
			began := time.Now()
			for upTo = done; upTo < len(all); {
				if err := step(tx, all[upTo]); err != nil {
					return err
				}
				if upTo++; h.db.Apart() || h.isWaitedFor() && time.Since(began) > longestHold {
					return nil
				}
			}
			return nil
		})
		if err != nil {
			return done, err
		}
		done = upTo
	}
	return done, nil
}

// eachForItself is oneByOne where one that fails holds up no other: it is left as it is,
// to be tried again, and stuck is told why. What is done is not done again to find which
// it was: it was told of. It returns how many it could.
func eachForItself[T any](ctx context.Context, h *Headquarters, all []T, step func(*database.Tx, T) error, stuck func(T, error)) (done int, err error) {
	done, err = asFar(ctx, h, all, step)
	all = all[done:]
	switch {
	case err == nil || database.EndsAll(err):
		return done, err
	case len(all) == 1:
		stuck(all[0], err)
		return done, nil
	}
	for half := range slices.Chunk(all, (len(all)+1)/2) { // which of them it is
		n, err := eachForItself(ctx, h, half, step, stuck)
		if done += n; err != nil {
			return done, err
		}
	}
	return done, nil
}

// isWaitedFor reports whether others wait for the writer that whoever asks has.
// PostgreSQL has many.
func (h *Headquarters) isWaitedFor() bool { return !h.postgres && h.writing.Load() > 1 }

// eachMoved takes one step with each of some, as eachOf does, and returns those it
// could; of others stuck is told why.
func eachMoved[T comparable](ctx context.Context, h *Headquarters, all []T, step func(*database.Tx, T) error, stuck func(*database.Tx, T, string)) (done []T, err error) {
	err = inTransactions(ctx, h, all, func(tx *database.Tx, some []T) error {
		could, left, err := eachOf(tx, some, step)
		for one, reason := range left {
			stuck(tx, one, reason)
		}
		tx.AfterCommit(func() { done = append(done, could...) })
		return err
	})
	return done, err
}
