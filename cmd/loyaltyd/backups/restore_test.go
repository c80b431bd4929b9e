package backups_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// The shop's machine is lost with its disk; yesterday's backup is restored in a
// third folder, at another address. What the other till has done since comes
// back to the point, the rights it was given since and what it spent of them
// too, and nothing counts twice. Who was enrolled at the lost machine since is
// found by her number at both tills, and enrolling her again makes no second
// account.
func TestShopRestored(t *testing.T) {
	s := newSaved(t)
	first, stopFirst := shop.Open(t, s.config)
	second := shop.Config(testkit.Private(t))
	if code, _, talk := commandtest.Run(t, "enroll", shop.CodeFor(t, s.config.DataDir, "Till 2"), "--data", second.DataDir); code != exit.OK {
		t.Fatal(talk)
	}
	till, stop := shop.Open(t, second)
	one, two := &counter{t: t, till: first}, &counter{t: t, till: till}
	shop.TakeIn(t, first, shop.Ayse)
	told := one.sell(60_000)
	shows(t, till, told, 0)
	told += two.sell(300_000)
	shows(t, till, told, 1500)
	yesterday := s.backup()

	told += two.sell(2_000, "five") // of a right from before
	told += two.sell(100_000)
	shows(t, till, told, 1500)
	for range 3 {
		told += two.sell(2_000, "five") // of rights from after, too
	}
	shows(t, till, told, 1500)
	const defne = "+905320000007"
	shop.TakeIn(t, first, defne)
	lost := one.sellTo(defne, 9_000)
	hers := showsTo(t, till, defne, lost, 0)
	toldDefne := two.sellTo(defne, 25_000)
	showsTo(t, first, defne, lost+toldDefne, 0)
	lost = one.sell(40_000) // known to nobody else
	shows(t, first, told+lost, 0)
	stop()
	stopFirst()
	s.must(os.RemoveAll(s.config.DataDir))
	till, stop = shop.Open(t, second) // its headquarters is gone
	two.till = till
	told += two.sell(2_000, "five")
	stop()

	third := s.restore(yesterday)
	first, stopFirst = shop.Open(t, s.reload("data_dir", third))
	var status headquarters.Status
	for ctx := testkit.Within(t, 10*time.Second); status.Listen == ""; time.Sleep(5 * time.Millisecond) {
		s.must(ctx.Err())
		s.must(desk.Ask(ctx, first.Config.DataDir, http.MethodGet, "/hq/status", nil, &status))
	}
	second.Headquarters.URL = "https://" + status.Listen
	till, stop = shop.Open(t, second)
	two.till, one.till = till, first
	shows(t, till, told, 1000)
	shows(t, first, told, 0)
	told += two.sell(2_000, "five")
	told += one.sell(10_000)
	shows(t, till, told, 500)
	shows(t, first, told, 0)
	everywhere := func(when string) {
		t.Helper()
		for _, at := range []*terminal.Terminal{till, first} {
			if account := showsTo(t, at, defne, toldDefne, 0); account != hers {
				t.Errorf("%s: her account at %s is %s, it was %s", when, at.Identity.Name, account, hers)
			}
		}
	}
	everywhere("restored")
	shop.TakeIn(t, first, defne)
	toldDefne += one.sellTo(defne, 4_000)
	everywhere("enrolled again")
	stop()
	stopFirst()
	shop.Clean(t, third)
	shop.Clean(t, second.DataDir)
	settledWithoutLoss(t, third)
}

