package offline_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Whatever a till's clock does, only headquarters sets the guard back.
func TestClockGuard(t *testing.T) {
	for _, c := range []struct {
		name  string
		looks []time.Duration // after the mark, one after the other, without a monotonic clock
		off   bool
		mark  time.Duration
	}{
		{"in step", []time.Duration{time.Minute, time.Hour}, false, time.Hour},
		{"a small step back", []time.Duration{time.Hour, time.Hour - 5*time.Second}, false, time.Hour},
		{"a step back", []time.Duration{time.Hour, time.Hour - 6*time.Second}, true, time.Hour},
		{"a year back", []time.Duration{-365 * 24 * time.Hour}, true, 0},
		{"back and forward again", []time.Duration{time.Hour, 0, time.Hour}, true, time.Hour},
		{"a day ahead", []time.Duration{24 * time.Hour}, false, 24 * time.Hour},
		{"more than a day ahead", []time.Duration{24*time.Hour + time.Millisecond}, true, 0},
		{"ahead and back again", []time.Duration{48 * time.Hour, time.Minute}, true, 0},
		{"a day and another", []time.Duration{24 * time.Hour, 48 * time.Hour}, false, 48 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			guard := offline.NewClock(ledger.MillisOf(start))
			for _, after := range c.looks {
				guard = guard.Look(start.Add(after))
			}
			if guard.Off() != c.off || guard.Mark() != ledger.MillisOf(start.Add(c.mark)) {
				t.Errorf("off %v, mark %v after the start; want %v, %v",
					guard.Off(), guard.Mark().Time().Sub(start), c.off, c.mark)
			}
		})
	}
}

// Time that passed while the process ran is no jump, however long nobody
// looked; the same step of a clock that was set is one.
func TestClockCountsWhatPassed(t *testing.T) {
	began := time.Now()
	guard := offline.NewClock(ledger.MillisOf(began)).Look(began)
	if guard.Look(began.Add(72 * time.Hour)).Off() { // Add moves the monotonic reading too
		t.Error("three quiet days were taken for a jump")
	}
	if !guard.Look(began.Add(72 * time.Hour).Round(0)).Off() {
		t.Error("a jump of three days was not noticed")
	}
}

// What goes by counts, whatever the clock says: a hold is old after a quarter of an hour.
func TestWhatSurelyWentBy(t *testing.T) {
	began := time.Now()
	guard := offline.NewClock(ledger.MillisOf(began)).Look(began)
	for name, at := range map[string]time.Time{
		"right": began.Add(20 * time.Minute),
		"off":   began.Add(20 * time.Minute).Round(0).Add(365 * 24 * time.Hour),
	} {
		want := ledger.MillisOf(began.Add(20 * time.Minute))
		if name == "off" {
			want = ledger.MillisOf(began) // without a monotonic clock nothing surely did
		}
		if got := guard.Surely(at); got != want {
			t.Errorf("%s: %v, want %v", name, got.Time(), want.Time())
		}
	}
}

// A clock that is wrong and known to be redeems by headquarters' time.
func TestClockConfirmed(t *testing.T) {
	slow := start.Add(-30 * time.Hour)
	guard := offline.NewClock(ledger.MillisOf(start)).Look(slow)
	if !guard.Off() {
		t.Fatal("a clock a day behind its mark was not noticed")
	}
	guard = guard.Confirm(slow, ledger.MillisOf(start)).Look(slow.Add(time.Minute))
	if guard.Off() || guard.Time(slow.Add(time.Minute)) != ledger.MillisOf(start.Add(time.Minute)) {
		t.Errorf("off %v, time %v", guard.Off(), guard.Time(slow.Add(time.Minute)).Time())
	}
	if !guard.Look(slow.Add(-time.Minute)).Off() {
		t.Error("the wrong clock was set back further and that was not noticed")
	}
}

// A hold placed by a clock that was ahead is no younger than it is: once it is old, another
// sale has what it set aside.
func TestHoldOfAClockAhead(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	truth := tl.now()
	tl.advance(20 * time.Hour)
	tl.hold(ana, 1000)
	tl.clock.Store(int64(truth))
	tl.heard(truth)
	tl.advance(16 * time.Minute)
	tl.hold(ana, 500)
}

// One placed by a clock that was behind is no older: nobody takes it from her who pays.
func TestHoldOfAClockBehind(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	h := tl.hold(ana, 1000)
	tl.advance(time.Minute)
	tl.heard(tl.now().Add(2 * time.Hour))
	_, err := tl.PlaceHold(t.Context(), tl.wish(ana, 500))
	tl.wantNoRedeem("hold what she has", err, loyalty.NoRight)
	tl.append(tl.redeem(ana, h))
}

// One that was placed before the clock was set ahead is as old as it was, once that is
// known.
func TestHoldBeforeAClockAhead(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 1000)
	tl.addRight(ana, 1000, 72*time.Hour)
	tl.hold(ana, 1000)
	tl.advance(20 * time.Hour)
	tl.append(tl.sale(ana, 0))
	tl.advance(-20*time.Hour + time.Minute)
	tl.heard(tl.now())
	_, err := tl.PlaceHold(t.Context(), tl.wish(ana, 500))
	tl.wantNoRedeem("hold what she has", err, loyalty.NoRight)
}
