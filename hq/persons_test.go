package hq_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A backup without what opens it to people, and that joined again, is the headquarters
// that it was: every row is decided again as it stands, also of whom no attachment is
// left, and who was erased since is erased.
func TestFsckOfAPartedBackup(t *testing.T) {
	w := &world{TB: t, program: starter(t)} // on SQLite: its backups are ours to make
	w.found()
	a := w.newTill("lane 1")
	a.suspect(saleID(), "+905559876543", 5) // stays one
	a.suspect(saleID(), ayse, 5)
	account := a.addMember(ayse, "Ayşe")
	a.addMember(mehmet, "Mehmet")
	a.earn(ledger.SubjectOf(account), 300)
	a.give(ledger.SubjectOf(account), herCard)
	a.sync()
	w.clean()
	copied := t.TempDir()
	if err := custody.CopyDatabase(t.Context(), w.dir, copied); err != nil {
		t.Fatal(err)
	}
	if err := custody.PartPersons(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	w.erase(ayse)
	var persons bytes.Buffer
	if _, err := w.hq.WritePersons(t.Context(), &persons); err != nil {
		t.Fatal(err)
	}
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(copied, hq.DatabaseFile))
	if err == nil {
		err = os.WriteFile(filepath.Join(w.dir, hq.DatabaseFile), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := custody.JoinPersons(t.Context(), w.dir, &persons); n != 0 || err != nil {
		t.Fatalf("joined: %d people cannot be read, %v", n, err)
	}
	if _, err := custody.Restore(t.Context(), home.At{Dir: w.dir}, w.now()); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.work()
	w.counts("restored", map[string]int{"person": 1, "claim_identifier": 1, "attachments that are erased": 0})
	w.clean()
}
