package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An account of which nothing can be placed, here because nobody can read which lane it
// was at last, holds up no other: a person is told of it once, and others get
// their rights in the same round.
func TestOneBadAccountHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("lane 1")
	bad, good := till.addMember(ayse, "Ayşe"), till.addMember(mehmet, "Mehmet")
	till.earn(ledger.SubjectOf(bad), 100)
	till.sync()
	db := w.behind()
	defer db.Close()
	for _, damage := range []string{
		`UPDATE account SET last_terminal = 'nobody' WHERE account = $1`,
		`INSERT INTO authority_dirty (account, version) VALUES ($1, 1000) ON CONFLICT (account) DO UPDATE SET version = 1000`,
	} {
		if _, err := db.Exec(damage, bad); err != nil {
			t.Fatal(err)
		}
	}
	till.earn(ledger.SubjectOf(good), 1000)
	till.sync()
	w.work()
	if n := len(till.rights); n != 1 {
		t.Errorf("who has nothing to do with it has %d rights, want 1", n)
	}
	if n := w.told(event.Placement); n != 1 {
		t.Errorf("people were told %d times, want once", n)
	}
}
