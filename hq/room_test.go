package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// roomy wants what every open right has left to have room at its terminal: else that gets
// more than its cap.
func (w *world) roomy(when string) {
	w.Helper()
	for _, right := range w.rowsOf(`
		SELECT right_id
		FROM account_right r
		WHERE state = 'open' AND amount > spent + returned AND NOT EXISTS (
			SELECT 1 FROM room m
			WHERE m.terminal = r.terminal AND m.right_id = r.right_id AND m.account = r.account
			  AND m.amount >= r.amount - r.spent - r.returned)`) {
		w.Errorf("%s: right %s has no room", when, right)
	}
	w.clean()
}

// wanted asks for points of an account.
func wanted(id ledger.RightID, account ledger.AccountID, amount ledger.Points) wire.RightRequest {
	return wire.RightRequest{ID: id, Account: account, Program: program.ID, Unit: unit, Amount: amount}
}

// One right is asked for twice at once, and only the second request finds that there is
// enough: what the first gives back is not the room of the right that was granted.
func TestRoomOfARightAskedForTwice(t *testing.T) {
	w, a, subject := served(t, 1000)
	b := w.newTill("lane 2")
	ask := wanted(newRightID(), w.member(ayse).Account, 600)
	hq.Meanwhile(w.hq, 3, func() { // it took room, and was not granted
		a.earn(subject, 200)
		a.push()
		if _, err := w.hq.Project(t.Context(), 100); err != nil {
			t.Error(err)
		}
		if answer, err := b.wantRight(ask); err != nil || answer.Grant == nil {
			t.Errorf("once there is enough: %+v, %v", answer, err)
		}
	})
	if answer, err := b.wantRight(ask); err != nil || answer.Grant != nil {
		t.Errorf("while there is not: %+v, %v", answer, err)
	}
	w.roomy("asked for twice")
}

// A right's id is asked for again for another account, or by another till: that takes
// nothing of the room of the right which has it, and none for itself.
func TestRoomOfAnIDTwice(t *testing.T) {
	w, a, _ := served(t, 1000)
	other := a.addMember(mehmet, "")
	a.earn(ledger.SubjectOf(other), 1000)
	a.sync()
	id := newRightID()
	if answer := a.askRight(id, w.member(ayse).Account, 300); answer.Grant == nil {
		t.Fatalf("refused: %s", answer.Refuse)
	}
	if answer, err := a.wantRight(wanted(id, other, 300)); code(err) != wire.CodeBusy {
		t.Errorf("the same id for another: %+v, %v", answer, err)
	}
	b := w.newTill("lane 2")
	if answer, err := b.wantRight(wanted(id, w.member(ayse).Account, 300)); code(err) != wire.CodeInvalid {
		t.Errorf("the same id for another till: %+v, %v", answer, err)
	}
	if n := len(w.rowsOf(`SELECT terminal FROM room WHERE right_id = '` + id.String() + `'`)); n != 1 {
		t.Errorf("room of it is taken %d times", n)
	}
	w.roomy("an id twice")
}

// However long whoever asks for a right stands still between taking room and being
// granted it, and whatever the clock does meanwhile, no right is granted whose room was
// given to others. Asked for again it is given.
func TestRoomGivenBackBeforeTheGrant(t *testing.T) {
	w, a, _ := served(t, 1000)
	ask := wanted(newRightID(), w.member(ayse).Account, 400)
	hq.Meanwhile(w.hq, 2, func() { // it took room, and is about to be granted
		for _, d := range []time.Duration{time.Minute, 10 * time.Minute} {
			w.pass(d)
			w.work()
		}
	})
	if answer, err := a.wantRight(ask); code(err) != wire.CodeBusy {
		t.Errorf("its room was given back: %+v, %v", answer, err)
	}
	w.roomy("room given back")
	if answer, err := a.wantRight(ask); err != nil || answer.Grant == nil {
		t.Errorf("asked for again: %+v, %v", answer, err)
	}
	w.roomy("asked for again")
}

