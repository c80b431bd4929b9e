package sync_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale that waits to be confirmed stays hers whose number was keyed, whose account
// she is in by then: two are made one, and one of them leaves again. Who has the
// account cannot have it, and its own sales do not confirm it for them.
func TestConfirmedByWhoWasNamed(t *testing.T) {
	for name, own := range map[string]bool{
		"at another till": false,
		"at its own till": true,
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			w := newProves(t)
			sale := w.typed(w.one, otherNumber, 1000)
			w.exchange()
			_, err := w.MergeMembers(ctx, hq.MemberMerge{ID: w.one.NewEntry(), Phone: e164, Other: otherNumber, Reason: "one"})
			w.must(err)
			w.exchange()
			left, err := w.LeaveHousehold(ctx, hq.HouseholdLeave{ID: w.one.NewEntry(), Program: w.ChainPrograms()[0], Phone: otherNumber})
			w.must(err)
			w.exchange()
			w.soldTo(w.one, checkout.Who{Phone: e164, Proof: ledger.Presented}, 1000) // hers, and what waits for her
			w.exchange()
			w.has(otherNumber, 0)
			w.has(e164, 17)

			till := w.two
			if own {
				till = w.one
			}
			w.must(w.confirm(till, sale, w.one, left.Account, ledger.Presented))
			w.exchange()
			w.has(otherNumber, 17)
			w.has(e164, 17)
		})
	}
}
