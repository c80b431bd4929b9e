package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
)

// A headquarters that stood still until rights fell due takes nothing back before its
// tills could say what they spent in time; what is silent even then it does.
func TestListensBeforeItReclaims(t *testing.T) {
	for name, heard := range map[string]bool{"heard": true, "silent": false} {
		t.Run(name, func(t *testing.T) {
			w, a, subject := served(t, 1000)
			w.work()
			a.pull()
			right := a.theRight()
			w.maxStop = 30 * 24 * time.Hour
			a.spend(subject, right.ID, 100) // in time, and headquarters is away
			a.giveBack(subject, right.ID, right.Amount-100)
			w.pass(policy().SpendFor + policy().Grace + time.Hour)
			w.restart()
			a.url = w.url
			w.work()
			if heard {
				a.mustHello("in_step")
				a.push()
				w.work()
			}
			w.pass(20 * time.Minute)
			w.work()
			if losses, unproven := w.told(event.Loss), w.told(event.Unproven); losses != 0 || (unproven == 0) != heard {
				t.Errorf("%d losses, %d taken back without a word", losses, unproven)
			}
			if heard {
				w.clean()
			}
		})
	}
}

// One that was started with its clock years ahead, and set right, waits no longer for that.
func TestListensByARightClock(t *testing.T) {
	w, a, _ := served(t, 1000)
	w.work()
	a.pull()
	w.pass(70 * 365 * 24 * time.Hour)
	w.restart()
	w.work()
	w.pass(-70 * 365 * 24 * time.Hour)
	w.maxStop = 0
	for range 12 { // no day without work
		w.pass(20 * time.Hour)
		w.work()
	}
	if w.told(event.Unproven) == 0 {
		t.Error("nothing was taken back of a till that has been silent for ten days")
	}
}