// settledWithoutLoss looks for what headquarters booked as lost, or has not
// posted.
func settledWithoutLoss(t testing.TB, dir string) {
	t.Helper()
	look, err := hq.OpenReadOnly(t.Context(), hq.Options{Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	status, err := look.Status(t.Context())
	if err != nil || status.Quarantined+status.Unprojected+status.Awaited != 0 || status.WaitsUntil != 0 {
		t.Errorf("headquarters: %+v, %v", status, err)
	}
	out, err := exec.Command("sqlite3", filepath.Join(dir, hq.DatabaseFile),
		"SELECT count(*) FROM ledger WHERE verdict <> 'posted' AND verdict = 'loss_funded'").Output()
	if err != nil || strings.TrimSpace(string(out)) != "0" {
		t.Errorf("booked to loss: %s, %v", out, err)
	}
}

// What is no whole backup of ours, or not for this key, is refused in words and
// leaves nothing.
func TestRestoreRefuses(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	stop()
	whole, err := os.ReadFile(s.backup())
	s.must(err)
	flip := func(at int) []byte {
		damaged := bytes.Clone(whole)
		damaged[at] ^= 0x10
		return damaged
	}
	other := newSaved(t).key
	parent := t.TempDir()
	full := testkit.Private(t)
	s.must(os.WriteFile(filepath.Join(full, "x"), nil, 0o600))
	for name, c := range map[string]struct {
		file []byte
		key  string
		to   string
		says string
	}{
		"header":     {flip(3), s.key, "", "damaged"},
		"recipient":  {flip(60), s.key, "", ""},
		"beginning":  {flip(300), s.key, "", "damaged"},
		"middle":     {flip(len(whole) / 2), s.key, "", "damaged"},
		"end":        {flip(len(whole) - 1), s.key, "", "damaged"},
		"cut off":    {whole[:len(whole)-20], s.key, "", "damaged"},
		"half":       {whole[:len(whole)/2], s.key, "", "damaged"},
		"empty":      {nil, s.key, "", "no backup"},
		"other key":  {whole, other, "", "another key"},
		"no key":     {whole, s.file, "", "no recovery key"},
		"full":       {whole, s.key, full, "not empty"},
		"no parent":  {whole, s.key, filepath.Join(parent, "a", "b"), "not there"},
		"not a name": {nil, s.key, "missing", "no such file"},
	} {
		file := filepath.Join(t.TempDir(), "x.age")
		if c.to != "missing" {
			s.must(os.WriteFile(file, c.file, 0o600))
		}
		to := c.to
		if to == "" || to == "missing" {
			to = filepath.Join(parent, "restored")
		}
		code, _, talk := commandtest.Run(t, "restore", file, "--to", to, "--key-file", c.key)
		if code == exit.OK || code == exit.Internal || !strings.Contains(talk, c.says) || !strings.Contains(talk, "hint") {
			t.Errorf("%s: exit %d, %s", name, code, talk)
		}
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The package makes the data folder, empty and the daemon's: a restore fills it,
// and gives its owner what root unpacked.
func TestRestoreIntoThePackagesFolder(t *testing.T) {
	s := newSaved(t)
	_, stop := shop.Open(t, s.config)
	stop()
	file, to := s.backup(), testkit.Private(t)
	owner := os.Geteuid()
	if owner == 0 {
		owner = 4242
		s.must(os.Chown(to, owner, owner))
	}
	if code, _, talk := commandtest.Run(t, "restore", file, "--to", to, "--key-file", s.key); code != exit.OK {
		t.Fatalf("exit %d, %s", code, talk)
	}
	for _, path := range []string{to, datadir.KeyFile(to), filepath.Join(to, "hq.db")} {
		var stat syscall.Stat_t
		s.must(syscall.Stat(path, &stat))
		if int(stat.Uid) != owner {
			t.Errorf("%s belongs to user %d, not %d", path, stat.Uid, owner)
		}
	}
}

// A restore that is killed wherever it is leaves no folder or a whole one, and
// can be repeated.
func TestRestoreKilled(t *testing.T) {
	s := newSaved(t)
	till, stop := shop.Open(t, s.config)
	shop.TakeIn(t, till, shop.Ayse)
	stop()
	file, to := s.backup(), filepath.Join(t.TempDir(), "restored")
	executable, err := os.Executable()
	s.must(err)
	kills := 0
	for wait := time.Duration(0); ; wait += 3 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		cmd := exec.CommandContext(ctx, executable, "restore", file, "--to", to, "--key-file", s.key)
		cmd.Env = append(os.Environ(), commandtest.Env+"=1")
		err := cmd.Run()
		cancel()
		if _, there := os.Stat(to); there == nil {
			shop.Clean(t, to)
			break
		}
		if err == nil {
			t.Fatal("it ended well and there is nothing")
		}
		kills++
	}
	t.Logf("killed %d times", kills)
	_, stop = shop.Open(t, s.reload("data_dir", to))
	stop()
	shop.Clean(t, to)
	another := filepath.Join(filepath.Dir(to), "another")
	if code, _, talk := commandtest.Run(t, "restore", file, "--to", another, "--key-file", s.key); code != exit.OK {
		t.Errorf("again: exit %d, %s", code, talk)
	}
}
