package hq_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// A till's batch does not wait for a long step of the worker to its end: who waits
// for the one writer has it in between, and what was done before is kept.
func TestWorkerGivesWay(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	over := errors.New("the other had its turn")
	var other atomic.Bool
	waited := make(chan error, 1)
	steps := 0
	err := w.hq.OneByOne(ctx, 1<<40, func() error {
		if steps++; steps == 1 {
			go func() {
				waited <- w.hq.Write(ctx)
				other.Store(true)
			}()
		}
		if other.Load() {
			return over
		}
		return ctx.Err()
	})
	if !errors.Is(err, over) {
		t.Errorf("after %d steps: %v", steps, err)
	}
	if err := <-waited; err != nil {
		t.Error("the other: ", err)
	}
}

// What is kept when a step turns out to be stuck is not done again to find which that
// is: a person would be told of it again.
func TestDoneOnceBesideOneThatIsStuck(t *testing.T) {
	w := newWorld(t)
	hq.Apart(w.hq) // each step is a commit
	kept := make([]int, 6)
	done, stuck, err := w.hq.EachForItself(t.Context(), len(kept), func(tx *database.Tx, i int) error {
		if i == 3 {
			return errors.New("stuck")
		}
		tx.AfterCommit(func() { kept[i]++ })
		return nil
	})
	if err != nil || done != 5 || !slices.Equal(stuck, []int{3}) || !slices.Equal(kept, []int{1, 1, 1, 0, 1, 1}) {
		t.Errorf("%d done, %v stuck, kept %v times: %v", done, stuck, kept, err)
	}
}
