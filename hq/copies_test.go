package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A journal that was written on under an epoch that was left is one of two; but a
// disk put back to before an epoch that told its entries again is none.
func TestWrittenOnUnderALeftEpoch(t *testing.T) {
	for name, c := range map[string]struct {
		again bool
		want  wire.Standing
	}{
		"another wrote it":  {false, wire.Fenced},
		"it was told again": {true, wire.Regress},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.newTill("lane 1")
			subject := ledger.SubjectOf(a.addMember(ayse, ""))
			a.push()
			a.earn(subject, 5) // not sent
			body, first := a.lines[1].body, a.place()
			next := a.clone()
			next.openEpoch(2, a.lines[0].link)
			if c.again {
				next.appendBody(body, nil, &first)
			}
			next.earn(subject, 7)
			next.mustHello(wire.InStep)
			next.push()
			a.mustHello(c.want)
		})
	}
}

// What is told again in place of what stands there is another machine's.
func TestToldAgainBesideAnother(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	copied := a.clone()
	a.earn(subject, 5)
	a.push()
	copied.earn(subject, 600)
	body, first := copied.lines[1].body, copied.place()
	copied.openEpoch(2, copied.lines[0].link)
	copied.appendBody(body, nil, &first)
	copied.mustHello(wire.InStep)
	if _, err := copied.send(copied.batch(0, 1)); code(err) != wire.CodeFork {
		t.Errorf("got %v, want a fork", err)
	}
	copied.mustHello(wire.Fenced)
}
