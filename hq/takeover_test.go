package hq_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A headquarters that retired is at work again in another folder, or on a server,
// with all that it had and the next incarnation: its tills go on with the keys that
// they have. Where it was it is no more, and a second one it does not become.
func TestTakeOver(t *testing.T) {
	for name, database := range map[string]string{"SQLite": "", "PostgreSQL": postgrestest.Shared(t).Database(t)} {
		t.Run(name, func(t *testing.T) {
			w := &world{TB: t}
			w.found()
			a := w.newTill("lane 1")
			s := a.addMember(ayse, "Ayşe")
			a.sync()
			a.earn(a.subject(s), 700)
			a.push()
			w.server.Close()
			if err := w.hq.Close(); err != nil {
				t.Fatal(err)
			}
			for range 2 { // again changes nothing
				if err := custody.Retire(t.Context(), w.dir); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := hq.OpenReadOnly(t.Context(), hq.Options{Dir: w.dir}); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("retired, it opens: %v", err)
			}
			from := t.TempDir()
			bring(t, w.dir, from)
			w.dir, w.database = t.TempDir(), database
			to := home.At{Dir: w.dir, Database: database}
			incarnation, err := custody.TakeOver(t.Context(), from, to)
			if err != nil || incarnation != 2 {
				t.Fatalf("incarnation %d, %v", incarnation, err)
			}
			if _, err := custody.TakeOver(t.Context(), from, to); !errors.Is(err, custody.ErrNotEmpty) {
				t.Errorf("a second time: %v", err)
			}
			w.open()
			w.clean()
			a.mustHello(wire.InStep)
			a.earn(a.subject(s), 300)
			a.sync()
			if b := w.balance(ayse); b.Available+b.Escrowed != 1000 {
				t.Errorf("she has %+v", b)
			}
			r, err := w.hq.Recovery(context.Background())
			if err != nil || r.WaitsUntil != 0 || w.status().Entries != 3 {
				t.Errorf("%+v, %+v, %v", r, w.status(), err)
			}
			w.clean()
			w.rebuilds()
		})
	}
}

// bring puts a retired headquarters' files into a folder under their own names.
func bring(t *testing.T, from, to string) {
	t.Helper()
	for was, is := range map[string]string{custody.RetiredDatabaseFile: hq.DatabaseFile, custody.RetiredKeyFile: hq.KeyFile} {
		text, err := os.ReadFile(filepath.Join(from, was))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(to, is), text)
	}
	names, err := filepath.Glob(filepath.Join(from, "hq.*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(from, custody.RetiredDatabaseFile), filepath.Join(from, custody.RetiredKeyFile)}, names); diff != "" {
		t.Errorf("a retired headquarters leaves (-want +got):\n%s", diff)
	}
}

// What a retired headquarters erased is erased where it goes on: nobody finds her, her
// till's late entries name nobody, and the log lies beside the new database and not in
// the folder of the old one, where another headquarters may begin.
func TestTakeOverOfErased(t *testing.T) {
	w := &world{TB: t, program: starter(t)}
	w.found()
	a := w.newTill("lane 1")
	account := a.addMember(ayse, "Ayşe")
	a.earn(ledger.SubjectOf(account), 700)
	a.sync()
	w.erase(ayse)
	a.give(ledger.SubjectOf(account), herCard)
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		t.Fatal(err)
	}
	if err := custody.Retire(t.Context(), w.dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, hq.ErasuresFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old folder's log: %v", err)
	}
	from := t.TempDir()
	bring(t, w.dir, from)
	w.dir = t.TempDir()
	if _, err := custody.TakeOver(t.Context(), from, home.At{Dir: w.dir}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(w.dir, hq.ErasuresFile)); err != nil {
		t.Errorf("the new folder's log: %v", err)
	}
	w.open()
	a.mustHello(wire.InStep)
	a.sync()
	w.work()
	w.counts("taken over", map[string]int{"person": 0, "person_card": 0, "claim_identifier": 0, "attachment": 0})
	w.clean()
}
