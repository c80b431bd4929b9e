package hq_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
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

// Batches that share a commit are each answered as if alone: those that go on, one that
// brings an attachment, one that leaves a gap, a copy's, and one that comes twice.
func TestShareCommit(t *testing.T) {
	w := newWorld(t)
	var tills []*till
	for i := range 10 {
		tills = append(tills, w.newTill(fmt.Sprintf("lane %d", i)))
	}
	ayses := ledger.SubjectOf(tills[0].addMember(ayse, ""))
	for _, at := range tills {
		at.earn(ayses, 10)
		at.push()
		at.earn(ayses, 1)
	}
	gap, copied, enrolls, twice := tills[1], tills[2].clone(), tills[3], tills[4]
	gap.earn(ayses, 1)
	tills[2].push()
	copied.lines, copied.head = copied.lines[:1], ledger.Head{Epoch: copied.head.Epoch, Branch: copied.head.Branch, Seq: 1, Hash: copied.lines[0].link}
	copied.earn(ayses, 2)
	enrolls.addMember(phoneNumber(1), "")

	var messages [][]byte
	senders := append(append([]*till{}, tills...), twice)
	senders[2] = copied
	for _, at := range senders {
		from := len(at.lines) - 1
		if at == enrolls {
			from--
		}
		messages = append(messages, at.batch(from, len(at.lines)))
	}
	messages[10] = messages[4]
	acks, answers := make([]ledger.Ack, len(senders)), make([]error, len(senders))
	open := w.hq.HoldDoor()
	var g errgroup.Group
	for i, at := range senders {
		g.Go(func() error {
			acks[i], answers[i] = at.send(messages[i])
			return nil
		})
	}
	if w.shares() {
		testkit.Await(t, "all wait at the door", func() bool { return w.hq.AtDoor() == len(senders) })
	}
	open()
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if code(answers[1]) != wire.CodeGap || code(answers[2]) != wire.CodeFork {
		t.Errorf("a gap: %v; a copy: %v", answers[1], answers[2])
	}
	if acks[4].Token == "" || acks[4].Token != acks[10].Token || acks[4].UpTo != acks[10].UpTo {
		t.Errorf("one that came twice: %+v and %+v", acks[4], acks[10])
	}
	for i, at := range tills {
		if i == 1 || i == 2 {
			continue
		}
		if answers[i] != nil || acks[i].UpTo != at.place() || acks[i].Head != at.head.Hash {
			t.Errorf("till %d: %+v, %v", i, acks[i], answers[i])
			continue
		}
		at.acked, at.token = len(at.lines), acks[i].Token
		at.earn(ayses, 1)
		at.push()
	}
	w.work()
	if s := w.status(); s.Unprojected != 0 || s.Accounts != 2 {
		t.Errorf("%+v", s)
	}
	w.clean()
}

// Of those who are looked up while others are, one looks for all, and nobody is answered
// by what was seen before it asked.
func TestLookedUpTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks, gone := make(chan chan error), errors.New("the database is gone")
		find := hq.CallRoll(func(context.Context, func(*database.Tx) error) error {
			end := make(chan error)
			looks <- end
			return <-end
		})
		answers := make(chan error, 51)
		ask := func() { answers <- find(t.Context(), ledger.TerminalID{1}) }
		go ask()
		first := <-looks
		for range 50 {
			go ask()
		}
		synctest.Wait()
		first <- gone
		second := <-looks
		if err := <-answers; !errors.Is(err, gone) {
			t.Errorf("the first: %v", err)
		}
		second <- nil
		for range 50 {
			if err := <-answers; !errors.Is(err, records.ErrNotFound) {
				t.Errorf("one of the others: %v", err)
			}
		}
	})
}

// A page that whoever reads it comes to no end with is for nobody else an empty one of
// another incarnation: by that a till would drop its directory.
func TestPageNotRead(t *testing.T) {
	ask := hq.Shelve()
	func() {
		defer func() { recover() }()
		ask(func() error { panic("not read") })
	}()
	if err := ask(func() error { return nil }); err == nil {
		t.Error("it is told as if it were read")
	}
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
