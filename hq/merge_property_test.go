package hq_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// becoming is two members whose accounts become one at some moment, and all that
// was told of either.
type becoming struct {
	*world
	phones   [2]string
	subjects [2]ledger.Subject
	tills    []*till
	sales    []sold
	told     ledger.Points // earned, less what was spent and what came back
	merge    hq.MemberMerge
	merged   bool
}

type sold struct {
	at    *till
	sale  *ledger.Entry
	backs []*ledger.Entry
}

// Whatever two members earn, spend, overspend, give back and return at two tills,
// late, twice or after the right ended, and whenever they become one, and
// headquarters begins anew: at the end she has what both were told, and what nothing
// paid for is booked as lost.
func TestRandomMerges(t *testing.T) {
	w := newWorld(t)
	story := 0
	rapid.Check(t, func(r *rapid.T) {
		story++
		m := becoming{
			world: w, phones: [2]string{fmt.Sprintf("+9055513%05d", story), fmt.Sprintf("+9055514%05d", story)},
			tills: []*till{w.newTill(fmt.Sprint("a", story)), w.newTill(fmt.Sprint("b", story))},
		}
		for i, phone := range m.phones {
			m.subjects[i] = ledger.SubjectOf(m.tills[i].addMember(phone, ""))
			m.tills[i].sync()
		}
		m.merge = hq.MemberMerge{ID: newEntryID(), Phone: m.phones[0], Other: m.phones[1], Reason: "one person", Operator: "9"}
		before := w.lost()
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			m.step(r)
		}
		m.check(r, before)
	})
	w.clean()
	w.rebuilds()
}

// lost is what was booked to the loss so far.
func (w *world) lost() (sum ledger.Points) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.What == event.Loss {
			sum += e.Amount
		}
	}
	return sum
}

func (m *becoming) step(r *rapid.T) {
	t := rapid.SampledFrom(m.tills).Draw(r, "till")
	subject := rapid.SampledFrom(m.subjects[:]).Draw(r, "subject")
	switch rapid.SampledFrom([]string{
		"earn", "sell", "sell", "spend", "spend", "give back", "return", "push", "work", "pull", "ask", "epoch", "lapse", "restart", "merge",
	}).Draw(r, "step") {
	case "earn":
		points := ledger.Points(rapid.IntRange(1, 900).Draw(r, "points"))
		t.earn(subject, points)
		m.told += points
	case "sell":
		m.sales = append(m.sales, sold{at: t, sale: t.sell(subject, saleID())})
		m.told += 40
	case "spend":
		if id, ok := t.anyRight(r); ok {
			points := ledger.Points(rapid.IntRange(1, 600).Draw(r, "points"))
			t.spend(m.asWhom(r, t.whose[id]), id, points)
			m.told -= points
		}
	case "give back":
		if id, ok := t.anyRight(r); ok {
			t.giveBack(m.asWhom(r, t.whose[id]), id, ledger.Points(rapid.IntRange(0, 600).Draw(r, "points")))
		}
	case "return":
		m.comesBack(r)
	case "push":
		t.push()
	case "work":
		m.work()
	case "pull":
		t.pull()
	case "ask":
		id, _ := subject.Account()
		t.askRight(newRightID(), id, ledger.Points(rapid.IntRange(1, 900).Draw(r, "points")))
	case "epoch":
		t.push()
		t.openEpoch(t.head.Epoch+1, t.head.Hash)
		t.mustHello(wire.InStep)
	case "lapse":
		m.lapse(rapid.IntRange(1, 11).Draw(r, "days"))
	case "restart":
		m.restart()
	case "merge":
		m.becomeOne()
	}
}

// asWhom is under whose id a till writes of a right: once they are one, under the
// one or, where it has not heard, the other.
func (m *becoming) asWhom(r *rapid.T, granted ledger.Subject) ledger.Subject {
	if !m.merged {
		return granted
	}
	return rapid.SampledFrom(m.subjects[:]).Draw(r, "as")
}

func (m *becoming) comesBack(r *rapid.T) {
	if len(m.sales) == 0 {
		return
	}
	s := &m.sales[rapid.IntRange(0, len(m.sales)-1).Draw(r, "sale")]
	wish := loyalty.Wish{Lines: []ledger.ReturnedLine{{Line: len(s.backs)}}}
	if len(s.backs) > 1 {
		return // both its lines did
	}
	back := s.at.comeBack(s.sale, s.backs, wish)
	s.backs = append(s.backs, back)
	for _, p := range back.Postings {
		m.told -= p.Amount
	}
}

func (m *becoming) lapse(days int) {
	m.pass(time.Duration(days) * 24 * time.Hour)
	if err := m.hq.ConfirmClock(m.Context()); err != nil {
		m.Fatal(err)
	}
}

func (m *becoming) becomeOne() {
	if _, err := m.hq.MergeMembers(m.Context(), m.merge); err != nil {
		m.Fatal(err)
	}
	m.merged = true
}

func (m *becoming) check(r *rapid.T, lostBefore ledger.Points) {
	if !m.merged {
		m.becomeOne()
	}
	for _, t := range m.tills {
		t.push()
	}
	m.work()
	b, other := m.balance(m.phones[0]), m.balance(m.phones[1])
	if b != other {
		r.Errorf("the numbers lead to %+v and %+v", b, other)
	}
	if has, want := b.Available+b.Escrowed-b.Receivable, m.told+m.lost()-lostBefore; has != want {
		r.Errorf("available %d, escrowed %d, owed %d; told %d, lost %d", b.Available, b.Escrowed, b.Receivable, m.told, m.lost()-lostBefore)
	}
	if b.Available > 0 && b.Receivable > 0 {
		r.Errorf("%d are available while %d are owed", b.Available, b.Receivable)
	}
}
