package hq_test

import (
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A fenced till hears of no erasure and sends what it has: what of that names who was
// erased is erased as it comes, also where all others sealed past her erasure, and a
// person who releases it brings nobody back. After a month nothing is kept for it.
func TestErasedArrivesFromFencedTill(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	a.sync()
	b.addMember(ayse, "Ayşe")
	b.sync()
	second := a.addMember(ayse, "Ayşe")
	a.earn(ledger.SubjectOf(second), 30)
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	w.erase(ayse)
	b.seal()
	a.mustHello(wire.Fenced)
	a.push()
	w.work()
	w.counts("a fenced till sent", map[string]int{"attachment": 0, "erased_identifier": 1})
	if _, err := w.hq.ReleaseHeld(t.Context(), a.Terminal, "9"); err != nil {
		t.Fatal(err)
	}
	w.work()
	if m, err := w.hq.MemberByPhone(t.Context(), ayse); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("released, she is found as %+v, %v", m, err)
	}
	w.workFor(32)
	b.seal()
	w.counts("after a month", map[string]int{"attachment": 0, "erased_identifier": 0, "people who were erased": 0})
	w.clean()
}

// A copy of a till that nobody knows of yet sends what it wrote before she was erased,
// after its original said that nothing of that is left: it brings nobody back.
func TestErasedArrivesFromUnknownCopy(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	b.addMember(ayse, "Ayşe")
	a.sync()
	b.sync()
	copied := a.clone()
	copied.openEpoch(a.head.Epoch+1, a.head.Hash)
	copied.addMember(ayse, "Ayşe")
	w.erase(ayse)
	a.seal()
	b.seal()
	copied.mustHello(wire.InStep)
	copied.push()
	w.work()
	if m, err := w.hq.MemberByPhone(t.Context(), ayse); !errors.Is(err, records.ErrNotFound) {
		t.Errorf("she is found as %+v, %v", m, err)
	}
	w.counts("a copy sent", map[string]int{"attachment": 0, "people who were erased": 0})
	w.clean()
}

// seal tells all erasures to a till, which says that it has done all that they ask.
func (t *till) seal() {
	t.Helper()
	var sealed ledger.Millis
	for told := t.erasures(sealed, sealed); len(told) > 0; told = t.erasures(sealed, sealed) {
		sealed = told[len(told)-1].Serial
	}
	t.work()
}
