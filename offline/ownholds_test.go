package offline_test

import (
	"context"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// The daemon dies while a conversation and a POS have something set aside: at the next
// start the conversation's is free, and the POS's is spent with its sale.
func TestOwnHoldsEndWithTheirProcess(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	wish := tl.wish(ana, 600)
	wish.Own = true
	own, err := tl.PlaceHold(context.Background(), wish)
	tl.must("place hold", err)
	pos := tl.hold(ana, 300)
	tl.wantSpendable("both set aside", ana, 100)
	tl.reopen()
	tl.wantSpendable("started anew", ana, 700)
	_, err = tl.Hold(context.Background(), own.ID)
	tl.wantNoRedeem("its hold", err, loyalty.HoldGone)
	tl.append(tl.redeem(ana, pos))
	tl.has("spent", ana, 700, 700)
	tl.clean()
}
