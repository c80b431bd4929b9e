package hq_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// relay brings a batch as a hub does.
func (t *till) relay(message []byte) (relayed wire.Relayed, err error) {
	return relayed, t.ask(http.MethodPost, wire.RelayPath, message, &relayed)
}

// relays wants a hub's batch to be taken.
func (t *till) relays(message []byte) {
	t.Helper()
	if _, err := t.relay(message); err != nil {
		t.Fatal(err)
	}
}

// What a lane told its hub under the session it had then is taken after the lane went on
// under later ones, and the lane goes on after it, by the token it has.
func TestRelayedOfAnEarlierSession(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	for range 4 {
		a.earn(subject, 100)
	}
	at := a.acked
	told := [][]byte{a.batch(at+2, at+3), a.batch(at+3, at+4)}
	for range 2 {
		ack, err := a.send(a.batch(a.acked, a.acked+1))
		if err != nil {
			t.Fatal(err)
		}
		a.token, a.acked = ack.Token, int(ack.UpTo.Seq)
	}
	for _, message := range told {
		hub.relays(message)
	}
	a.earn(subject, 100)
	a.push() // with what it does not know to be there
	a.earn(subject, 100)
	a.sync()
	hub.relays(told[0])
	if b := w.balance(ayse); b.Available+b.Escrowed != 1050+600 {
		t.Errorf("she has %+v", b)
	}
	w.clean()
}

// A restored headquarters takes what a hub has of a lane after the lane handed back its
// rights, though it was told under a session of before.
func TestRelayedToARestored(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	backup := w.backup()
	a.earn(subject, 100)
	told := a.batch(a.acked, a.acked+1)
	w.restore(backup)
	if _, err := hub.relay(told); code(err) != wire.CodeHello {
		t.Errorf("before its lane was heard: %v", err)
	}
	a.mustHello(wire.InStep)
	a.handBack()
	hub.relays(told)
	a.sync()
	if b := w.balance(ayse); b.Available+b.Escrowed != 1150 {
		t.Errorf("she has %+v", b)
	}
}

// What a hub has of a lane that nobody waits for any more is held until a person
// releases it, also where headquarters was restored.
func TestRelayedOfAReplaced(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	backup := w.backup()
	a.earn(subject, 100)
	told := a.batch(a.acked, a.acked+1)
	w.restore(backup)
	if _, err := w.hq.ReplaceTerminal(t.Context(), a.Terminal, time.Hour); err != nil {
		t.Fatal(err)
	}
	hub.relays(told)
	w.work()
	if s := w.status(); s.Held != 1 {
		t.Errorf("%d held", s.Held)
	}
}

// What a lane told its hub before it began another epoch is no fork, whenever it
// arrives, and is not taken behind that. Two histories in one place are.
func TestRelayedIsNoFork(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	a.earn(subject, 100)
	told := a.batch(a.acked, a.acked+1)
	from := a.lines[a.acked-1].link
	a.openEpoch(a.head.Epoch+1, from)
	a.mustHello(wire.InStep)
	a.earn(subject, 100)
	a.push()
	if _, err := hub.relay(told); code(err) != wire.CodeHello {
		t.Errorf("behind another epoch: %v", err)
	}
	a.earn(subject, 100)
	a.sync()
	if w.told(event.Fork) > 0 || w.balance(ayse).Available+w.balance(ayse).Escrowed != 1250 {
		t.Errorf("%d forks, she has %+v", w.told(event.Fork), w.balance(ayse))
	}
	a.earn(subject, 100)
	second := a.clone()
	second.lines = second.lines[:a.acked]
	second.head.Seq, second.head.Hash = ledger.Seq(a.acked), second.lines[a.acked-1].link
	second.earn(subject, 300)
	a.push()
	if _, err := hub.relay(second.batch(a.acked-1, a.acked)); code(err) != wire.CodeFork || w.told(event.Fork) != 1 {
		t.Errorf("another history: %v", err)
	}
}

// An epoch that begins from what headquarters does not know is its lane's to begin
// again: who is sent back for it is the lane, when it says hello.
func TestRelayedWithoutItsBeginning(t *testing.T) {
	w, hub, a, _, subject := withHub(t)
	backup := w.backup()
	a.earn(subject, 100)
	a.push()
	a.openEpoch(a.head.Epoch+1, a.head.Hash)
	a.mustHello(wire.InStep)
	a.earn(subject, 100)
	told := a.batch(0, 1)
	w.restore(backup)
	a.mustHello(wire.InStep)
	a.handBack()
	if _, err := hub.relay(told); code(err) != wire.CodeGap {
		t.Errorf("an epoch from nowhere: %v", err)
	}
	a.mustHello(wire.InStep)
}
