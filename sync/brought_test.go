package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A friend counts once for who brought her, whatever refs two POSes gave that: at
// one till the second report is refused, of two tills that could not know of each
// other headquarters counts one. Another name is another thing, and so is another
// friend.
func TestFriendIsBroughtOnce(t *testing.T) {
	ctx := context.Background()
	w := newRefers(t)
	code := w.joins(w.one, ana, "")
	w.joins(w.one, bo, code)
	w.joins(w.one, ece, code)
	w.exchange()
	report := func(e interface {
		Do(context.Context, time.Time, checkout.Activity) (checkout.Completed, error)
	}, number, name, ref string) error {
		_, err := e.Do(ctx, w.Clock.Now(), checkout.Activity{
			Activity: ledger.Activity{On: "referral", Name: name, Ref: ref}, Who: checkout.Who{Phone: number, Proof: ledger.Claimed}, Asked: []byte(number + name + ref),
		})
		return err
	}
	w.must(report(w.one, bo, "", "r-1"))
	w.must(report(w.one, bo, "", "r-1"))
	if err := report(w.one, bo, "", "r-2"); !errors.Is(err, checkout.ErrBrought) {
		t.Errorf("reported twice: %v", err)
	}
	w.must(report(w.two, bo, "", "x-1"))
	w.must(report(w.two, bo, "first purchase", "x-2"))
	w.must(report(w.two, ece, "", "x-3"))
	w.exchange()
	w.has(ana, 75)
}
