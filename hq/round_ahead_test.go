package hq_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// A round that is worked out while the one before is written makes what it would
// have made behind it, also of accounts that both change.
func TestRoundsAreWorkedOutAhead(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	var members []ledger.Subject
	for i := range 30 {
		members = append(members, ledger.SubjectOf(a.addMember(phoneNumber(i), "")))
	}
	a.sync()
	for i := range 600 {
		a.earn(members[i%7], 10)
		b.earn(members[i%len(members)], 1)
		if i%300 == 299 {
			a.push()
			b.push()
		}
	}
	ahead, each := w.as(w.backup()), w.as(w.backup())
	if n, err := ahead.hq.Project(t.Context(), 10_000); err != nil || n != 1200 {
		t.Fatalf("%d were projected at once: %v", n, err)
	}
	for left := 1200; left > 0; {
		n, err := each.hq.Project(t.Context(), 200)
		if err != nil || n == 0 {
			t.Fatalf("%d of %d were projected: %v", n, left, err)
		}
		left -= n
	}
	if diff := gocmp.Diff(each.ledgers(), ahead.ledgers()); diff != "" {
		t.Fatalf("- one after the other, + ahead:\n%s", diff)
	}
	ahead.work()
	ahead.clean()
}
