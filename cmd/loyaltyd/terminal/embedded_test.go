package terminal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// A till without a headquarters is its own from the first second: a member
// enrolled and served has points set aside, also after a restart.
func TestTillIsItsOwnHeadquarters(t *testing.T) {
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "S-1", 60000)
	shop.Awaits(t, dir, 600, 500)
	var code headquarters.CodeAnswer
	err := desk.Ask(t.Context(), dir, http.MethodPost, "/hq/codes", headquarters.CodeRequest{Name: "Till 2"}, &code)
	if exit.Code(err) != exit.Config || !strings.Contains(err.Error(), "does not listen") {
		t.Errorf("a code of a till that does not listen: %+v, %v", code, err)
	}
	stop()
	shop.Clean(t, dir)

	config := shop.Config(dir)
	config.Store.Name, config.HQ.Listen = "Ada Bakkal", "127.0.0.1:0"
	till, stop = shop.Open(t, config)
	if till.Identity.Store.Name != "Ada Bakkal" {
		t.Errorf("the store is called %q", till.Identity.Store.Name)
	}
	shop.Sell(t, till, "S-2", 10000)
	shop.Awaits(t, dir, 700, 500)
	for code.URL == "" { // the port opens beside the till
		err = desk.Ask(testkit.Within(t, 10*time.Second), dir, http.MethodPost, "/hq/codes", headquarters.CodeRequest{Name: "Till 2"}, &code)
		if err != nil && exit.Code(err) != exit.Unavailable {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(code.Code, code.URL) || !strings.Contains(code.Note, "only this machine") {
		t.Errorf("the code is %+v", code)
	}
	stop()
	shop.Clean(t, dir)
}

// A till that could not answer its POS does not become a headquarters first.
func TestTakenPortFoundsNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := shop.Config(testkit.Private(t))
	config.API.Listen = taken.Addr().String()
	if _, err := terminal.Open(t.Context(), config, zerolog.New(t.Output())); exit.Code(err) != exit.Unavailable {
		t.Fatal(err)
	}
	if f := datadir.Look(config.DataDir); f.Key || f.Founding || f.Headquarters() {
		t.Errorf("left behind: %+v", f)
	}
	taken.Close()
	shop.Open(t, config)
}

// Wherever the first start ends, the next one goes on, and there is one
// terminal.
func TestFoundingGoesOnAfterEachStep(t *testing.T) {
	for done := range terminal.FoundingSteps + 1 {
		dir := testkit.Private(t)
		if err := terminal.BeginFounding(t.Context(), shop.Config(dir), done); err != nil {
			t.Fatal(err)
		}
		if done > 0 {
			if code, _, talk := commandtest.Run(t, "hq", "--data", dir); code != exit.Config {
				t.Errorf("after %d steps `hq` takes the folder: exit %d, %s", done, code, talk)
			}
		}
		till, stop := shop.Open(t, shop.Config(dir))
		shop.TakeIn(t, till, shop.Ayse)
		shop.Sell(t, till, "S-1", 60000)
		shop.Awaits(t, dir, 600, 500)
		_, out, talk := commandtest.Run(t, "hq", "terminals", "--data", dir, "--json")
		var all []inquiry.TerminalState
		if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
			t.Errorf("after %d steps: %d terminals, %v %s", done, len(all), err, talk)
		}
		if left := datadir.Look(dir); left.Founding {
			t.Errorf("after %d steps the founding is not over", done)
		}
		stop()
		shop.Clean(t, dir)
	}
}

// A first start that is killed at any moment leaves a folder that starts.
func TestFoundingKilled(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := testkit.Private(t)
	file := filepath.Join(t.TempDir(), "till.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "data_dir: %s\napi: {listen: 127.0.0.1:0}\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for wait := time.Duration(0); !datadir.Look(dir).Key; wait += 2 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		daemon := exec.CommandContext(ctx, executable, "run", "--config", file)
		daemon.Env = append(os.Environ(), commandtest.Env+"=1")
		_ = daemon.Run() // killed, most times before it began anything
		cancel()
		kills++
	}
	t.Logf("killed %d times", kills)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "S-1", 60000)
	shop.Awaits(t, dir, 600, 500)
	stop()
	shop.Clean(t, dir)
}

