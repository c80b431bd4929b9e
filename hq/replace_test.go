package hq_test

import (
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till whose machine is gone is shut out, and another takes its name and store.
// What the old disk still has is held, and its rights come back after the grace.
func TestReplaceTerminal(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 100)
	secret, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	next, err := a.clone().enroll(secret, public)
	if err != nil || next.Name != "lane 1" || next.Store.ID != "0001" || next.Terminal == a.Terminal {
		t.Fatalf("%+v, %v", next, err)
	}
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); !errors.Is(err, hq.ErrNameTaken) {
		t.Errorf("replaced twice: %v", err)
	}
	if _, err := w.hq.ReplaceTerminal(t.Context(), ledger.TerminalID{1}, time.Hour); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("a terminal that is none: %v", err)
	}
	a.mustHello(wire.Fenced)
	a.push()
	w.work()
	w.expect("its disk turned up", 500, 500)
	if s := w.status(); s.Held != 1 {
		t.Errorf("%d held, want 1", s.Held)
	}
	w.workFor(12)
	w.expect("after the grace", 1000, 0)
	all, err := w.hq.Terminals(t.Context())
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	for _, s := range all {
		if old := s.Terminal == a.Terminal; old != (s.Fenced != "") || old != (s.FencedAt != 0) || old != (s.Held == 1) {
			t.Errorf("%+v", s)
		}
	}
	w.clean()
}

// A restored headquarters does not wait for a till that was replaced.
func TestReplaceAwaited(t *testing.T) {
	w, a, _ := served(t, 1000)
	w.restore(w.backup())
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	w.work()
	state, err := w.hq.Recovery(t.Context())
	if err != nil || len(state.Awaited) != 0 || state.WaitsUntil != 0 {
		t.Errorf("%+v, %v", state, err)
	}
}

// What is held of a fenced terminal is posted once a person releases it: a member
// whom it enrolled, his sale, and a spend of a right that is still open. Once released
// it is released for good, and what comes later is held again.
func TestReleaseHeld(t *testing.T) {
	w := newWorldOf(t, starter(t))
	s := newShopper(t, w, w.newTill("lane 1"), ayse)
	s.buys([]ledger.Line{{Net: 70_000, Gross: 70_000, Quantity: 1}}, "cash")
	s.sync()
	r := s.theRight()
	if _, err := w.hq.ReplaceTerminal(t.Context(), s.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	s.mustHello(wire.Fenced)
	hers := ledger.SubjectOf(s.addMember(mehmet, "Mehmet"))
	s.earn(hers, 40)
	s.spend(s.subject, r.ID, 500)
	s.push()
	w.work()
	held, err := w.hq.HeldOf(t.Context(), s.Terminal)
	if err != nil || held.Entries != 3 || len(held.Units) != 1 || held.Units[0] != (hq.HeldUnit{Unit: unit, Earned: 40, Spent: 500}) {
		t.Fatalf("%+v, %v", held, err)
	}
	w.expect("held", 200, 500)
	if _, err := w.hq.MemberByPhone(t.Context(), mehmet); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("he is known: %v", err)
	}
	w.clean()

	if n, err := w.hq.ReleaseHeld(t.Context(), s.Terminal, "9"); err != nil || n != 3 {
		t.Fatalf("%d, %v", n, err)
	}
	w.restart() // it is posted however soon the machine stops
	w.work()
	w.expect("released", 200, 0)
	if b := w.balance(mehmet); b.Available != 40 {
		t.Errorf("his: %+v", b)
	}
	if st := w.status(); st.Held != 0 || st.Quarantined != 0 {
		t.Errorf("%d held, %d in quarantine", st.Held, st.Quarantined)
	}
	if n, err := w.hq.ReleaseHeld(t.Context(), s.Terminal, "9"); err != nil || n != 0 {
		t.Errorf("again: %d, %v", n, err)
	}
	s.earn(hers, 7)
	s.push()
	w.work()
	if b := w.balance(mehmet); b.Available != 40 || w.status().Held != 1 {
		t.Errorf("later: %+v, %d held", b, w.status().Held)
	}
	w.clean()
}

// What is released and still waits is tried again when what it waits for comes, as
// whatever waits for it: here a confirm, once somebody is enrolled with the number.
func TestReleasedWaitsForHer(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	sale := a.detached(ayse, 70)
	hers := newAccountID()
	a.append(&ledger.Entry{
		Kind: ledger.Confirm, Subject: ledger.SubjectOf(hers), Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale.ID},
	}, nil, nil)
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	a.mustHello(wire.Fenced)
	a.push()
	w.work()
	if n, err := w.hq.ReleaseHeld(t.Context(), a.Terminal, "9"); err != nil || n != 2 {
		t.Fatalf("%d, %v", n, err)
	}
	w.work()
	if s := w.status(); s.Quarantined != 1 {
		t.Fatalf("%d in quarantine, want the confirm", s.Quarantined)
	}
	b.addMemberAs(hers, ayse, "")
	b.sync()
	if s := w.status(); s.Quarantined != 0 || s.Parked != 0 {
		t.Errorf("%d in quarantine, %d parked", s.Quarantined, s.Parked)
	}
	if got := w.balance(ayse).Available; got != 70 {
		t.Errorf("she has %d, want 70", got)
	}
	w.clean()
}

// So it is when both are released at once, whichever of the two is tried first.
func TestReleasedWithHer(t *testing.T) {
	for _, first := range []string{"confirm", "enroll"} {
		w := newWorldOf(t, starter(t))
		a, b := w.newTill("lane 1"), w.newTill("lane 2")
		if (a.Terminal.String() < b.Terminal.String()) != (first == "confirm") {
			a, b = b, a
		}
		sale, hers := a.detached(ayse, 70), newAccountID()
		a.append(&ledger.Entry{
			Kind: ledger.Confirm, Subject: ledger.SubjectOf(hers), Proof: ledger.Verified, Claiming: &ledger.Claiming{Entry: sale.ID},
		}, nil, nil)
		b.addMemberAs(hers, ayse, "")
		for _, at := range []*till{a, b} {
			if _, err := w.hq.ReplaceTerminal(t.Context(), at.Terminal, time.Hour); err != nil {
				t.Fatal(err)
			}
			at.mustHello(wire.Fenced)
			at.push()
		}
		w.work()
		for _, at := range []*till{a, b} {
			if _, err := w.hq.ReleaseHeld(t.Context(), at.Terminal, "9"); err != nil {
				t.Fatal(err)
			}
		}
		w.work()
		if s := w.status(); s.Quarantined != 0 || s.Parked != 0 {
			t.Errorf("the %s first: %d in quarantine, %d parked", first, s.Quarantined, s.Parked)
		}
		if got := w.balance(ayse).Available; got != 70 {
			t.Errorf("the %s first: she has %d, want 70", first, got)
		}
	}
}
