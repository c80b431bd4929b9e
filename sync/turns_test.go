package sync_test

import (
	"context"
	"errors"
	"testing"

	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Two machines with one till's disk that are never connected at once, and each say
// hello before they send, are found out all the same; what both sold is kept.
func TestClonesInTurn(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	one := w.till()
	w.takeIn(one)
	w.sell(one, 60_000)
	w.drain(one)
	w.must(one.Store.Close())
	other := w.Copy(one)
	one = w.Reopen(one)
	sold := 2
	for range 3 {
		for _, sells := range []func() error{
			func() error { w.sell(one, 100); _, err := one.Exchange.Once(ctx); return err },
			func() error { _, err := other.Exchange.Once(ctx); w.sell(other, 100); return err },
		} {
			sold++
			err := sells()
			if err == nil {
				continue
			}
			if !errors.Is(err, hqsync.ErrFenced) {
				t.Fatal(err)
			}
			w.drain(one)
			w.drain(other)
			w.must(w.Work(ctx))
			status, err := w.Status(ctx)
			w.must(err)
			if kept := status.Entries; kept < sold || status.Unprojected != 0 {
				t.Errorf("of %d entries: %+v", sold, status)
			}
			w.whole(one, other)
			return
		}
	}
	t.Error("nobody is found out")
}
