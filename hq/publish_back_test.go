package hq_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// What a restored headquarters did not sign it does not take for its own, and from
// a terminal that it does not wait for it takes nothing.
func TestPublicationsHandedBack(t *testing.T) {
	w := newWorldOf(t, promised(t))
	lane := w.newTill("Lane 1")
	backup := w.backup()
	if err := w.hq.AddProgram(context.Background(), next(t, "program: starter", "program: other"), "other.yaml"); err != nil {
		t.Fatal(err)
	}
	if err := w.hq.CreateStore(context.Background(), wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}); err != nil {
		t.Fatal(err)
	}
	if err := w.hq.AssignProgram(context.Background(), "0002", "other"); err != nil {
		t.Fatal(err)
	}
	w.work()
	far := w.newTillAt("0002", "Lane 1")
	far.readPrograms()
	signed := far.rows["program other/2"].Program
	says := func(said wire.Publication) error {
		message, _ := json.Marshal(said)
		var taken wire.TakenBack
		return lane.ask(http.MethodPost, wire.PublicationPath, message, &taken)
	}
	w.restore(backup)
	lane.url = w.url
	lane.mustHello(wire.InStep)
	forged := *signed
	forged.Source = append([]byte("# mine\n"), forged.Source...)
	if err := says(wire.Publication{Program: &forged}); code(err) != wire.CodeInvalid {
		t.Errorf("forged: %v", err)
	}
	if err := says(wire.Publication{Stop: &ledger.SignedStop{Body: []byte("{}"), Signature: signed.Signature}}); code(err) != wire.CodeInvalid {
		t.Errorf("a forged stop: %v", err)
	}
	for range 2 {
		if err := says(wire.Publication{Program: signed}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.hq.AssignProgram(context.Background(), "0001", "other"); err != nil {
		t.Errorf("the program is not the chain's again: %v", err)
	}
	if n := w.told(event.HandedBack); n != 1 {
		t.Errorf("told %d times", n)
	}
	if err := w.hq.GoOn(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.sql(`DELETE FROM awaited`)
	w.sql(`DELETE FROM program_version WHERE program = 'other'`)
	if err := says(wire.Publication{Program: signed}); err != nil {
		t.Fatal(err)
	}
	if published, _, err := w.hq.Programs(context.Background()); err != nil || len(published) != 1 {
		t.Errorf("nobody asked, and it has %+v, %v", published, err)
	}
}
