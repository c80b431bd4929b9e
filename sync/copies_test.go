package sync_test

import (
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Two copies of one terminal that say hello before they send do not go on for ever
// each in an epoch above the other's: what shows that there are two is an entry that
// another stands in place of, or one written under an epoch that was left.
func TestCopiesInTurn(t *testing.T) {
	for name, firstSales := range map[string][2]int{"both wrote, the later one more": {1, 3}, "one wrote, and then the other": {1, 0}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.drain(e)
			w.must(e.Store.Close())
			both := []*testkit.Enrolled{w.Reopen(e), w.Copy(e)}
			for i, till := range both {
				for range firstSales[i] {
					w.sell(till, 1_000)
				}
			}
			for turn := range 6 {
				till := both[turn%2]
				welcome := w.greet(till)
				if welcome.Standing == wire.Fenced {
					return
				}
				for range 2 { // the second one under whichever epoch the first left
					w.sell(till, 1_000)
					if _, err := till.Exchange.Push(t.Context()); err != nil && !errors.Is(err, hqsync.ErrFenced) && !errors.Is(err, hqsync.ErrGreet) {
						t.Fatal(err)
					}
				}
				w.sell(till, 1_000) // not sent
			}
			t.Error("nobody finds out that there are two")
		})
	}
}

// A disk that is put back to before an epoch that its terminal had begun, with what
// that epoch told again, is no copy: headquarters has all of it.
func TestEpochRolledBack(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.drain(e)
	w.must(e.Store.Close())
	first := w.Copy(e)
	w.must(first.Store.Close())
	e = w.Reopen(e)
	w.sell(e, 1_000)
	w.drain(e)
	w.must(e.Store.Close())

	e = w.Reopen(first) // put back: it begins an epoch
	w.greet(e)
	w.sell(e, 2_000)
	w.must(e.Store.Close())
	unsent := w.Copy(e)
	w.must(unsent.Store.Close())
	e = w.Reopen(e)
	w.must(e.Store.OpenEpoch(t.Context(), w.head(e).Epoch, w.head(e)))
	w.drain(e)
	w.must(e.Store.Close())

	e = w.Reopen(unsent)
	if welcome := w.greet(e); welcome.Standing != wire.InStep {
		t.Errorf("standing %q", welcome.Standing)
	}
}
