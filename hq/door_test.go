package hq_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
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

	answers, open := w.gather(tills)
	open()
	testkit.Await(t, "the others are answered", func() bool { return len(answers[0]) == 1 && len(answers[1]) == 1 })
	for i, at := range tills[:2] {
		at.isAcked(t, <-answers[i])
	}
	testkit.Await(t, "the one is told to come again", func() bool { return len(answers[2]) == 1 })
	if a := <-answers[2]; !isBusy(a.err) {
		t.Errorf("the one whose row is locked: %v", a.err)
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

// A person hears once of a terminal that waits for another process, however often it
// comes again, and anew once it had been let in between.
func TestLockedRowIsToldOnce(t *testing.T) {
	w := newSharedWorld(t)
	tills, ayses := w.newTills(1)
	stuck := tills[0]
	for round := range 2 {
		unlock := w.lock(stuck.Terminal)
		defer unlock()
		for range 2 {
			if _, err := stuck.send(stuck.batch(stuck.acked, len(stuck.lines))); !isBusy(err) {
				t.Errorf("while its row is locked: %v", err)
			}
		}
		if told, failed := w.told(event.Locked), w.told(event.Failed); told != round+1 || failed != 0 {
			t.Errorf("round %d: told %d times, and %d times that a request failed", round, told, failed)
		}
		unlock()
		if err := stuck.deliver(); err != nil {
			t.Fatal(err)
		}
		stuck.earn(ayses, 1)
	}
}

// What else a till asks waits no longer for what another process has locked than a batch
// does: it is told to come again, and gives back its place and its connection.
func TestLockedRowIsBusy(t *testing.T) {
	w := newSharedWorld(t)
	at := w.newTill("lane 1")
	account := at.addMember(ayse, "")
	at.earn(ledger.SubjectOf(account), 1000)
	at.sync()
	other := w.newTill("lane 2")
	w.pass(2 * time.Hour) // since its feed was heard
	unlock := w.lock(other.Terminal)
	defer unlock()
	theirs := w.lockBy(`UPDATE account SET version = version + 0 WHERE account = $1`, account.String())
	defer theirs()
	asks := map[string]func() error{
		"hello": func() error { _, err := other.hello(); return err },
		"feed":  func() error { _, err := other.feed(0); return err },
		"rights": func() error {
			_, err := other.wantRight(wire.RightRequest{ID: newRightID(), Account: account, Program: program.ID, Unit: unit, Amount: 100})
			return err
		},
		"lookup": func() error { _, err := other.lookUp(wire.Lookup{Account: account}); return err },
	}
	for what, ask := range asks {
		answered := make(chan error, 1)
		go func() { answered <- ask() }()
		testkit.Await(t, what+" is answered", func() bool { return len(answered) == 1 })
		if err := <-answered; !isBusy(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if told, failed := w.told(event.Locked), w.told(event.Failed); told != 1 || failed != 0 {
		t.Errorf("told %d times, and %d times that a request failed", told, failed)
	}
	unlock()
	theirs()
	for what, ask := range asks {
		if err := ask(); err != nil {
			t.Errorf("%s, once nothing is locked: %v", what, err)
		}
	}
	w.clean()
}

// Whoever is acked is stored, wherever judging those that came together breaks off: none
// is told what was to be said of a transaction that was rolled back.
func TestJudgingBreaksOff(t *testing.T) {
	w := newWorld(t)
	if !w.shares() {
		return
	}
	tills, ayses := w.newTills(4)
	for nth := range 9 {
		answers, open := w.gather(tills)
		w.breakOff(nth)
		open()
		for i, at := range tills {
			a := <-answers[i]
			if a.err == nil && w.stored(at) != len(at.lines) {
				t.Errorf("broken off at reading %d of the clock: acked up to %s, and %d lines stand", nth, a.ack.UpTo, w.stored(at))
			}
		}
		w.breakOff(0)
		for _, at := range tills {
			if err := at.deliver(); err != nil {
				t.Fatal(err)
			}
			at.earn(ayses, 1)
		}
	}
	w.tradesOn(tills, ayses)
}

// A batch by which a shared commit fails has no ack until it is stored by itself, and
// those that came with it are stored once, on PostgreSQL without being sent again.
func TestSharedCommitFails(t *testing.T) {
	w := newWorld(t)
	tills, ayses := w.newTills(3)
	again := w.failCommit(tills[1].Terminal)
	answers, open := w.gather(tills)
	open()
	for i, at := range tills {
		a := <-answers[i]
		switch {
		case at != tills[1] && w.database != "":
			at.isAcked(t, a)
		case a.err == nil || w.stored(at) != at.acked:
			t.Errorf("till %d is acked up to %s, %v, and %d lines of it stand", i, a.ack.UpTo, a.err, w.stored(at))
		}
	}
	again()
	for _, at := range tills {
		if err := at.deliver(); at.acked < len(at.lines) {
			t.Fatal(err)
		}
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
		tb.Fatalf("%s is acked up to %s, %v", t.place(), a.ack.UpTo, a.err)
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

// shares reports whether batches that come together share a transaction: on PostgreSQL
// each goes by itself where keys live apart.
func (w *world) shares() bool { return w.database == "" || !*keysApart }

// gather has tills send what they have, in one shared transaction once the door opens.
func (w *world) gather(tills []*till) (answers []chan reply, open func()) {
	w.Helper()
	open = w.hq.HoldDoor()
	for _, t := range tills {
		message, answer := t.batch(t.acked, len(t.lines)), make(chan reply, 1)
		answers = append(answers, answer)
		go func() {
			ack, err := t.send(message)
			answer <- reply{ack, err}
		}()
	}
	if w.shares() {
		testkit.Await(w, "all wait at the door", func() bool { return w.hq.AtDoor() == len(tills) })
	}
	return answers, open
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
	return w.lockBy(`UPDATE terminal SET seen_at_ms = 0 WHERE terminal = $1`, terminal.String())
}

// lockBy has another process keep what a statement changes.
func (w *world) lockBy(statement, of string) (unlock func()) {
	w.Helper()
	db := w.behind()
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec(statement, of)
	}
	if err != nil {
		w.Fatal(err)
	}
	return func() {
		tx.Rollback() // it may be let go of twice
		db.Close()
	}
}

// stored is how many lines of a till stand here.
func (w *world) stored(t *till) (n int) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM intake WHERE terminal = $1`, t.Terminal.String()).Scan(&n); err != nil {
		w.Fatal(err)
	}
	return n
}

// failCommit lets whatever brings lines of a terminal fail, and only at COMMIT, until it
// is called again.
func (w *world) failCommit(terminal ledger.TerminalID) (again func()) {
	w.Helper()
	set := []string{
		`CREATE TABLE unkept (one INTEGER PRIMARY KEY, other INTEGER REFERENCES unkept DEFERRABLE INITIALLY DEFERRED)`,
		`CREATE TRIGGER unkept AFTER INSERT ON intake WHEN NEW.terminal = '` + terminal.String() + `' BEGIN INSERT INTO unkept (other) VALUES (-1); END`,
	}
	unset := []string{`DROP TRIGGER unkept`, `DROP TABLE unkept`}
	if w.database != "" {
		set = []string{
			`CREATE FUNCTION unkept() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no room for it' USING ERRCODE = 'disk_full'; END$$`,
			`CREATE CONSTRAINT TRIGGER unkept AFTER INSERT ON intake DEFERRABLE INITIALLY DEFERRED
			 FOR EACH ROW WHEN (NEW.terminal = '` + terminal.String() + `') EXECUTE FUNCTION unkept()`,
		}
		unset = []string{`DROP TRIGGER unkept ON intake`}
	}
	w.statements(set)
	return func() { w.statements(unset) }
}
