package hq_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func newRightID() ledger.RightID { return ledger.RightID(uuid.Must(uuid.NewV7())) }

// served is a member with points whose share stands at the till that served
// her.
func served(t *testing.T, points ledger.Points) (*world, *till, ledger.Subject) {
	t.Helper()
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, "Ayşe Yılmaz"))
	a.earn(subject, points)
	a.sync()
	return w, a, subject
}

// expect compares what headquarters has of the member.
func (w *world) expect(when string, available, escrowed ledger.Points) {
	w.Helper()
	if b := w.balance(ayse); b.Available != available || b.Escrowed != escrowed {
		w.Errorf("%s: available %d, escrowed %d, want %d and %d", when, b.Available, b.Escrowed, available, escrowed)
	}
	w.clean()
}

// A share of the balance, in whole multiples of the cheapest reward, is placed
// at the lane used last and spent there without asking.
func TestPlacedAndSpent(t *testing.T) {
	w, a, subject := served(t, 1050)
	w.expect("placed", 550, 500)
	r := a.theRight()
	if r.Amount != 500 || r.SpendUntil != ledger.MillisOf(w.now().Add(72*time.Hour)) {
		t.Errorf("right %+v", r)
	}
	a.spend(subject, r.ID, 300)
	a.sync()
	w.expect("spent: half of 750 is 300, and 200 stand there", 450, 300)
	if len(a.rights) != 2 {
		t.Errorf("%d rights, want 2", len(a.rights))
	}
}

// What is earned later tops the till up only when a whole multiple more is
// due.
func TestTopUp(t *testing.T) {
	w, a, subject := served(t, 500)
	w.expect("placed", 300, 200)
	a.earn(subject, 99)
	a.sync()
	w.expect("99 more", 399, 200)
	a.earn(subject, 1)
	a.sync()
	w.expect("100 more", 300, 300)
	a.earn(subject, 100)
	a.sync()
	w.expect("200 more", 400, 300)
	if len(a.rights) != 2 {
		t.Errorf("%d rights, want 2", len(a.rights))
	}
}

// A right given back returns to its lots and is placed again; what was spent
// of it before stays spent.
func TestReturned(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 100)
	a.giveBack(subject, r.ID, 400)
	a.push()
	w.work()
	w.expect("returned, placed again", 500, 400)
	a.pull()
	if c := a.rows["right "+r.ID.String()]; c.Right == nil || !c.Right.Closed {
		t.Errorf("the feed says %+v of the right, want closed", c.Right)
	}
	a.spend(subject, r.ID, 100)
	a.sync()
	w.expect("spent after the return: lost", 500, 400)
	if w.told(event.Loss) != 1 {
		t.Error("nobody was told of the loss")
	}
}

