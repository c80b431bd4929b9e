package hq_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

const ayse = "+905321234567"

// However often a batch comes, whole, longer or under an old token, each entry
// counts once.
func TestExactlyOnce(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "Ayşe Yılmaz")
	a.earn(ledger.SubjectOf(id), 30)
	first := a.batch(0, 2)
	ack, err := a.send(first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := a.send(first)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ack, again); diff != "" {
		t.Errorf("the retry got another answer:\n%s", diff)
	}
	a.earn(ledger.SubjectOf(id), 12)
	longer, err := a.send(a.batch(0, 3)) // the answer to the first was lost
	if err != nil {
		t.Fatal(err)
	}
	if len(longer.Others) != 2 || longer.UpTo.Seq != 3 {
		t.Errorf("ack %+v, want two duplicates up to 3", longer)
	}
	a.token = longer.Token
	a.earn(ledger.SubjectOf(id), 1)
	a.acked = 3
	a.push()
	if late, err := a.send(first); err != nil || late.UpTo.Seq != 4 {
		t.Errorf("a late copy: %+v, %v", late, err)
	}
	w.work()
	w.work()
	if got := w.balance(ayse).Available; got != 43 {
		t.Errorf("available %d, want 43", got)
	}
	w.restart()
	w.work()
	if got := w.balance(ayse).Available; got != 43 {
		t.Errorf("available after restart %d, want 43", got)
	}
	w.clean()
}

// A batch of which all is here is acked by what its seal is signed for, whatever became
// of its lines since; one that brings a line more is not.
func TestAllIsThere(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	id := a.addMember(ayse, "Ayşe Yılmaz")
	a.earn(ledger.SubjectOf(id), 30)
	a.push()
	a.earn(ledger.SubjectOf(id), 12)
	a.lines[1].body = append(a.lines[1].body, ' ')
	if _, err := a.send(a.batch(0, 3)); code(err) != wire.CodeInvalid {
		t.Errorf("a line more: %v, want invalid", err)
	}
	ack, err := a.send(a.batch(0, 2))
	if err != nil {
		t.Fatal(err)
	}
	if len(ack.Others) != 2 || ack.UpTo.Seq != 2 || ack.Head != a.lines[1].link || ack.Token != a.token {
		t.Errorf("ack %+v, want two duplicates up to 2 and the same token", ack)
	}
	w.work()
	if got := w.balance(ayse).Available; got != 30 {
		t.Errorf("available %d, want 30", got)
	}
	w.clean()
}

// A projector that crashed after posting and before moving on posts nothing
// twice.
func TestProjectAgain(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	a.earn(ledger.SubjectOf(a.addMember(ayse, "")), 30)
	a.sync()
	w.sql(`DELETE FROM projected`)
	w.sql(`UPDATE claim_entry SET body_hash = body_hash`)
	w.work()
	if got := w.balance(ayse).Available; got != 30 {
		t.Errorf("available %d, want 30", got)
	}
	w.clean()
}

// A batch that does not follow what came in is told what does.
func TestGap(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	for range 3 {
		a.earn(subject, 1)
	}
	_, err := a.send(a.batch(2, 4))
	if code(err) != wire.CodeGap {
		t.Fatalf("got %v, want a gap", err)
	}
	if known := err.(*wire.Refusal).Known; known == nil || known.Seq != 1 {
		t.Errorf("known %+v, want seq 1", known)
	}
	a.push()
	w.clean()
}

// A journal set back to an earlier state is told to open an epoch, and goes on
// from there; what it had sent before counts once.
func TestRegress(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	sold := a.earn(subject, 5)
	a.push()
	old := a.clone()
	a.earn(subject, 7)
	a.push()

	welcome := old.mustHello(wire.Regress)
	if welcome.Known != a.head || welcome.Common == nil || *welcome.Common != old.head {
		t.Errorf("welcome %+v, want known %+v, common %+v", welcome, a.head, old.head)
	}
	body, first := old.lines[1].body, old.place()
	old.openEpoch(2, old.head.Hash)
	old.appendBody(body, nil, &first)
	old.earn(subject, 11)
	old.mustHello(wire.InStep)
	old.push()
	w.work()
	if got := w.balance(ayse).Available; got != 23 {
		t.Errorf("available %d, want 23: entry %s once", got, sold.ID)
	}
	w.clean()
}

// Two histories under one id fence it for ever; what comes then is kept and
// held.
func TestFork(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	copied := a.clone()
	a.earn(subject, 5)
	a.push()
	copied.earn(subject, 600)
	_, err := copied.send(copied.batch(1, 2))
	if code(err) != wire.CodeFork {
		t.Fatalf("got %v, want a fork", err)
	}
	for name, till := range map[string]*till{"genuine": a, "copy": copied} {
		till.mustHello(wire.Fenced)
		if _, err := till.feed(0); code(err) != wire.CodeFenced {
			t.Errorf("%s: feed %v, want fenced", name, err)
		}
		body := till.lines[len(till.lines)-1].body
		till.openEpoch(2, ledger.Hash{})
		till.appendBody(body, nil, nil)
		till.mustHello(wire.Fenced)
		till.push()
	}
	w.work()
	if got := w.balance(ayse).Available; got != 5 {
		t.Errorf("available %d, want 5: the copy's sale is held", got)
	}
	if s := w.status(); s.Held != 1 || w.told(event.Fork) != 1 {
		t.Errorf("held %d, forks told %d, want 1 and 1", s.Held, w.told(event.Fork))
	}
	w.clean()
}

