package hq

import (
	"context"

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

// oneByOne runs a step for each of some in inTransactions.
func oneByOne[T any](ctx context.Context, h *Headquarters, all []T, step func(*database.Tx, T) error) error {
	return inTransactions(ctx, h, all, func(tx *database.Tx, some []T) error {
		var err error
		for i := 0; i < len(some) && err == nil; i++ {
			err = step(tx, some[i])
		}
		return err
	})
}

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
