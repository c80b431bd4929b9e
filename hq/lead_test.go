package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
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

// What a person does to accounts and terminals is a round of its own: no work is done
// beside it, which would go by what it is about to change.
func TestWhatAPersonDoesIsARound(t *testing.T) {
	p := newPair(t, starter(t))
	ctx := t.Context()
	for what, act := range map[string]func() error{
		"merge": func() error { _, err := p.hq.MergeMembers(ctx, p.merging()); return err },
		"join": func() error {
			_, err := p.hq.JoinHousehold(ctx, hq.HouseholdJoin{ID: newEntryID(), Of: ayse, Person: ledger.Person{Phone: &ledger.Phone{E164: bulent}}})
			return err
		},
		"leave": func() error {
			_, err := p.hq.LeaveHousehold(ctx, hq.HouseholdLeave{ID: newEntryID(), Phone: mehmet, Program: program.ID, Gives: []loyalty.Amount{}})
			return err
		},
		"erase": func() error {
			_, err := p.hq.EraseMember(ctx, hq.MemberErasure{ID: newEntryID(), Whom: hq.Whom{Phone: ayse}, Reason: "she asked"})
			return err
		},
		"replace": func() error { _, err := p.hq.ReplaceTerminal(ctx, p.a.Terminal, time.Hour); return err },
		"release": func() error { _, err := p.hq.ReleaseHeld(ctx, p.a.Terminal, "9"); return err },
	} {
		alone := false
		hq.Meanwhile(p.hq, 1, func() { alone = p.hq.InRound() })
		if err := act(); !alone {
			t.Errorf("%s: work may be done beside it (%v)", what, err)
		}
	}
}
