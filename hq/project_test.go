package hq_test

import (
	"fmt"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A sale that comes twice under one id earns once; what the second spent was
// spent nevertheless.
func TestDuplicateSale(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	e := earning(subject, "S-twice", 10)
	a.append(e, nil, nil)
	second := spending(subject, "S-twice", r.ID, 100)
	second.Postings = append(second.Postings, e.Postings...)
	a.append(second, nil, nil)
	a.sync()
	w.expect("the second earned nothing and spent", 510, 400)
	if c := a.rows["verdict "+second.ID.String()]; c.Verdict == nil || c.Verdict.Verdict != ledger.DuplicateSale {
		t.Errorf("the feed says %+v", c.Verdict)
	}
	if w.told(event.DuplicateSale) != 1 {
		t.Error("nobody was told")
	}
}

// A number enrolled offline at two tills is one member: the first to arrive
// has it, and the other account is forwarded with all that it earns.
func TestTwoEnrollments(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("lane 1"), w.newTill("lane 2")
	first, second := a.addMember(ayse, "Ayşe"), b.addMember(ayse, "Ayşe")
	a.earn(ledger.SubjectOf(first), 5)
	b.earn(ledger.SubjectOf(second), 7)
	b.push()
	w.work()
	a.push()
	w.work()
	a.pull()
	w.expect("one account", 12, 0)
	if got := w.member(ayse).Account; got != second {
		t.Errorf("account %s, want the first to arrive, %s", got, second)
	}
	c := a.rows["forward "+first.String()]
	if c.Forward == nil || c.Forward.To != second {
		t.Errorf("the feed says %+v of the loser", c.Forward)
	}
	if _, told := a.rows["account "+first.String()]; told {
		t.Error("the loser has a row of its own")
	}
	a.earn(ledger.SubjectOf(first), 1)
	a.sync()
	w.expect("forwarded for ever", 13, 0)
}

// Nobody adds her number to an account that is enrolled.
func TestEnrolledOnce(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "")
	a.earn(ledger.SubjectOf(id), 5)
	cipher, sum := a.person("+905550000000", "")
	a.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(id), Proof: ledger.Claimed, Attachment: sum}, cipher, nil)
	a.sync()
	if _, err := w.hq.MemberByPhone(t.Context(), "+905550000000"); err == nil {
		t.Error("a second number opens the account")
	}
	if s := w.status(); s.Quarantined != 1 {
		t.Errorf("quarantined %d, want 1", s.Quarantined)
	}
	w.clean()
}

// An entry about somebody unknown keeps a ledger of its own, or goes to the
// account that its number is enrolled for, and its till is told.
func TestSuspects(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	unknown := a.suspect("S-1", "+905550000000", 4)
	a.addMember(ayse, "")
	known := a.suspect("S-2", ayse, 6)
	a.sync()
	w.expect("the known one", 6, 0)
	if c := a.rows["verdict "+unknown.ID.String()]; c.Verdict == nil || c.Verdict.Verdict != ledger.Suspected {
		t.Errorf("the feed says %+v of the unknown one", c.Verdict)
	}
	if _, told := a.rows["verdict "+known.ID.String()]; told {
		t.Error("the known one is told of as a suspect")
	}
}

// Whoever kept keying a number that nobody had is she who is enrolled with it, at
// whichever stores, before or after, by whichever way: what she earned is hers, and
// comes back as any.
func TestSuspectsResolved(t *testing.T) {
	w := newWorld(t)
	if err := w.hq.CreateStore(t.Context(), wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}); err != nil {
		t.Fatal(err)
	}
	a, b := w.newTill("lane 1"), w.newTillAt("0002", "lane 1")
	first := a.suspect("S-1", ayse, 40)
	a.suspect("S-2", "+905550000000", 7)
	a.sync()
	b.suspect("S-3", ayse, 50)
	b.sync()
	b.addMember(ayse, "Ayşe")
	b.suspect("S-4", ayse, 60)
	b.sync()
	w.expect("enrolled at the other store", 150, 0)
	a.suspect("S-5", ayse, 5)
	a.comeBack(first, nil, loyalty.Wish{All: true, Void: true})
	a.sync()
	w.expect("and one sale came back", 115, 0)
	if n := w.told(event.Stuck); n > 0 {
		t.Errorf("%d could not be moved", n)
	}
	if _, err := w.hq.MemberByPhone(t.Context(), "+905550000000"); err == nil {
		t.Error("a number that nobody enrolled finds somebody")
	}
	w.restart()
	w.work()
	w.expect("after a start", 115, 0)
}

func (t *till) suspect(saleID, e164 string, points ledger.Points) *ledger.Entry {
	t.Helper()
	cipher, sum := t.person(e164, "")
	e := earning(ledger.SuspectSubject(ledger.SuspectID(newAccountID())), saleID, points)
	e.Attachment = sum
	return t.append(e, cipher, nil)
}

