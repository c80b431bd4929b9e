package hq_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Of batches that come at once each is judged by itself: one that leaves a gap is
// refused, a copy's is a fork, and neither costs the others theirs.
func TestAtOnce(t *testing.T) {
	w := newWorld(t)
	var tills []*till
	for i := range 12 {
		at := w.newTill(fmt.Sprintf("lane %d", i))
		at.addMember(phoneNumber(i), "")
		tills = append(tills, at)
	}
	gap, original := tills[0], tills[1]
	gap.addMember(phoneNumber(20), "")
	original.push()
	copied := original.clone()
	copied.openEpoch(1, ledger.Hash{})
	copied.addMember(phoneNumber(21), "")
	tills[1] = copied

	answers := make([]error, len(tills))
	var g errgroup.Group
	for i, at := range tills {
		message := at.batch(len(at.lines)-1, len(at.lines))
		g.Go(func() error {
			_, answers[i] = at.send(message)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if code(answers[0]) != wire.CodeGap || code(answers[1]) != wire.CodeFork {
		t.Errorf("a gap: %v; a copy: %v", answers[0], answers[1])
	}
	if err := errors.Join(answers[2:]...); err != nil {
		t.Error(err)
	}
	w.work()
	if s := w.status(); s.Accounts != len(tills)-1 {
		t.Errorf("%d accounts, want all but the gap's, %d", s.Accounts, len(tills)-1)
	}
	w.clean()
}

// Many tills that wait for the feed all hear of what is new.
func TestManyWait(t *testing.T) {
	w := newWorld(t)
	const listeners = 60
	var tills []*till
	for i := range listeners {
		tills = append(tills, w.newTill(fmt.Sprintf("lane %d", i)))
	}
	w.work()
	for _, at := range tills {
		at.pull()
	}
	var g errgroup.Group
	pages := make([]wire.Page, listeners)
	for i, at := range tills {
		g.Go(func() (err error) {
			pages[i], err = at.feed(wire.MaxWait)
			return err
		})
	}
	id := tills[0].addMember(ayse, "")
	message := tills[0].batch(0, 1)
	g.Go(func() error {
		if _, err := tills[0].send(message); err != nil {
			return err
		}
		return w.hq.Work(t.Context())
	})
	began := time.Now()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for i, p := range pages {
		if len(p.Changes) != 1 || p.Changes[0].Key != id.String() || p.Next != pages[0].Next {
			t.Errorf("till %d heard %+v after %s", i, p, time.Since(began))
		}
	}
}
