package offline_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A till whose store is given another program shows and remembers under its own
// what it was told last, until it is opened for the other: then nothing of the one
// is shown under the other, though their units have one name, and what it sold
// under the one is there again when it comes back to it.
func TestStoreOpenedForAnotherProgram(t *testing.T) {
	t.Parallel()
	tl := remembering(t)
	own := tl.opts.Program
	ana := newAccountID()
	tl.append(tl.enroll(ana, "+905321234567"))
	cursor, err := tl.Cursor(t.Context())
	tl.must("cursor", err)
	if cursor.Position != 0 {
		t.Fatalf("it begins at %+v", cursor)
	}
	of := func(position ledger.Position, program, state string, available ledger.Points) ledger.Change {
		c := tl.remembered(position, ana, state, ledger.Place{})
		c.Account.Balances = []ledger.Balance{{Program: program, Unit: points, Available: available}}
		return c
	}
	shows := func(when string, want ledger.Points, state loyalty.State) {
		t.Helper()
		if got := tl.balance(ana).Shown; got != want {
			t.Errorf("%s: it shows %d, want %d", when, got, want)
		}
		tl.remembers(when, ana, state)
	}
	sold := func() ledger.Record {
		sale := tl.sale(ana, 5)
		sale.Entry.Program = &ledger.ProgramRef{ID: tl.opts.Program, Version: 1}
		return tl.encode(sale.Entry)
	}
	tl.apply(publication(1, own+"/1", "one"), of(2, own, `{"visits":10}`, 100))
	tl.append(sold())
	shows("told", 105, loyalty.State{Joined: day, Visits: 11})
	tl.apply(publication(3, "other/1", "two"), of(4, "other", `{"visits":70}`, 7000))
	shows("told of the other", 105, loyalty.State{Joined: day, Visits: 11})

	tl.opts.Program = "other"
	tl.reopen()
	shows("opened for the other", 0, loyalty.State{})
	if cursor, err = tl.Cursor(t.Context()); err != nil || cursor.Position != 0 {
		t.Fatalf("it goes on from %+v, %v", cursor, err)
	}
	tl.apply(of(4, "other", `{"visits":70}`, 7000))
	tl.append(sold())
	shows("read again", 7005, loyalty.State{Visits: 71})
	tl.clean()

	tl.apply(publication(5, own+"/1", "one"))
	tl.opts.Program = own
	tl.reopen()
	if cursor, err = tl.Cursor(t.Context()); err != nil || cursor.Position != 0 {
		t.Fatalf("it goes on from %+v, %v", cursor, err)
	}
	tl.apply(of(6, own, `{"visits":10}`, 100))
	shows("come back", 105, loyalty.State{Visits: 11, Joined: day})
	tl.clean()
}

// What was told under a program stays for a till that is opened for another and comes back
// to it before it hears of headquarters.
func TestComesBackWithoutALine(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	own, ana := tl.opts.Program, tl.known(100, 0)
	tl.at()
	for _, program := range []string{"other", own} {
		tl.opts.Program = program
		tl.reopen()
		tl.unanswered()
	}
	tl.shows("come back", ana, 100)
}