// A right that nobody answered for is called back when it lapses and reclaimed
// after the grace; a spend that comes later is accepted and booked to loss.
func TestReclaimed(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	late := a.spend(subject, r.ID, 200)
	w.pass(23 * time.Hour)
	w.work()
	for range 2 {
		w.pass(25 * time.Hour)
		w.work()
		if w.told(event.Clock) == 0 {
			t.Fatal("a jump of 25 hours was believed")
		}
		if err := w.hq.ConfirmClock(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	w.pass(time.Minute)
	w.work()
	w.expect("lapsed", 500, 500)
	a.cursor = ledger.Cursor{}
	a.pull()
	if c := a.rows["right "+r.ID.String()]; c.Right == nil || !c.Right.Recall {
		t.Errorf("the feed says %+v of a lapsed right, want called back", c.Right)
	}
	w.workFor(8)
	if w.told(event.Unproven) != 1 {
		t.Fatalf("unproven told %d times, want 1", w.told(event.Unproven))
	}
	before := w.balance(ayse)
	a.push()
	w.work()
	if after := w.balance(ayse); after.Available+after.Escrowed != before.Available+before.Escrowed || before.Available+before.Escrowed != 1000 {
		t.Errorf("a late spend moved %+v to %+v", before, after)
	}
	a.pull()
	if c := a.rows["verdict "+late.ID.String()]; c.Verdict == nil || c.Verdict.Verdict != ledger.LossFunded {
		t.Errorf("the feed says %+v of the late spend", c.Verdict)
	}
	w.clean()
}

// What a spend takes beyond its right, or from a right of another branch or
// nobody's, is the program's loss and never the member's.
func TestLoss(t *testing.T) {
	w, a, subject := served(t, 1000)
	r := a.theRight()
	a.spend(subject, r.ID, 700)
	a.sync()
	w.expect("200 beyond the right", 300, 200)
	a.spend(subject, newRightID(), 50)
	a.sync()
	w.expect("no right at all", 300, 200)

	b := w.newTill("lane 2")
	for id := range a.rights {
		b.spend(subject, id, 100)
	}
	b.sync()
	w.expect("another till's right", 300, 200)
	if w.told(event.Loss) != 2+len(a.rights) {
		t.Errorf("loss told %d times, want %d", w.told(event.Loss), 2+len(a.rights))
	}
}

// A spend written before a new epoch and sent again under it is judged by
// where it was first written.
func TestSpendBeforeNewEpoch(t *testing.T) {
	w, a, subject := served(t, 1000)
	a.spend(subject, a.theRight().ID, 100)
	body, first, common := a.lines[2].body, a.place(), a.lines[1].link
	a.openEpoch(2, common)
	a.appendBody(body, nil, &first)
	a.mustHello(wire.InStep)
	a.sync()
	w.expect("sent again", 500, 400)

	// A claim to a first place that holds another entry is another machine's.
	taken := ledger.Place{Terminal: a.Terminal, Epoch: 1, Branch: first.Branch, Seq: 2}
	a.append(spending(subject, saleID(), a.theRight().ID, 100), nil, &taken)
	if _, err := a.send(a.batch(a.acked, len(a.lines))); code(err) != wire.CodeFork {
		t.Errorf("got %v, want a fork", err)
	}
	w.expect("forged", 500, 400)
}

// A till asks for more than stands there: the answer is the same right however
// often it asks, and other tills are asked for theirs when it is not enough.
func TestAskForRight(t *testing.T) {
	w, a, _ := served(t, 1000)
	account := w.member(ayse).Account
	b := w.newTill("lane 2")
	id := newRightID()
	for range 3 {
		if answer := b.askRight(id, account, 300); answer.Grant == nil {
			t.Fatalf("refused: %s", answer.Refuse)
		}
	}
	w.expect("granted once", 200, 800)
	if answer := b.askRight(newRightID(), account, 1200); !strings.Contains(answer.Refuse, "not enough") {
		t.Errorf("refused with %q", answer.Refuse)
	}
	if answer := b.askRight(newRightID(), account, 600); !strings.Contains(answer.Refuse, "called back") {
		t.Errorf("refused with %q", answer.Refuse)
	}
	w.work()
	a.pull()
	r := a.theRight()
	if c := a.rows["right "+r.ID.String()]; c.Right == nil || !c.Right.Recall {
		t.Fatalf("the feed says %+v, want called back", c.Right)
	}
	a.giveBack(a.subject(account), r.ID, r.Amount)
	a.push()
	if _, err := w.hq.Project(t.Context(), 100); err != nil {
		t.Fatal(err)
	}
	if answer := b.askRight(newRightID(), account, 600); answer.Grant == nil {
		t.Errorf("refused: %s", answer.Refuse)
	}
	w.clean()
}

// A terminal that is shut out gets no right, whatever it asked for before.
func TestFencedGetsNoRight(t *testing.T) {
	w, a, _ := served(t, 1000)
	account := w.member(ayse).Account
	asked := wire.RightRequest{ID: newRightID(), Account: account, Program: program.ID, Unit: unit, Amount: 100}
	if answer, err := a.wantRight(asked); err != nil || answer.Grant == nil {
		t.Fatalf("before: %+v, %v", answer, err)
	}
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	for _, id := range []ledger.RightID{asked.ID, newRightID()} {
		asked.ID = id
		if answer, err := a.wantRight(asked); code(err) != wire.CodeFenced {
			t.Errorf("%+v, %v, want fenced", answer, err)
		}
	}
	w.expect("nothing more is set aside", 400, 600)
}

// Of an account that is nobody's any more nothing is set aside, also where its units have
// not ended yet.
func TestNobodysGetsNoRight(t *testing.T) {
	w, a, _ := served(t, 1000)
	account := w.member(ayse).Account
	w.erase(ayse)
	if answer := a.askRight(newRightID(), account, 100); answer.Grant != nil {
		t.Errorf("granted %s", answer.Grant.Body)
	}
	w.work()
	w.clean()
}

func (t *till) subject(id ledger.AccountID) ledger.Subject { return ledger.SubjectOf(id) }

// A till holds no more than its cap, whoever asks.
func TestTerminalCap(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "")
	a.earn(ledger.SubjectOf(id), 100000)
	a.sync()
	if b := w.balance(ayse); b.Escrowed != 2000 {
		t.Fatalf("placed %d, want the policy's 2000", b.Escrowed)
	}
	if answer := a.askRight(newRightID(), id, 17900); answer.Grant == nil {
		t.Fatalf("refused: %s", answer.Refuse)
	}
	if answer := a.askRight(newRightID(), id, 300); answer.Grant != nil {
		t.Error("granted a part of what was asked for: it serves nobody")
	}
	w.expect("room for less than was asked for", 80100, 19900)
	if answer := a.askRight(newRightID(), id, 100); answer.Grant == nil {
		t.Fatalf("refused: %s", answer.Refuse)
	}
	if answer := a.askRight(newRightID(), id, 1000); answer.Grant != nil {
		t.Error("granted over the cap")
	}
	w.expect("full", 80000, 20000)
}

// Hello brings again every open right of the branch, and none of another.
func TestRightsAgain(t *testing.T) {
	w, a, _ := served(t, 1000)
	if welcome := a.mustHello(wire.InStep); len(welcome.Rights) != 1 {
		t.Errorf("hello brings %d rights, want 1", len(welcome.Rights))
	}
	a.openEpoch(2, a.head.Hash)
	if welcome := a.mustHello(wire.InStep); len(welcome.Rights) != 0 {
		t.Errorf("a new branch gets %d rights of the old one", len(welcome.Rights))
	}
	w.clean()
}