// While a right is on its way to the account that its own became, it keeps its room,
// also over a restart, and is not given a second time.
func TestRoomOfARightOnItsWay(t *testing.T) {
	w, a, subject := served(t, 1000)
	other := a.addMember(mehmet, "")
	a.earn(ledger.SubjectOf(other), 1000)
	a.sync()
	gone, _ := subject.Account()
	if other.String() > gone.String() { // who is merged into the smaller id
		gone = other
	}
	ask := wanted(newRightID(), gone, 300)
	if answer, err := a.wantRight(ask); err != nil || answer.Grant == nil {
		t.Fatalf("%+v, %v", answer, err)
	}
	again := w.stop("DELETE", "handover") // nothing arrives
	if _, err := w.hq.MergeMembers(t.Context(), hq.MemberMerge{ID: newEntryID(), Phone: ayse, Other: mehmet, Reason: "one"}); err != nil {
		t.Fatal(err)
	}
	w.work()
	if w.told(event.Stuck) == 0 {
		t.Fatal("it has arrived")
	}
	if answer, err := a.wantRight(ask); err != nil || answer.Grant == nil {
		t.Errorf("asked for on its way: %+v, %v", answer, err)
	}
	w.restart()
	again()
	w.work()
	w.roomy("arrived")
	if w.told(event.Stuck) > 1 {
		t.Error("something is stuck")
	}
}

// Room that was taken for a right which is about to be granted stays taken while the
// account is looked at: else a till would have more than its cap. Where nobody grants it,
// because whoever asked has left, it is given back after a while.
func TestRoomOfARightThatIsBeingGranted(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	member := at.addMember(ayse, "")
	at.earn(ledger.SubjectOf(member), 1000)
	at.sync()
	right := newRightID()
	w.sql(`INSERT INTO room (terminal, right_id, account, amount) VALUES ($1, $2, $3, 300)`, at.Terminal.String(), right.String(), member.String())
	at.earn(ledger.SubjectOf(member), 100)
	at.sync()
	taken := func() bool {
		return len(w.rowsOf(`SELECT right_id FROM room WHERE amount = 300`)) == 1
	}
	if !taken() {
		t.Error("room of a right that somebody is about to grant was given to others")
	}
	for range 13 {
		w.pass(time.Minute)
		w.work()
	}
	if taken() {
		t.Error("nobody granted it, and nobody gave the room back")
	}
	w.clean()
}

// However much room is to be given back, and whatever its rows say, all of it is, and who
// needs theirs keep it.
func TestRoomOfManyOrphans(t *testing.T) {
	w := newWorld(t)
	at := w.newTill("lane 1")
	member := at.addMember(ayse, "")
	at.earn(ledger.SubjectOf(member), 1000)
	at.sync()
	at.sync()
	needed := w.rowsOf(`SELECT right_id FROM room`)
	if len(needed) == 0 {
		t.Fatal("nothing was placed")
	}
	w.sql(`
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
		INSERT INTO room (terminal, right_id, account, amount)
		SELECT $1, '00000000-0000-4000-8000-' || CAST(100000000000 + i AS TEXT), $2, 0 FROM n`, at.Terminal.String(), member.String())
	w.sql(`INSERT INTO room (terminal, right_id, account, amount) VALUES ('nobody', 'nothing', $1, 300)`, member.String())
	for range 16 {
		w.pass(time.Minute)
		w.work()
	}
	if left := w.rowsOf(`SELECT right_id FROM room`); len(left) != len(needed) {
		t.Errorf("%d rows of room are left, want the %d that rights need", len(left), len(needed))
	}
	w.clean()
}

// Parts of a hub's right that ended keep its room where their account becomes another's,
// and that becomes a third's: else the lanes would have more than they may. What was spent
// of them needs none.
func TestRoomOfPartsThatGoOver(t *testing.T) {
	p := newPair(t, nil)
	hub := p.newHub()
	p.b.earn(p.his, 100_000)
	p.b.sync() // 2000 stand at the hub, of 40 000
	id := newRightID()
	if answer := hub.askRight(id, p.merged, 38_000); answer.Grant == nil {
		t.Fatalf("refused: %s", answer.Refuse)
	}
	split := hub.split(p.his, hub.rights[id], p.b, 38_000)
	p.b.takes(hub, split)
	hub.giveBack(p.his, id, 0)
	p.b.sync()
	hub.sync()
	p.merge()
	third := newAccountID()
	third[0] = 0x01
	const number = "+905320000088"
	p.a.addMemberAs(third, number, "Cem")
	p.a.sync()
	again := p.merging()
	again.Other = number
	if _, err := p.hq.MergeMembers(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	for range 12 {
		p.pass(time.Minute)
		p.work()
	}
	asks := func(amount ledger.Points) bool { return hub.askRight(newRightID(), third, amount).Grant != nil }
	if asks(1000) {
		t.Error("granted beyond what all lanes may hold")
	}
	p.b.spend(p.his, split.Right.ID, 8000)
	p.b.sync()
	if !asks(8000) || asks(1000) {
		t.Error("what was spent of a part is not all that there is room for")
	}
	p.b.giveBack(p.his, split.Right.ID, 30_000)
	p.b.sync()
	if !asks(30_000) {
		t.Error("refused once the part came back")
	}
	p.clean()
}
