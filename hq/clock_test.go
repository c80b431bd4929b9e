package hq_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A clock that is not to be believed is told to no till, and dates no right:
// till somebody confirms it, the time is the last that was.
func TestUnsoundClockIsNotTold(t *testing.T) {
	for name, jump := range map[string]time.Duration{
		"a day behind":    -24 * time.Hour,
		"ten years ahead": 10 * 365 * 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			w, a, subject := served(t, 1000)
			w.work()
			sound := ledger.MillisOf(w.now())
			w.pass(jump)
			for _, restarted := range []bool{false, true} {
				if restarted {
					w.restart()
				}
				if said := a.mustHello(wire.InStep).At; said != sound {
					t.Errorf("hello says %s, want %s", said.Time(), sound.Time())
				}
				page, err := a.feed(0) // as a till of the release before asks
				if err != nil || page.At != sound {
					t.Errorf("the feed says %s, %v, want %s", page.At.Time(), err, sound.Time())
				}
				if told := a.time(0); told != 0 {
					t.Errorf("the feed says %s to who takes none", told.Time())
				}
				if told := a.time(time.Millisecond); told != 0 {
					t.Errorf("after a wait the feed says %s to who takes none", told.Time())
				}
			}
			had := len(a.rights)
			a.earn(subject, 5000)
			a.sync()
			if len(a.rights) != had {
				t.Errorf("%d rights, and %d while the clock was believed", len(a.rights), had)
			}
			account, _ := subject.Account()
			if answer := a.askRight(newRightID(), account, 100); answer.Grant != nil || !strings.Contains(answer.Refuse, "clock") {
				t.Errorf("asked for a right: %+v", answer)
			}
			if err := w.hq.ConfirmClock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if said := a.mustHello(wire.InStep).At; said != ledger.MillisOf(w.now()) {
				t.Errorf("confirmed, hello says %s, want %s", said.Time(), w.now())
			}
			if a.sync(); len(a.rights) == had {
				t.Error("confirmed, no right was placed")
			}
			if told := a.time(0); told != ledger.MillisOf(w.now()) {
				t.Errorf("confirmed, the feed says %s, want %s", told.Time(), w.now())
			}
		})
	}
}

// What was sold while headquarters stood still counts where it was sold, also before
// anybody looked at its clock: two sales in two months have a limit of a month each.
func TestUnsoundClockKeepsDates(t *testing.T) {
	f := newFruity(t)
	f.a.fruit(5000)
	f.a.sync()
	f.pass(12 * 24 * time.Hour)
	f.a.fruit(5000)
	f.a.push()
	f.work()
	f.wants("5.00 in each month", ayse, "cash 1000")
	f.clean()
}

// A till that carries its headquarters has its clock: what it sells in a year that is
// not to be believed is sold at the last time that was.
func TestSameClockDatesNothing(t *testing.T) {
	f := newFruity(t)
	f.sameClock = true
	f.restart()
	f.a.url = f.url
	f.a.fruit(5000)
	f.a.push()
	f.work()
	f.pass(70 * 365 * 24 * time.Hour)
	f.a.fruit(5000)
	f.a.push()
	f.work()
	f.wants("5.00 a month, of one month", ayse, "cash 500")
	f.clean()
}

// time is the time in a page of the feed for a till that takes one without.
func (t *till) time(wait time.Duration) ledger.Millis {
	t.Helper()
	target := fmt.Sprintf("%s?cursor=%d.%d&wait=%s&%s=1", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wait, wire.UntoldParam)
	page := wire.Page{At: -1}
	if err := t.ask(http.MethodGet, target, nil, &page); err != nil {
		t.Fatal(err)
	}
	return page.At
}

// How long a headquarters may stand still is an option: a shop's machine is
// switched off over a weekend, and nobody has to look at its clock.
func TestMaxStop(t *testing.T) {
	w := newWorld(t)
	w.maxStop = 10 * 24 * time.Hour
	w.restart()
	w.pass(9 * 24 * time.Hour)
	w.work()
	if w.status().ClockUnsound || w.told(event.Clock) > 0 {
		t.Error("nine days were too long")
	}
	w.pass(11 * 24 * time.Hour)
	w.work()
	if !w.status().ClockUnsound || w.told(event.Clock) == 0 {
		t.Error("eleven days were believed")
	}
}
