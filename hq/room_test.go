package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

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
		SELECT $1, printf('%08x-0000-4000-8000-000000000000', i), $2, 0 FROM n`, at.Terminal.String(), member.String())
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
