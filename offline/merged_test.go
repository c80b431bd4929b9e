package offline_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// An account becomes another's while something is held for its customer and some of
// what she bought is not counted: in whichever order the feed brings the two rows,
// nothing flashes back, she is served to the end, and what is left of the right is
// the other's.
func TestMergedWhileServed(t *testing.T) {
	for _, rowFirst := range []bool{true, false} {
		t.Run(fmt.Sprint("row first ", rowFirst), func(t *testing.T) {
			tl := newTill(t)
			ana, bea := tl.known(300, 1000), tl.known(40, 0)
			right := tl.addRight(ana, 1000, 72*time.Hour)
			tl.append(tl.sale(ana, 3))
			counted := tl.place()
			tl.append(tl.sale(ana, 5))
			tl.append(tl.sale(bea, 7))
			hold := tl.hold(ana, 400)
			changes := []ledger.Change{
				tl.row(3, bea, "", ledger.Balance{Program: program, Unit: points, Available: 343, Escrowed: 1000}, counted),
				{Position: 4, Kind: ledger.ForwardChange, Key: ana.String(), Forward: &ledger.Forward{From: ana, To: bea}},
			}
			if !rowFirst {
				changes[0].Position, changes[1].Position = 4, 3
				changes[0], changes[1] = changes[1], changes[0]
			}
			tl.apply(changes...)
			tl.has("merged", bea, 1355, 600)
			tl.has("by his own id", ana, 1355, 600)
			tl.append(tl.redeem(ana, hold)) // the conversation still has the account that it began with
			tl.has("served", bea, 955, 600)
			rest := tl.hold(bea, 600)
			if len(rest.Parts) != 1 || rest.Parts[0].Right != right {
				t.Errorf("held of %+v", rest.Parts)
			}
			tl.append(tl.redeem(bea, rest))
			tl.addRight(ana, 100, 72*time.Hour) // delivered again, as it was signed
			tl.has("spent", bea, 355, 100)
			tl.clean()
			tl.reopen()
			tl.has("after a restart", bea, 355, 100)
		})
	}
}

// has compares what is shown and spendable of an account.
func (tl *till) has(when string, account ledger.AccountID, shown, spendable ledger.Points) {
	tl.t.Helper()
	got := tl.balance(account)
	want := loyalty.Balance{Unit: points, Shown: shown, Spendable: spendable, Free: got.Free}
	if diff := cmp.Diff(want, got); diff != "" {
		tl.t.Errorf("%s: %s", when, diff)
	}
}