// How hello finds a terminal's head.
func TestStanding(t *testing.T) {
	stories := map[string]struct {
		change func(a *till)
		want   wire.Standing
	}{
		"the same":                  {func(*till) {}, wire.InStep},
		"more to send":              {func(a *till) { a.earn("sale:"+ledger.Subject(newEntryID().String()), 1) }, wire.InStep},
		"another hash":              {func(a *till) { a.head.Hash[0]++ }, wire.Fenced},
		"another branch":            {func(a *till) { a.openEpoch(1, ledger.Hash{}) }, wire.Fenced},
		"earlier":                   {func(a *till) { a.head.Seq, a.head.Hash = 1, a.lines[0].link }, wire.Regress},
		"earlier, another hash":     {func(a *till) { a.head.Seq = 1 }, wire.Fenced},
		"at the beginning":          {func(a *till) { a.head.Seq, a.head.Hash = 0, a.began }, wire.Regress},
		"new epoch":                 {func(a *till) { a.openEpoch(7, a.head.Hash) }, wire.InStep},
		"new epoch from the middle": {func(a *till) { a.openEpoch(7, a.lines[0].link) }, wire.InStep},
		"new epoch from nowhere":    {func(a *till) { a.openEpoch(7, ledger.HashOf(nil)) }, wire.Regress},
		"new epoch from nothing":    {func(a *till) { a.openEpoch(7, ledger.Hash{}) }, wire.Regress},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.newTill("lane 1")
			a.addMember(ayse, "")
			a.earn("sale:"+ledger.Subject(newEntryID().String()), 1)
			a.push()
			story.change(a)
			a.mustHello(story.want)
		})
	}
}

// A terminal that lost its journal has nothing of what headquarters knows: it
// is sent back once, and then taken as it is.
func TestLostJournal(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	a.openEpoch(2, ledger.HashOf([]byte("lost")))
	a.earn(subject, 9)
	a.mustHello(wire.InStep)
	if _, err := a.send(a.batch(0, 1)); code(err) != wire.CodeGap {
		t.Fatalf("got %v, want a gap", err)
	}
	welcome := a.mustHello(wire.Regress)
	body := a.lines[0].body
	a.openEpoch(welcome.Known.Epoch+2, ledger.HashOf([]byte("lost")))
	a.appendBody(body, nil, nil)
	a.mustHello(wire.InStep)
	a.sync()
	if got := w.balance(ayse).Available; got != 9 || w.told(event.Unrooted) != 1 {
		t.Errorf("available %d, want 9; told %d times", got, w.told(event.Unrooted))
	}
	w.clean()
}

// What a token says of the batch that comes with it.
func TestTokens(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	token := a.token
	a.push()

	a.earn(subject, 1)
	good := a.token
	for name, bad := range map[string]string{"none": "", "made up": "AAAA", "changed": "B" + good[1:]} {
		a.token = bad
		if _, err := a.send(a.batch(1, 2)); code(err) != wire.CodeHello {
			t.Errorf("%s: got %v, want hello", name, err)
		}
	}
	a.token = token // its answer was lost, its successor not used: other bytes are fine
	if _, err := a.send(a.batch(0, 2)); err != nil {
		t.Errorf("longer under the same token: %v", err)
	}
	a.mustHello(wire.InStep)
	a.earn(subject, 2)
	a.acked = 2
	a.push()

	stale := a.clone()
	stale.token = token
	if ack, err := stale.send(stale.batch(0, 3)); err != nil || len(ack.Others) != 3 {
		t.Errorf("equal lines under a used token: %+v, %v", ack, err)
	}
	stale.earn(subject, 3)
	if _, err := stale.send(stale.batch(0, 4)); code(err) != wire.CodeHello {
		t.Errorf("more lines under a used token: %v, want hello", err)
	}
	other := a.clone()
	other.token = token
	other.openEpoch(1, ledger.Hash{})
	other.head.Branch = a.head.Branch
	other.earn(subject, 4)
	if _, err := other.send(other.batch(0, 1)); code(err) != wire.CodeFork {
		t.Errorf("other lines under a used token: %v, want a fork", err)
	}
}

// An append under an epoch below the highest is a second machine.
func TestLowerEpoch(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("lane 1")
	subject := ledger.SubjectOf(a.addMember(ayse, ""))
	a.push()
	old := a.clone()
	a.openEpoch(2, a.head.Hash)
	a.earn(subject, 1)
	a.mustHello(wire.InStep)
	a.push()
	old.token = a.token
	old.earn(subject, 1)
	if _, err := old.send(old.batch(1, 2)); code(err) != wire.CodeFork {
		t.Errorf("got %v, want a fork", err)
	}
}
