package hq_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
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

// What a right is made again of comes with its time, in an account behind more of those
// that nobody can look at than are looked at together: the right waits for it.
func TestHandedBackBehindManyBadAccounts(t *testing.T) {
	w := newWorldOf(t, shippedProgram(t, "cash-back.yaml"))
	a := w.newTill("lane 1")
	s := newShopper(t, w, a, ayse)
	s.buys([]ledger.Line{{Net: 45000, Gross: 45000, Quantity: 1}}, "key_card")
	a.sync()
	w.days(29)
	backup := w.backup()
	w.days(1)
	a.pull() // nothing was placed at it while it was silent
	a.sync()
	right := a.theRight()
	grant := w.theGrant()

	w.restore(backup)
	w.sql(badIDs + badAccounts)
	w.sql(badIDs + `INSERT INTO due (account, at_ms) SELECT id, 1 FROM bad`)
	known := a.mustHello(wire.InStep).Known
	if _, err := a.list(wire.Listing{Last: true}); err != nil {
		t.Fatal(err)
	}
	a.handBack(ledger.KeptRight{Grant: grant, Kept: right.Amount})
	a.acked = int(known.Seq)
	a.sync()
	for range 3 {
		w.work()
	}
	if w.told(event.Shortfall) > 0 {
		t.Error("the right was made short")
	}
	if again := w.rowsOf(`SELECT right_id FROM account_right WHERE state = 'open' AND right_id = '` + right.ID.String() + `'`); len(again) != 1 {
		t.Error("the right is not made again")
	}
}
