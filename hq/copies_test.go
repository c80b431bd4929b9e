package hq_test

import (
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

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
