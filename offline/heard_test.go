package offline_test

import (
	"context"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func (tl *till) heard(at ledger.Millis) {
	tl.t.Helper()
	tl.must("heard", tl.Heard(context.Background(), at))
}

func (tl *till) noRedeem() loyalty.Reason {
	tl.t.Helper()
	st, err := tl.Status(context.Background())
	tl.must("status", err)
	if st.NoRedeem == nil {
		return ""
	}
	return st.NoRedeem.Reason
}

// A till where nothing is sold stays in touch by headquarters' word alone, and
// is out of touch without it.
func TestHeardKeepsInTouch(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(500, 0)
	tl.addRight(ana, 500, 30*24*time.Hour)
	for range 10 { // ten days at twenty hours a step; 72 h without a word are too many
		tl.advance(20 * time.Hour)
		tl.heard(tl.now())
	}
	if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != "" || spendable != 500 {
		t.Fatalf("in touch: may not redeem: %q, %d spendable", why, spendable)
	}
	tl.reopen()
	if spendable := tl.balance(ana).Spendable; spendable != 500 {
		t.Fatalf("in touch, after a restart: %d spendable", spendable)
	}
	for range 4 {
		tl.advance(20 * time.Hour)
		tl.append(tl.sale(ana, 0)) // its clock is looked at, so that it is not the clock that is refused
	}
	if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != loyalty.OfflineLong || spendable != 0 {
		t.Fatalf("80 hours without a word: may not redeem: %q, %d spendable", why, spendable)
	}
	tl.heard(tl.now())
	if why := tl.noRedeem(); why != "" {
		t.Fatalf("in touch again: may not redeem: %q", why)
	}
	tl.clean()
}

// Headquarters' word is noted once a minute at most: each note is a commit.
func TestHeardOnceAMinute(t *testing.T) {
	tl := newTill(t)
	status := func() (contact ledger.Millis, wal int64) {
		st, err := tl.Status(context.Background())
		tl.must("status", err)
		return st.LastContact, st.WALBytes
	}
	greeted, wal := status()
	for range 59 {
		tl.advance(time.Second)
		tl.heard(tl.now())
	}
	if contact, now := status(); contact != greeted || now != wal {
		t.Errorf("within the minute: contact moved by %d ms, %d bytes written", contact-greeted, now-wal)
	}
	tl.advance(time.Second)
	tl.heard(tl.now())
	contact, now := status()
	if contact != tl.now() || now == wal {
		t.Errorf("after a minute: contact moved by %d ms, %d bytes written", contact-greeted, now-wal)
	}
	tl.reopen()
	if kept, _ := status(); kept != contact {
		t.Errorf("after a restart contact is %v, want %v", kept.Time(), contact.Time())
	}
}

// A clock found wrong is set right by headquarters' word at once, minute or
// not.
func TestHeardSetsTheClockRight(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 0)
	tl.advance(-time.Hour)
	tl.append(tl.sale(ana, 0))
	if why := tl.noRedeem(); why != loyalty.ClockOff {
		t.Fatalf("an hour back: may not redeem: %q", why)
	}
	tl.heard(ledger.MillisOf(start).Add(time.Second))
	if why := tl.noRedeem(); why != "" {
		t.Fatalf("told the time: may not redeem: %q", why)
	}
	tl.reopen()
	if why := tl.noRedeem(); why != "" {
		t.Fatalf("after a restart: may not redeem: %q", why)
	}
}

// A headquarters that is not sure of its time tells none: the till is in touch, by its
// own clock, and an ack, which has a time all the same, sets that back no more than it
// sets one right that is off.
func TestHeardWithoutATime(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(500, 0)
	tl.addRight(ana, 500, 30*time.Hour)
	told := tl.now()
	for range 20 { // 100 hours; 72 without a word are too many
		tl.advance(5 * time.Hour)
		tl.append(tl.sale(ana, 0))
		tl.heard(0)
		tl.must("acknowledge", tl.Acknowledge(context.Background(), ledger.Ack{
			V: 1, UpTo: tl.place(), Head: tl.head().Hash, Incarnation: 1, At: told, Token: "t1",
		}))
		if at, sure := tl.Present(); at != tl.now() || !sure {
			t.Fatalf("the till has %s, sure %v; it is %s", at.Time(), sure, tl.now().Time())
		}
	}
	if why, spendable := tl.noRedeem(), tl.balance(ana).Spendable; why != "" || spendable != 0 {
		t.Errorf("in touch: may not redeem: %q; %d may be spent of a right that ended", why, spendable)
	}
	tl.advance(-time.Hour)
	tl.append(tl.sale(ana, 0))
	tl.heard(0)
	if why := tl.noRedeem(); why != loyalty.ClockOff {
		t.Errorf("an hour back, and told no time: may not redeem: %q", why)
	}
	tl.clean()
}

// A clock that is set ahead by less than a day is set right within the minute too.
func TestHeardSetsBackWhatRanAhead(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(0, 0)
	told := tl.now()
	tl.advance(20 * time.Hour)
	tl.append(tl.sale(ana, 0))
	tl.heard(told)
	if at, sure := tl.Present(); at != told || !sure {
		t.Errorf("the till has %s, sure %v, and was told %s", at.Time(), sure, told.Time())
	}
}
