package hq_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
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
