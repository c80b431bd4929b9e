package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// greets is a till that says hello before it sends, and begins an epoch where it is
// told to: it returns how it stood.
func (t *till) greets() wire.Standing {
	t.Helper()
	w, err := t.hello()
	if err != nil {
		t.Fatal(err)
	}
	if w.Standing != wire.Regress {
		return w.Standing
	}
	from := t.began
	var again []line
	if w.Common != nil {
		for i, l := range t.lines {
			if l.link == w.Common.Hash {
				from, again = l.link, t.lines[i+1:]
			}
		}
	}
	t.openEpoch(w.Known.Epoch+1, from)
	for _, l := range again {
		t.appendBody(l.body, l.attachment, nil)
	}
	t.mustHello(wire.InStep)
	return wire.Regress
}

// Two copies that say hello before they send take turns in new epochs, and are
// found out once each has had its turn; all that either sold is kept.
func TestCopiesTakeTurns(t *testing.T) {
	for name, behind := range map[string]int{"one behind": 1, "one far behind": 3} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.newTill("lane 1")
			subject := ledger.SubjectOf(a.addMember(ayse, ""))
			a.push()
			copied := a.clone()
			for range behind {
				a.earn(subject, 1)
			}
			a.push()
			for turn := range 6 {
				for _, machine := range []*till{copied, a} {
					if machine.greets() == wire.Fenced {
						if turn < 1 || w.told(event.Fork) != 1 {
							t.Errorf("fenced in turn %d, told %d times", turn, w.told(event.Fork))
						}
						w.work()
						w.clean()
						return
					}
					machine.earn(subject, 10)
					machine.push()
				}
			}
			t.Error("nobody is found out")
		})
	}
}

// A disk of before is put back, and then, because that was the wrong one, a newer
// one; again a year later. Nobody copied anything, and nobody is fenced.
func TestDisksPutBackAreNoCopies(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	for range 3 {
		older := a.clone()
		a.earn(subject, 1)
		a.push()
		newer := a.clone()
		for _, disk := range []*till{older, newer} {
			if got := disk.greets(); got != wire.Regress {
				t.Fatalf("standing %q", got)
			}
			disk.earn(subject, 1)
			disk.push()
		}
		a = newer
	}
	for range 3 { // older and older ones
		old := a.clone()
		a.earn(subject, 1)
		a.push()
		if got := old.greets(); got != wire.Regress {
			t.Fatalf("standing %q", got)
		}
		old.earn(subject, 1)
		old.push()
		a = old
	}
	w.work()
	w.clean()
}
