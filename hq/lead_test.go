package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// What terminals ask of a process is none of its work: one that has lost the lead in the
// middle of a round, and does not know yet, answers them as ever, and nobody is told that
// a request failed. What it still does of the round comes to nothing.
func TestLeadIsLostUnderRequests(t *testing.T) {
	w := newSharedWorld(t)
	at := w.newTill("lane 1")
	member := at.addMember(ayse, "Ayşe")
	at.sync()
	work, end, err := w.hq.BeginRound(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	w.sql(`UPDATE lead SET term = term + 1, holder = 'another'`)

	at.mustHello(wire.InStep)
	at.earn(at.subject(member), 700)
	at.push()
	if _, err := at.feed(0); err != nil {
		t.Errorf("the feed: %v", err)
	}
	if n := w.told(event.Failed); n != 0 {
		t.Errorf("people were told %d times that a request failed", n)
	}
	if err := work(); err == nil {
		t.Error("a round commits though another process has the lead")
	}
}
