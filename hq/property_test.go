package hq_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// TestMain keeps the random stories few enough for every run; the command line
// may ask for more: -rapid.checks=1000.
func TestMain(m *testing.M) {
	flag.Set("rapid.checks", "25")
	os.Exit(m.Run())
}

// Whatever tills earn, spend, overspend, give back, send twice, late or not at
// all, and whenever rights lapse: nothing is below zero, nothing is spent
// twice, and every sum is that of its rows.
func TestRandomTills(t *testing.T) {
	w := newWorld(t)
	story := 0
	rapid.Check(t, func(r *rapid.T) {
		story++
		phone := fmt.Sprintf("+9055512%05d", story)
		tills := []*till{w.newTill(fmt.Sprint("a", story)), w.newTill(fmt.Sprint("b", story))}
		m := member{world: w, phone: phone, subject: ledger.SubjectOf(tills[0].addMember(phone, "")), tills: tills}
		tills[0].sync()
		tills[1].pull()
		for range rapid.IntRange(1, 25).Draw(r, "steps") {
			m.step(r)
		}
		m.settle()
		m.check(r)
	})
	w.clean()
	w.rebuilds()
}

// member is one story: what was earned, and what was spent of it.
type member struct {
	*world
	phone         string
	subject       ledger.Subject
	tills         []*till
	earned, spent ledger.Points
}

func (m *member) step(r *rapid.T) {
	t := rapid.SampledFrom(m.tills).Draw(r, "till")
	switch rapid.SampledFrom([]string{"earn", "earn", "spend", "spend", "return", "push", "work", "repeat", "pull", "ask", "epoch", "lapse"}).Draw(r, "step") {
	case "earn":
		points := ledger.Points(rapid.IntRange(1, 900).Draw(r, "points"))
		t.earn(m.subject, points)
		m.earned += points
	case "spend":
		if id, ok := t.anyRight(r); ok {
			points := ledger.Points(rapid.IntRange(1, 600).Draw(r, "points"))
			t.spend(m.subject, id, points)
			m.spent += points
		}
	case "return":
		if id, ok := t.anyRight(r); ok {
			t.giveBack(m.subject, id, ledger.Points(rapid.IntRange(0, 600).Draw(r, "points")))
		}
	case "push":
		t.push()
	case "work":
		m.work()
	case "repeat":
		if len(t.lines) > 0 {
			t.send(t.batch(0, rapid.IntRange(1, len(t.lines)).Draw(r, "lines"))) // whatever comes back, it was sent
			t.mustHello(wire.InStep)
		}
	case "pull":
		t.pull()
	case "ask":
		id, _ := m.subject.Account()
		t.askRight(newRightID(), id, ledger.Points(rapid.IntRange(1, 900).Draw(r, "points")))
	case "epoch":
		t.push()
		t.openEpoch(t.head.Epoch+1, t.head.Hash)
		t.mustHello(wire.InStep)
	case "lapse":
		m.pass(time.Duration(rapid.IntRange(1, 11).Draw(r, "days")) * 24 * time.Hour)
		if err := m.hq.ConfirmClock(m.Context()); err != nil {
			m.Fatal(err)
		}
	}
}

func (t *till) anyRight(r *rapid.T) (ledger.RightID, bool) {
	if len(t.rights) == 0 {
		return ledger.RightID{}, false
	}
	ids := slices.SortedFunc(maps.Keys(t.rights), func(a, b ledger.RightID) int { return slices.Compare(a[:], b[:]) })
	return rapid.SampledFrom(ids).Draw(r, "right"), true
}

func (m *member) settle() {
	for _, t := range m.tills {
		t.push()
	}
	m.work()
}

func (m *member) check(r *rapid.T) {
	b := m.world.balance(m.phone)
	var lost ledger.Points
	for _, e := range m.events {
		if e.What == event.Loss && e.Account == string(m.subject) {
			lost += e.Amount
		}
	}
	if b.Available < 0 || b.Escrowed < 0 || b.Available+b.Escrowed != m.earned-m.spent+lost {
		r.Errorf("available %d, escrowed %d; earned %d, spent %d, lost %d", b.Available, b.Escrowed, m.earned, m.spent, lost)
	}
}
