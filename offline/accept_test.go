package offline_test

import (
	"context"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// A clock that ran ahead and was set right is believed once a person says so,
// also after a restart; a right that was seen past stays past.
func TestAcceptClock(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(1000, 0)
	tl.addRight(ana, 500, 10*time.Hour)
	tl.addRight(ana, 500, 60*time.Hour)
	tl.advance(20 * time.Hour)
	tl.append(tl.sale(ana, 0))
	ahead := tl.now()
	tl.advance(-19 * time.Hour)
	tl.append(tl.sale(ana, 0))
	if why := tl.noRedeem(); why != loyalty.ClockOff {
		t.Fatalf("set back by 19 hours: may not redeem: %q", why)
	}
	seen, accepted, err := tl.AcceptClock(context.Background())
	tl.must("accept clock", err)
	if seen != ahead || accepted != tl.now() {
		t.Errorf("seen %v, accepted %v; want %v, %v", seen.Time(), accepted.Time(), ahead.Time(), tl.now().Time())
	}
	for _, when := range []string{"accepted", "after a restart"} {
		st, err := tl.Status(context.Background())
		tl.must("status", err)
		if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != "" || spendable != 500 || st.ClockOff || st.ClockMark != accepted {
			t.Errorf("%s: may not redeem: %q, %d spendable, off %v, mark %v", when, why, spendable, st.ClockOff, st.ClockMark.Time())
		}
		tl.reopen()
	}
	tl.clean()
}
