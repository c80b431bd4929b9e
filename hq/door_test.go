package hq_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Another process that hangs with a terminal's row holds up that terminal and nobody
// else: whoever shares a transaction with it is acked soon, and from then on nobody has
// to wait with it.
func TestLockedRowHoldsUpItsOwn(t *testing.T) {
	w := newSharedWorld(t)
	tills, ayses := w.newTills(3)
	stuck := tills[2]
	unlock := w.lock(stuck.Terminal)
	defer unlock()

	answers := w.sendTogether(tills)
	testkit.Await(t, "the others are answered", func() bool { return len(answers[0]) == 1 && len(answers[1]) == 1 })
	for i, at := range tills[:2] {
		at.isAcked(t, <-answers[i])
	}
	testkit.Await(t, "the one is told to come again", func() bool { return len(answers[2]) == 1 })
	if a := <-answers[2]; !isBusy(a.err) {
		t.Errorf("the one whose row is locked: %+v", a)
	}

	acked := make(chan error, 1)
	func() {
		defer w.hq.HoldDoor()()
		unlock()
		go func() { acked <- stuck.deliver() }()
		testkit.Await(t, "the one does not wait at the door", func() bool { return len(acked) == 1 })
	}()
	if err := <-acked; err != nil {
		t.Error(err)
	}
	w.tradesOn(tills, ayses)
}

// reply is what a till hears of a batch.
type reply struct {
	ack ledger.Ack
	err error
}

// isAcked has a till know that all it has is kept.
func (t *till) isAcked(tb testing.TB, a reply) {
	tb.Helper()
	if a.err != nil || a.ack.UpTo != t.place() || a.ack.Head != t.head.Hash {
		tb.Fatalf("%s is answered %+v", t.Terminal, a)
	}
	t.acked, t.token = len(t.lines), a.ack.Token
}

// newTills are tills of which each sold a member something that it did not send yet.
func (w *world) newTills(n int) (tills []*till, member ledger.Subject) {
	w.Helper()
	for i := range n {
		tills = append(tills, w.newTill(fmt.Sprintf("lane %d", i)))
	}
	member = ledger.SubjectOf(tills[0].addMember(ayse, ""))
	tills[0].push()
	for _, t := range tills {
		t.earn(member, 10)
	}
	return tills, member
}

// sendTogether has tills send what they have in one shared transaction.
func (w *world) sendTogether(tills []*till) (answers []chan reply) {
	w.Helper()
	open := w.hq.HoldDoor()
	for _, t := range tills {
		message, answer := t.batch(t.acked, len(t.lines)), make(chan reply, 1)
		answers = append(answers, answer)
		go func() {
			ack, err := t.send(message)
			answer <- reply{ack, err}
		}()
	}
	if w.database == "" || !*keysApart { // there each goes by itself
		testkit.Await(w, "all wait at the door", func() bool { return w.hq.AtDoor() == len(tills) })
	}
	open()
	return answers
}

// tradesOn has each till sell once more, and looks whether everything is there once.
func (w *world) tradesOn(tills []*till, member ledger.Subject) {
	w.Helper()
	want := ledger.Points(0)
	for _, t := range tills {
		t.earn(member, 10)
		t.push()
		for _, l := range t.lines {
			for _, s := range l.sums {
				want += s.Issued
			}
		}
	}
	w.work()
	if b := w.balance(ayse); b.Available+b.Escrowed != want {
		w.Errorf("%+v, want %d points", b, want)
	}
	w.clean()
}

// lock has another process keep a terminal's row, until it is let go of.
func (w *world) lock(terminal ledger.TerminalID) (unlock func()) {
	w.Helper()
	db := w.behind()
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec(`UPDATE terminal SET seen_at_ms = 0 WHERE terminal = $1`, terminal.String())
	}
	if err != nil {
		w.Fatal(err)
	}
	return func() {
		tx.Rollback() // it may be let go of twice
		db.Close()
	}
}
