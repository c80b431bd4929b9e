package hq_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Fsck decides every row of who was erased again: what a suspect's ledger gave to hers,
// what was posted before and after, and how her units ended.
func TestFsckOfErased(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	a.suspect(saleID(), ayse, 5)
	a.sync()
	account := b.addMember(ayse, "Ayşe")
	b.earn(ledger.SubjectOf(account), 300)
	b.sync()
	w.clean()
	w.erase(ayse)
	a.suspect(saleID(), ayse, 7)
	a.sync()
	w.work()
	w.clean()
	w.rebuild()
	w.clean()
}

// A row that somebody wrote over, as of who was erased or as if her units had ended, is
// told.
func TestFsckFindsForgedErasures(t *testing.T) {
	for name, c := range map[string]struct {
		erase         bool
		was, is, want string
	}{
		"nobody was erased":   {false, `"verdict":"posted"`, `"verdict":"erased"`, "verdict"},
		"less than all ended": {true, `"to":"program:expired"`, `"to":"program:redeemed"`, "moves"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorldOf(t, starter(t))
			a := w.newTill("lane 1")
			account := a.addMember(ayse, "Ayşe")
			a.earn(ledger.SubjectOf(account), 1050)
			a.push()
			w.work()
			if c.erase {
				w.erase(ayse)
				w.work()
			}
			w.clean()
			w.forge(account, c.was, c.is)
			checked := w.fsck()
			if !slices.ContainsFunc(checked.Findings, func(f audit.Finding) bool { return strings.Contains(f.What, c.want) }) {
				t.Errorf("found %v, want what differs in %s", checked.Findings, c.want)
			}
		})
	}
}

// A till that knows her by an id that lost her number to another, and had not heard of
// her erasure, gives that id a card: nobody is found by it.
func TestErasedByAnIDThatLostHerNumber(t *testing.T) {
	w := newWorldOf(t, starter(t))
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	a.addMember(ayse, "Ayşe")
	a.sync()
	lost := b.addMember(ayse, "Ayşe")
	b.sync()
	w.erase(ayse)
	b.give(ledger.SubjectOf(lost), herCard)
	b.push()
	w.work()
	w.counts("at the end", map[string]int{"person": 0, "person_card": 0, "claims of who was erased": 0, "attachment": 0})
	w.clean()
}