// What is missing in the folder is never made anew in silence: without its key
// the till refuses; without its headquarters it sells, offline, and says so.
func TestOwnFilesMissing(t *testing.T) {
	whole := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(whole))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "S-1", 60000)
	shop.Awaits(t, whole, 600, 500)
	stop()
	for _, c := range []struct {
		missing []string
		refused string // by the till; empty: it sells
		status  string // says, where it sells
		// spendable is what the till may spend then; -1: its headquarters has no
		// word on her. A new epoch has none of the rights of the one before.
		spendable ledger.Points
	}{
		{[]string{"key"}, "without its key file", "", 0},
		{[]string{"key", "journal.db", "mark", "directory.db"}, "headquarters' folder", "", 0},
		{[]string{"hq.key"}, "", "hq.key", -1},
		{[]string{"hq.db"}, "", "hq.db", -1},
		{[]string{"hq.db", "hq.key"}, "", "hq.key", -1},
		{[]string{"directory.db"}, "", "members 1", 500},
		{[]string{"mark"}, "", "members 1", 0},
		{[]string{"journal.db"}, "", "members 1", 0},
	} {
		t.Run(strings.Join(c.missing, ","), func(t *testing.T) {
			dir := testkit.Private(t)
			copyFolder(t, whole, dir)
			for _, name := range c.missing {
				for _, end := range []string{"", "-wal", "-shm"} {
					_ = os.Remove(filepath.Join(dir, name+end)) // not each file has these
				}
			}
			till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
			if c.refused != "" {
				if exit.Code(err) != exit.Config || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("it says %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			stop := testkit.Runs(t, till)
			shop.Sell(t, till, "S-2", 10000)
			if _, out, talk := commandtest.Run(t, "status", "--data", dir); !strings.Contains(out, c.status) {
				t.Errorf("status says %s%s, want %q in it", out, talk, c.status)
			}
			if c.spendable >= 0 {
				shop.Awaits(t, dir, 700, c.spendable)
			}
			stop()
		})
	}
}

// copyFolder copies a data folder that nothing runs on.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, entry.Name()))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, entry.Name()), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A till's own headquarters is not taken for another's, nor given away.
func TestOwnFolderRefuses(t *testing.T) {
	dir := testkit.Private(t)
	_, stop := shop.Open(t, shop.Config(dir))
	stop()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.yaml")
	if err := os.WriteFile(elsewhere, []byte("headquarters: {url: https://hq.example.com}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	store := filepath.Join(t.TempDir(), "store.yaml")
	if err := os.WriteFile(store, []byte("store: {id: \"0012\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	euro := filepath.Join(t.TempDir(), "euro.yaml")
	if err := os.WriteFile(euro, fmt.Appendf(nil, "currency: EUR\nprogram_file: %s\n", shop.Program(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := testkit.Private(t)
	if err := os.WriteFile(filepath.Join(begun, "key.enrolling"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"hq", "--data", dir}, exit.Config, "hq.listen"},
		{[]string{"run", "--data", dir, "--config", elsewhere}, exit.Config, "headquarters.url"},
		{[]string{"run", "--data", dir, "--config", store}, exit.Config, `set store.id to "1"`},
		{[]string{"run", "--data", testkit.Private(t), "--config", euro}, exit.Config, "EUR"},
		{[]string{"run", "--data", testkit.Private(t), "--config", elsewhere}, exit.Config, "not enrolled"},
		{[]string{"run", "--data", begun}, exit.Config, "repeat `loyaltyd enroll"},
		{[]string{"hq", "--data", begun}, exit.Config, "till's folder"},
	} {
		code, _, talk := commandtest.Run(t, c.args...)
		if code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", c.args, code, talk, c.code, c.says)
		}
	}
}

// A headquarters that did not open is tried again, and opens when its file is
// back, without the till being started anew.
func TestOwnHeadquartersOpensAgain(t *testing.T) {
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	stop()
	away := filepath.Join(t.TempDir(), "hq.db")
	file := filepath.Join(dir, "hq.db")
	if err := os.Rename(file, away); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		own := terminal.OwnOf(till)
		if err := own.Open(t.Context()); err == nil || !strings.Contains(err.Error(), "hq.db is missing") {
			t.Fatalf("without its file: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); own.Run(ctx) }()
		time.Sleep(headquarters.Retry + time.Second)
		if _, err := own.Do(ctx, hqsync.Request{}); !errors.Is(err, terminal.ErrOwnClosed) {
			t.Errorf("asked while its file is away: %v", err)
		}
		if err := os.Rename(away, file); err != nil {
			t.Fatal(err)
		}
		time.Sleep(headquarters.Retry)
		synctest.Wait()
		if !own.IsOpen() {
			t.Error("its file is back, and it does not open")
		}
		cancel()
		<-ended
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
}
