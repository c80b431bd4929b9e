package backups_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A shop grows into a chain: its till's own headquarters retires, the till sells on
// by itself, and goes on at the headquarters that took over, on SQLite or on a
// server. Nothing that it sold is lost or counted twice, and nobody is enrolled anew.
func TestShopGrowsIntoChain(t *testing.T) {
	for name, database := range map[string]string{"SQLite": "", "PostgreSQL": postgrestest.Shared(t).Database(t)} {
		t.Run(name, func(t *testing.T) {
			s := newSaved(t)
			till, stop := shop.Open(t, s.config)
			shop.TakeIn(t, till, shop.Ayse)
			shop.Sell(t, till, "S-1", 60000)
			shop.Awaits(t, s.config.DataDir, 600, 500)
			file := s.retire(stop)

			till, stop = shop.Open(t, s.config)
			shop.Sell(t, till, "S-2", 10000)
			for _, asked := range []string{"status", "doctor"} {
				if _, out, talk := commandtest.Run(t, asked, "--config", s.file); !strings.Contains(out+talk, "headquarters.url") || strings.Contains(out+talk, "loyaltyd restore") {
					t.Errorf("%s of a till whose headquarters retired says\n%s%s", asked, out, talk)
				}
			}
			stop()

			at := s.takeOver(file, database)
			h, err := headquarters.Open(t.Context(), at, zerolog.New(t.Output()))
			if err != nil {
				t.Fatal(err)
			}
			stopHQ := testkit.Runs(t, h)
			s.config.Headquarters.URL = "https://" + h.Address()
			till, stop = shop.Open(t, s.config)
			shop.Sell(t, till, "S-3", 10000)
			for ctx := testkit.Within(t, 20*time.Second); ; time.Sleep(5 * time.Millisecond) {
				status, err := h.Status(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if status.Entries == 4 && status.Unprojected == 0 {
					break
				}
			}
			m, err := h.MemberByPhone(t.Context(), "+905320000001")
			if err != nil || total(m.Balances) != 800 {
				t.Errorf("she has %+v, %v", m.Balances, err)
			}
			stop()
			stopHQ()
			if id, err := datadir.ReadIdentity(s.config.DataDir); err != nil || id.Own() {
				t.Errorf("its till is %+v, %v", id.URL, err)
			}
			shop.Clean(t, s.config.DataDir)
			flags := []string{"--data", at.DataDir}
			if database != "" {
				flags = append(flags, "--database", database)
			}
			if code, out, talk := commandtest.Run(t, append([]string{"hq", "fsck"}, flags...)...); code != exit.OK {
				t.Errorf("fsck: exit %d, %s%s", code, out, talk)
			}
		})
	}
}

func total(balances []ledger.Balance) (sum ledger.Points) {
	for _, b := range balances {
		sum += b.Available + b.Escrowed
	}
	return sum
}

// retire ends the shop's headquarters, which a daemon that runs does not let happen,
// and which is neither a backup nor a second time another file.
func (s *saved) retire(stop func()) (file string) {
	s.t.Helper()
	file = filepath.Join(s.stick, "retired.age")
	args := []string{"hq", "retire", "--yes", "--config", s.file, "--to", file}
	if code, _, talk := commandtest.Run(s.t, args...); code != exit.Locked {
		s.t.Errorf("retired beside its daemon: exit %d, %s", code, talk)
	}
	stop()
	if code, out, talk := commandtest.Run(s.t, args...); code != exit.OK || !strings.Contains(out, file) || !strings.Contains(talk, "headquarters.url") {
		s.t.Fatalf("retire: exit %d, %s%s", code, out, talk)
	}
	if code, _, talk := commandtest.Run(s.t, append(args[:len(args)-1], file+"2")...); code != exit.OK {
		s.t.Errorf("to another file: exit %d, %s", code, talk)
	}
	if code, _, talk := commandtest.Run(s.t, "restore", file, "--to", filepath.Join(s.t.TempDir(), "x"), "--key-file", s.key); code != exit.Data || !strings.Contains(talk, "hq import") {
		s.t.Errorf("restored: exit %d, %s", code, talk)
	}
	if f := datadir.Look(s.config.DataDir); f.Headquarters() || !f.Retired || !f.Key {
		s.t.Errorf("the folder is %+v", f)
	}
	return file
}

// takeOver imports the file into a new folder, or database, once.
func (s *saved) takeOver(file, database string) configs.Config {
	s.t.Helper()
	dir := testkit.Private(s.t)
	args := []string{"hq", "import", file, "--key-file", s.key, "--data", dir}
	if database != "" {
		args = append(args, "--database", database)
	}
	if code, _, talk := commandtest.Run(s.t, append(args[:2:2], append([]string{s.file}, args[3:]...)...)...); code != exit.Data {
		s.t.Errorf("imported what is no backup: exit %d, %s", code, talk)
	}
	if code, out, talk := commandtest.Run(s.t, args...); code != exit.OK || !strings.Contains(out, "1 tills") {
		s.t.Fatalf("import: exit %d, %s%s", code, out, talk)
	}
	if code, _, talk := commandtest.Run(s.t, args...); code != exit.Data {
		s.t.Errorf("imported twice: exit %d, %s", code, talk)
	}
	if left, err := os.ReadDir(dir); err != nil || strings.Contains(left[0].Name(), "import") {
		s.t.Errorf("left: %v, %v", left, err)
	}
	config := configs.Default()
	config.DataDir, config.HQ.Listen, config.HQ.Database = dir, "127.0.0.1:0", configs.DatabaseURL(database)
	return config
}

// A backup is not imported: what it is of may be at work.
func TestBackupIsNotImported(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	stop()
	code, _, talk := commandtest.Run(t, "hq", "import", s.backup(), "--key-file", s.key, "--data", testkit.Private(t))
	if code != exit.Data || !strings.Contains(talk, "loyaltyd restore") {
		t.Errorf("exit %d, %s", code, talk)
	}
}

// Whoever retires a headquarters is told what still opens its backups to people: no
// later erasure reaches that, and the till that stays does not look for any.
func TestRetiredTellsWhatOpensBackups(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	shop.TakeIn(t, till, shop.Ayse)
	stop() // it may be making one itself
	if code, _, talk := commandtest.Run(t, "backup", "--config", s.file); code != exit.OK {
		t.Fatalf("backup: exit %d, %s", code, talk)
	}
	last, err := backups.ReadRecord(s.config.DataDir)
	if err != nil || len(last.Persons) != 1 {
		t.Fatalf("noted %+v, %v", last, err)
	}
	code, _, talk := commandtest.Run(t, "hq", "retire", "--yes", "--config", s.file, "--to", filepath.Join(s.stick, "retired.age"))
	if code != exit.OK || !strings.Contains(talk, last.Persons[0]) {
		t.Errorf("retire: exit %d, %s", code, talk)
	}
	if err := backups.RewritePersons(t.Context(), s.config); err != nil {
		t.Errorf("the till that stays: %v", err)
	}
}