// What cannot be read is kept with the reason, holds up nothing, and is tried
// again at each start.
func TestQuarantine(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "")
	subject := ledger.SubjectOf(id)
	saleEntry := a.earn(subject, 1)
	forged := earning(subject, "S-forged", 2)
	forged.ID = saleEntry.ID
	a.append(forged, nil, nil)
	a.appendBody([]byte(`{"v":1,"kind":"sale","points":1,"points":2}`), nil, nil)
	a.appendBody([]byte(fmt.Sprintf(`{"v":9,"id":%q,"kind":"sale"}`, newEntryID())), nil, nil)
	a.append(&ledger.Entry{Kind: ledger.Grant, Subject: subject, Right: &ledger.Right{Amount: 1}}, nil, nil)
	printing := earning(subject, "S-print", 3)
	printing.Postings[0].From = ledger.Adjusted
	a.append(printing, nil, nil)
	_, sum := a.person("+905550000000", "")
	cipher, _ := a.person("+905550000001", "")
	a.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(newAccountID()), Attachment: sum}, cipher, nil)
	a.earn(subject, 4)
	a.sync()
	w.expect("the good ones", 5, 0)
	if s := w.status(); s.Quarantined != 6 || s.Unprojected != 0 {
		t.Errorf("quarantined %d, unprojected %d, want 6 and 0", s.Quarantined, s.Unprojected)
	}
	w.restart()
	w.work()
	if s := w.status(); s.Quarantined != 6 {
		t.Errorf("quarantined after a start %d, want 6", s.Quarantined)
	}
	w.expect("after a start", 5, 0)
}

// An entry passed over for a missing attachment is posted once that is there.
func TestQuarantineReleased(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	cipher, sum := a.person(ayse, "")
	id := newAccountID()
	a.append(&ledger.Entry{Kind: ledger.Enroll, Subject: ledger.SubjectOf(id), Attachment: sum}, nil, nil)
	a.earn(ledger.SubjectOf(id), 4)
	a.sync()
	w.sql(`INSERT INTO attachment VALUES ($1, $2, $3, 1)`, a.Terminal.String(), sum[:], cipher)
	if n, err := w.hq.Retry(t.Context()); n != 1 || err != nil {
		t.Fatalf("retried %d, %v", n, err)
	}
	w.expect("enrolled late", 4, 0)
}

// An entry that came in and is gone from the database holds up those behind it of its
// till, in their order, and nobody else's; a seal that cannot be read nobody's. A person
// hears of each once.
func TestOneBadJournal(t *testing.T) {
	w, a, subject := served(t, 100)
	b := w.newTill("lane 2")
	a.earn(subject, 5)
	a.earn(subject, 6)
	a.earn(subject, 7)
	a.push()
	b.earn(subject, 10)
	b.push()
	w.sql(`
		UPDATE intake SET seq = seq + 1000
		WHERE terminal = $1 AND seq = (SELECT max(seq) - 1 FROM intake WHERE terminal = $1)`, a.Terminal.String())
	w.sql(`UPDATE seal SET seal = $1 WHERE terminal = $2`, []byte("{"), b.Terminal.String())
	for range 3 {
		w.work()
	}
	if have := w.balance(ayse).Available; have != 115 {
		t.Errorf("%d, want what came before the gap, and from another till: 115", have)
	}
	if undone, sums := w.told(event.Undone), w.told(event.Sums); undone != 1 || sums != 1 {
		t.Errorf("told %d and %d times", undone, sums)
	}
	w.sql(`UPDATE intake SET seq = seq - 1000 WHERE seq > 1000`)
	w.work()
	if have := w.balance(ayse).Available; have != 128 {
		t.Errorf("%d, want all once it is put back: 128", have)
	}
}

// A batch that sums up to something else than it was sealed for is posted, and
// a person is told; an honest one is not told of.
func TestSums(t *testing.T) {
	w, a, subject := served(t, 100)
	a.earn(subject, 5)
	a.earn(subject, 6)
	a.push()
	a.lie = true
	w.work()
	if w.told(event.Sums) != 0 {
		t.Error("an honest batch was told of")
	}
	a.earn(subject, 7)
	a.sync()
	if w.told(event.Sums) != 1 {
		t.Errorf("told %d times, want 1", w.told(event.Sums))
	}
	w.expect("posted all the same", 118, 0)
}

// A batch is compared as a whole, wherever rounds of projection end.
func TestSumsWhereRoundsEnd(t *testing.T) {
	for most := 1; most <= 6; most++ {
		w := newWorld(t)
		a, b := w.newTill("lane 1"), w.newTill("lane 2")
		subject := ledger.SubjectOf(a.addMember(ayse, ""))
		a.sync()
		a.earn(subject, 5)
		b.lie = true
		for range 3 {
			a.earn(subject, 6)
			b.earn(subject, 7)
		}
		a.push()
		b.push()
		for n := 1; n > 0; {
			var err error
			if n, err = w.hq.Project(t.Context(), most); err != nil {
				t.Fatal(err)
			}
		}
		if most >= 3 { // else no batch has room
			w.toldOnce(event.Sums)
		}
		w.expect("posted all the same", 44, 0)
	}
}

// A clock far off changes no order; what headquarters takes for the time is
// never after the entry came.
func TestClocksOff(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "")
	for i, at := range []ledger.Millis{1, 1 << 45} {
		e := earning(ledger.SubjectOf(id), fmt.Sprint("S-", i), 1)
		e.V, e.ID, e.At = ledger.Version, newEntryID(), at
		body, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		a.appendBody(body, nil, nil)
	}
	a.sync()
	w.expect("both", 2, 0)
}
