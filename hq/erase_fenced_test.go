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
	sealed := ledger.Millis(0)
	seal := func() { // the till that is left says that it has done all it heard of
		for told := b.erasures(sealed, sealed); len(told) > 0; told = b.erasures(sealed, sealed) {
			sealed = told[len(told)-1].Serial
		}
		w.work()
	}
	seal()
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
	for range 32 {
		w.pass(23 * time.Hour)
		w.work()
	}
	seal()
	w.counts("after a month", map[string]int{"attachment": 0, "erased_identifier": 0, "people who were erased": 0})
	w.clean()
}
