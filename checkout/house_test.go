package checkout_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Rules that change while a till runs hold for the next sale, and count what was
// sold while they asked for nothing, or for less.
func TestGovern(t *testing.T) {
	tl := testkit.NewTill(t, testkit.Program(t))
	account := tl.NewAccount()
	tl.Feed(ledger.AccountState{Account: account, AsOf: 1})
	n := 0
	flagged := func(want bool) {
		t.Helper()
		n++
		tl.Clock.Advance(10 * time.Minute)
		done, err := tl.Complete(t.Context(), tl.Clock.Now(), sold(tl, fmt.Sprint("s", n), "7", checkout.Who{Account: account}))
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(done.Entry.Flags, ledger.SameMember); got != want {
			t.Errorf("sale %d flagged %v, want %v", n, got, want)
		}
	}
	house := func(do checkout.Do, most int, within time.Duration) {
		h := checkout.House{ManagerAbove: 10}
		h.Conduct.SameMember.Sales, h.Conduct.SameMember.Within, h.Conduct.SameMember.Do = most, within, do
		tl.Govern(h)
	}
	flagged(false)
	flagged(false)
	house(checkout.Note, 2, time.Hour)
	flagged(true)
	house(checkout.Off, 2, time.Hour)
	flagged(false)
	house(checkout.Note, 4, time.Hour)
	flagged(true)
	house(checkout.Note, 4, 15*time.Minute)
	flagged(false)
	house(checkout.Note, 6, 2*time.Hour)
	flagged(true)
}

// How much a cashier may give by herself changes with them.
func TestGovernHands(t *testing.T) {
	tl := testkit.NewTill(t, testkit.Program(t))
	account := tl.NewAccount()
	tl.Feed(ledger.AccountState{Account: account, AsOf: 1})
	for i, c := range []struct {
		above, amount ledger.Points
		may           bool
	}{{10, 10, true}, {10, 11, false}, {500, 11, true}, {0, 1, false}, {-1, 1, false}} {
		tl.Govern(checkout.House{ManagerAbove: c.above})
		_, err := tl.Adjust(t.Context(), tl.Clock.Now(), checkout.Adjusting{
			ID: fmt.Sprint("a", i), Who: checkout.Who{Account: account}, Amount: c.amount, Reason: "torn bag", Asked: []byte{byte(i)},
		})
		if (err == nil) != c.may {
			t.Errorf("%d with %d free: %v", c.amount, c.above, err)
		}
	}
}
