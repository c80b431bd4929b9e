package hq_test

import (
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A stolen till tells its thief of a few hundred numbers whether they are a member's
// anywhere, and then of one each half minute. A person hears of it once. Accounts, and
// whom its store has met, it may ask for as ever, and so may other tills.
func TestTooManyStrangers(t *testing.T) {
	w := newTwoStores(t)
	account, _ := w.ours[0].subject.Account()
	met, _ := w.b.person(phoneNumber(0), "")
	ask := func(of *till, number int) (known bool, err error) {
		sealed, _ := of.person(phoneNumber(number), "")
		found, err := of.lookUp(wire.Lookup{Sealed: sealed})
		return len(found.Changes) > 0, err
	}
	if _, err := w.b.lookUp(wire.Lookup{Sealed: met}); err != nil {
		t.Fatal(err)
	}
	asked := 1
	for ; asked < 1000; asked++ {
		if _, err := ask(w.b, 1000+asked); code(err) == wire.CodeBusy {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if asked != 240 {
		t.Errorf("%d numbers were asked for", asked)
	}
	if known, err := ask(w.b, 1); code(err) != wire.CodeBusy || known {
		t.Errorf("a member of another store: %v, %v", known, err)
	}
	for what, of := range map[string]wire.Lookup{"who was met": {Sealed: met}, "an account": {Account: account}} {
		if found, err := w.b.lookUp(of); err != nil || len(found.Changes) == 0 {
			t.Errorf("%s: %+v, %v", what, found, err)
		}
	}
	if _, err := ask(w.a, 2000); err != nil {
		t.Errorf("another till: %v", err)
	}
	w.pass(30 * time.Second)
	if known, err := ask(w.b, 1); err != nil || !known {
		t.Errorf("half a minute later: %v, %v", known, err)
	}
	if _, err := ask(w.b, 2); code(err) != wire.CodeBusy {
		t.Errorf("at once again: %v", err)
	}
	if n := w.told(event.Strangers); n != 1 {
		t.Errorf("a person was told %d times", n)
	}
}
