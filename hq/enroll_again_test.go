package hq_test

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// again enrolls a till under a code of a store as who it was, and returns what it
// was told.
func (t *till) again(store ledger.StoreID, name string) (e wire.Enrolled, err error) {
	t.Helper()
	secret, err := t.hq.IssueCode(t.Context(), store, name, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return t.enrollAs(wire.Enrollment{
		Code: secret, PublicKey: t.key.Public().(ed25519.PublicKey), Again: &wire.Again{Terminal: t.Terminal, LookupKey: t.LookupKey},
	})
}

// A store and its till that a restored headquarters has lost come back as they
// were: the store made again takes over the till's lookup key, its feed finds its
// members by that, and what the till tells is posted. A second store cannot have
// a till of another.
func TestEnrolledAgainInALostStore(t *testing.T) {
	w, a, _ := served(t, 1000)
	backup := w.backup()
	second := wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}
	if err := w.hq.CreateStore(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	b := w.newTillAt("0002", "lane 2")
	account := b.addMember(mehmet, "Mehmet Demir")
	b.earn(ledger.SubjectOf(account), 300)
	b.sync()

	w.restore(backup)
	a.mustHello(wire.InStep)
	if err := b.ask(http.MethodPost, wire.HelloPath, []byte(`{}`), nil); code(err) != wire.CodeUnknown {
		t.Errorf("not told: %v", err)
	}
	if err := w.hq.CreateStore(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	w.work() // members are told to it under its new key
	if _, err := b.again("0001", "lane 2"); code(err) != wire.CodeInvalid {
		t.Errorf("taken in by another store: %v", err)
	}
	now, err := b.again("0002", "lane 2")
	if err != nil || now.Terminal != b.Terminal || !bytes.Equal(now.LookupKey, b.LookupKey) {
		t.Fatalf("%+v, %v", now, err)
	}
	a.comeAgain()
	b.cursor, b.rows = ledger.Cursor{}, map[string]ledger.Change{}
	b.comeAgain()
	for number, want := range map[string]ledger.AccountID{ayse: w.member(ayse).Account, mehmet: account} {
		if got := b.leads(ledger.PhoneIdentifier, number); !slices.Equal(got, []ledger.AccountID{want}) {
			t.Errorf("%s is found as %v by the store's old key, want %v", number, got, want)
		}
	}
	if b := w.balance(mehmet); b.Available+b.Escrowed != 300 {
		t.Errorf("%+v", b)
	}
}
