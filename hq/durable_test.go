package hq_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// look opens a backup beside whoever runs.
func (w *world) look(backup string) *hq.Look {
	w.Helper()
	look, err := hq.OpenReadOnly(context.Background(), hq.Options{Dir: backup, Database: w.copies[backup], Now: w.now})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { look.Close() })
	return look
}

// copied is what a backup has, once nothing was found wrong with it.
func (w *world) copied(backup string) hq.Copy {
	w.Helper()
	look := w.look(backup)
	found, err := look.Verify(context.Background(), nil)
	if err != nil || len(found) > 0 {
		w.Fatal(found, err)
	}
	c, err := look.Copy(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	return c
}

func (w *world) noteCopy(c hq.Copy) (noted int) {
	w.Helper()
	noted, err := w.hq.NoteCopy(context.Background(), c)
	if err != nil {
		w.Fatal(err)
	}
	return noted
}

// A terminal hears of what a backup has with the next ack and hello; of nothing as
// long as none was noted, and never of less because an older one is noted.
func TestDurable(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("a")
	till.mustHello(wire.InStep)
	till.addMember(phoneNumber(1), "Ana")
	if ack := till.push(); !ack.Durable.IsZero() {
		t.Errorf("without a backup it says %v", ack.Durable)
	}
	older := w.copied(w.backup())
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	second := till.place()
	if n := w.noteCopy(w.copied(w.backup())); n != 1 {
		t.Errorf("%d journals noted, want 1", n)
	}
	w.noteCopy(older)
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	if ack := till.push(); ack.Durable != second {
		t.Errorf("the ack says %v, want %v", ack.Durable, second)
	}
	if welcome := till.mustHello(wire.InStep); welcome.Durable != second {
		t.Errorf("the welcome says %v, want %v", welcome.Durable, second)
	}
	w.restore(w.backup())
	if welcome := till.mustHello(wire.InStep); welcome.Durable != second {
		t.Errorf("restored, it says %v, want %v, which it has", welcome.Durable, second)
	}
	d, err := w.hq.Durability(context.Background())
	if err != nil || d.Terminals != 1 || d.Of != 1 || d.At == 0 || d.Replica {
		t.Errorf("%+v, %v", d, err)
	}
}

// What a headquarters that was put back tells is never more than it has, however
// much of it was durable before.
func TestDurableAfterAnOlderBackup(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("a")
	till.mustHello(wire.InStep)
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	place := till.place()
	w.noteCopy(w.copied(w.backup()))
	older := w.backup()
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	newer := w.copied(w.backup())
	w.noteCopy(newer)
	w.restore(older)
	if welcome := till.mustHello(wire.InStep); welcome.Durable != place || welcome.Known.Seq != place.Seq {
		t.Errorf("it knows up to %d and says %v, want %v", welcome.Known.Seq, welcome.Durable, place)
	}
	if _, err := w.hq.NoteCopy(context.Background(), newer); !errors.Is(err, hq.ErrOtherLife) {
		t.Errorf("a copy of the life before: %v", err)
	}
}

// A copy whose history is not the one here makes nothing durable, nor does a
// terminal that was fenced hear of anything.
func TestDurableIsOfThisHistory(t *testing.T) {
	w := newWorld(t)
	whole, fenced := w.newTill("a"), w.newTill("b")
	for _, t := range []*till{whole, fenced} {
		t.mustHello(wire.InStep)
		t.earn(ledger.SaleSubject(newEntryID()), 5)
		t.push()
	}
	good := w.copied(w.backup())
	for name, spoil := range map[string]func(*hq.Journal){
		"another hash":   func(j *hq.Journal) { j.Head.Hash[0] ^= 1 },
		"beyond its end": func(j *hq.Journal) { j.Head.Seq++ },
		"another branch": func(j *hq.Journal) { j.Head.Branch[0] ^= 1 },
		"another till":   func(j *hq.Journal) { j.Terminal[0] ^= 1 },
	} {
		bad := good
		bad.Journals = append([]hq.Journal(nil), good.Journals...)
		for i := range bad.Journals {
			spoil(&bad.Journals[i])
		}
		if n := w.noteCopy(bad); n != 0 {
			t.Errorf("%s: %d journals noted", name, n)
		}
	}
	w.noteCopy(good)
	copied := fenced.clone()
	copied.earn(ledger.SaleSubject(newEntryID()), 5)
	copied.push()
	fenced.earn(ledger.SaleSubject(newEntryID()), 6)
	if _, err := fenced.send(fenced.batch(fenced.acked, len(fenced.lines))); code(err) != wire.CodeFork {
		t.Fatal(err)
	}
	if welcome := fenced.mustHello(wire.Fenced); !welcome.Durable.IsZero() {
		t.Errorf("a fenced one is told %v", welcome.Durable)
	}
	if welcome := whole.mustHello(wire.InStep); welcome.Durable != whole.place() {
		t.Errorf("the other is told %v, want %v", welcome.Durable, whole.place())
	}
	if after := w.copied(w.backup()); len(after.Journals) != 1 {
		t.Errorf("%d journals are whole, want 1", len(after.Journals))
	}
}

// A copy that was tampered with is found by the check that comes before it is noted.
func TestTamperedCopyIsFound(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("a")
	till.mustHello(wire.InStep)
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	w.work()
	w.sql(`UPDATE intake SET body = body_hash`)
	found, err := w.look(w.backup()).Verify(context.Background(), nil)
	if err != nil || len(found) == 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

// An epoch that began where headquarters had nothing says nothing of what comes
// before it: none of such a journal is durable.
func TestUnrootedIsNotDurable(t *testing.T) {
	w := newWorld(t)
	till := w.newTill("a")
	till.mustHello(wire.InStep)
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	for _, epoch := range []ledger.Epoch{5, 6} { // sent back once, and then taken
		till.openEpoch(epoch, ledger.HashOf([]byte("of a journal that nobody has")))
		till.hello()
	}
	till.earn(ledger.SaleSubject(newEntryID()), 5)
	till.push()
	if c := w.copied(w.backup()); len(c.Journals) != 0 {
		t.Errorf("whole are %v", c.Journals)
	}
}
