package hq_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till that hands its rights back anew, having sold meanwhile, is waited for up to there,
// also where headquarters was about to take it from its list.
func TestHeardWhileItHandsBackAnew(t *testing.T) {
	ctx := context.Background()
	w, a, b, subject := newcomer(t)
	w.restore(w.backup())
	b.comeAgain()
	a.mustHello(wire.InStep)
	if _, err := a.list(wire.Listing{Last: true}); err != nil {
		t.Fatal(err)
	}
	a.handBack()
	n, err := w.hq.Hear(ctx, func() {
		a.sell(subject, "s1")
		a.handBack()
	})
	if err != nil || n != 0 {
		t.Errorf("heard %d, %v", n, err)
	}
	recovery, err := w.hq.Recovery(ctx)
	if err != nil || len(recovery.Awaited) != 1 || recovery.WaitsUntil == 0 {
		t.Errorf("what it sold has not come in: %+v, %v", recovery, err)
	}
	a.sync()
	if recovery, err = w.hq.Recovery(ctx); err != nil || len(recovery.Awaited) != 0 || recovery.WaitsUntil != 0 {
		t.Errorf("afterwards %+v, %v", recovery, err)
	}
}
