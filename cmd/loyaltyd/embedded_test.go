package main

import (
	"bytes"
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

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// shopConfig is what a shop of one till writes: next to nothing.
func shopConfig(dir string) configs.Config {
	config := configs.Default()
	config.DataDir, config.API.Listen = dir, "127.0.0.1:0"
	return config
}

// openOwnTill starts a till that is its own headquarters.
func openOwnTill(t testing.TB, config configs.Config) (till *terminal, stop func()) {
	t.Helper()
	till, err := openTerminal(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	return till, runs(t, till)
}

const ayse = "0532 000 00 01"

// takeIn enrolls a member at the till's counter.
func takeIn(t testing.TB, till *terminal, typed string) {
	t.Helper()
	number, err := phone.Parse(typed, "TR")
	if err != nil {
		t.Fatal(err)
	}
	if err := till.till.Enroll(t.Context(), time.Now(), till.till.NewEntry(), till.till.NewAccount(), number, ""); err != nil {
		t.Fatal(err)
	}
}

// sell sells to her through the API, in minor units.
func sell(t testing.TB, till *terminal, sale string, amount int) {
	t.Helper()
	sellIn(t, till, "TRY", sale, amount)
}

func sellIn(t testing.TB, till *terminal, currency, sale string, amount int) {
	t.Helper()
	asks(t, till, "/v1/sales/"+sale+"/complete", fmt.Sprintf(
		`{"business_day_date":%q,"currency_code":%q,"line_items":[{"sku":"A","extended_amount":%d}],
		"tenders":[{"tender_type":"cash","amount":%[3]d}],"member":{"phone":%q}}`, ago(0), currency, amount, ayse))
}

// asks sends a request to the till's API as a POS does, which is to be answered
// with 200.
func asks(t testing.TB, till *terminal, path, body string) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(till.config.DataDir, "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+till.listener.Addr().String()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		var said bytes.Buffer
		_, _ = said.ReadFrom(answer.Body)
		t.Fatalf("%s: %s: %s", path, answer.Status, &said)
	}
}

// awaits asks `member show` until the till and its headquarters agree on her
// balance, and the till may spend this much.
func awaits(t testing.TB, dir string, balance, spendable ledger.Points) {
	t.Helper()
	var shown shownMember
	for ctx := within(t, 10*time.Second); ; {
		code, out, talk := command(t, "member", "show", ayse, "--data", dir, "--json")
		shown = shownMember{}
		if code == exit.OK {
			if err := json.Unmarshal([]byte(out), &shown); err != nil {
				t.Fatal(err)
			}
			own := shown.Headquarters
			if own != nil && len(shown.Balances) == 1 && len(own.Balances) == 1 && shown.Balances[0].Balance == balance && own.Balances[0].Balance == balance &&
				*shown.Balances[0].Spendable == spendable {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("she has %s %s, want %d and %d spendable", out, talk, balance, spendable)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// clean walks a folder that nothing runs on.
func clean(t testing.TB, dir string) {
	t.Helper()
	if code, out, talk := command(t, "verify", "--data", dir); code != exit.OK {
		t.Errorf("verify: exit %d\n%s%s", code, out, talk)
	}
}

// A till without a headquarters is its own from the first second: a member
// enrolled and served has points set aside, also after a restart.
func TestTillIsItsOwnHeadquarters(t *testing.T) {
	dir := private(t)
	till, stop := openOwnTill(t, shopConfig(dir))
	takeIn(t, till, ayse)
	sell(t, till, "S-1", 60000)
	awaits(t, dir, 600, 500)
	var code codeAnswer
	err := desk.Ask(t.Context(), dir, http.MethodPost, "/hq/codes", codeRequest{Name: "Till 2"}, &code)
	if exit.Code(err) != exit.Config || !strings.Contains(err.Error(), "does not listen") {
		t.Errorf("a code of a till that does not listen: %+v, %v", code, err)
	}
	stop()
	clean(t, dir)

	config := shopConfig(dir)
	config.Store.Name, config.HQ.Listen = "Ada Bakkal", "127.0.0.1:0"
	till, stop = openOwnTill(t, config)
	if till.identity.Store.Name != "Ada Bakkal" {
		t.Errorf("the store is called %q", till.identity.Store.Name)
	}
	sell(t, till, "S-2", 10000)
	awaits(t, dir, 700, 500)
	for code.URL == "" { // the port opens beside the till
		err = desk.Ask(within(t, 10*time.Second), dir, http.MethodPost, "/hq/codes", codeRequest{Name: "Till 2"}, &code)
		if err != nil && exit.Code(err) != exit.Unavailable {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(code.Code, code.URL) || !strings.Contains(code.Note, "only this machine") {
		t.Errorf("the code is %+v", code)
	}
	stop()
	clean(t, dir)
}

// A till that could not answer its POS does not become a headquarters first.
func TestTakenPortFoundsNothing(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	config := shopConfig(private(t))
	config.API.Listen = taken.Addr().String()
	if _, err := openTerminal(t.Context(), config, zerolog.New(t.Output())); exit.Code(err) != exit.Unavailable {
		t.Fatal(err)
	}
	if f := datadir.Look(config.DataDir); f.Key || f.Founding || f.Headquarters() {
		t.Errorf("left behind: %+v", f)
	}
	taken.Close()
	openOwnTill(t, config)
}

// Wherever the first start ends, the next one goes on, and there is one
// terminal.
func TestFoundingGoesOnAfterEachStep(t *testing.T) {
	steps := len((&founding{own: &embedded{}}).steps())
	for done := range steps + 1 {
		dir := private(t)
		half := &terminal{config: shopConfig(dir), log: zerolog.Nop(), seen: newSightings(configs.Default())}
		var err error
		if half.program, err = datadir.LoadProgram(half.config); err != nil {
			t.Fatal(err)
		}
		if err := half.newOwn("1"); err != nil {
			t.Fatal(err)
		}
		begun := &founding{own: half.own, dir: dir}
		for _, step := range begun.steps()[:done] {
			if err := step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := half.Close(); err != nil {
			t.Fatal(err)
		}
		if done > 0 {
			if code, _, talk := command(t, "hq", "--data", dir); code != exit.Config {
				t.Errorf("after %d steps `hq` takes the folder: exit %d, %s", done, code, talk)
			}
		}
		till, stop := openOwnTill(t, shopConfig(dir))
		takeIn(t, till, ayse)
		sell(t, till, "S-1", 60000)
		awaits(t, dir, 600, 500)
		all, err := till.own.opened.Load().Terminals(t.Context())
		if err != nil || len(all) != 1 {
			t.Errorf("after %d steps: %d terminals, %v", done, len(all), err)
		}
		if left := datadir.Look(dir); left.Founding {
			t.Errorf("after %d steps the founding is not over", done)
		}
		stop()
		clean(t, dir)
	}
}

// A first start that is killed at any moment leaves a folder that starts.
func TestFoundingKilled(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := private(t)
	file := filepath.Join(t.TempDir(), "till.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, "data_dir: %s\napi: {listen: 127.0.0.1:0}\n", dir), 0o600); err != nil {
		t.Fatal(err)
	}
	kills := 0
	for wait := time.Duration(0); !datadir.Look(dir).Key; wait += 2 * time.Millisecond {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		daemon := exec.CommandContext(ctx, executable, "run", "--config", file)
		daemon.Env = append(os.Environ(), beLoyaltyd+"=1")
		_ = daemon.Run() // killed, most times before it began anything
		cancel()
		kills++
	}
	t.Logf("killed %d times", kills)
	till, stop := openOwnTill(t, shopConfig(dir))
	takeIn(t, till, ayse)
	sell(t, till, "S-1", 60000)
	awaits(t, dir, 600, 500)
	stop()
	clean(t, dir)
}

// What is missing in the folder is never made anew in silence: without its key
// the till refuses; without its headquarters it sells, offline, and says so.
func TestOwnFilesMissing(t *testing.T) {
	whole := private(t)
	till, stop := openOwnTill(t, shopConfig(whole))
	takeIn(t, till, ayse)
	sell(t, till, "S-1", 60000)
	awaits(t, whole, 600, 500)
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
			dir := private(t)
			copyFolder(t, whole, dir)
			for _, name := range c.missing {
				for _, end := range []string{"", "-wal", "-shm"} {
					_ = os.Remove(filepath.Join(dir, name+end)) // not each file has these
				}
			}
			till, err := openTerminal(t.Context(), shopConfig(dir), zerolog.New(t.Output()))
			if c.refused != "" {
				if exit.Code(err) != exit.Config || !strings.Contains(err.Error(), c.refused) {
					t.Fatalf("it says %v, want %q", err, c.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			stop := runs(t, till)
			sell(t, till, "S-2", 10000)
			if _, out, talk := command(t, "status", "--data", dir); !strings.Contains(out, c.status) {
				t.Errorf("status says %s%s, want %q in it", out, talk, c.status)
			}
			if c.spendable >= 0 {
				awaits(t, dir, 700, c.spendable)
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
	dir := private(t)
	_, stop := openOwnTill(t, shopConfig(dir))
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
	if err := os.WriteFile(euro, fmt.Appendf(nil, "currency: EUR\nprogram_file: %s\n", program(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	begun := private(t)
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
		{[]string{"run", "--data", private(t), "--config", euro}, exit.Config, "EUR"},
		{[]string{"run", "--data", private(t), "--config", elsewhere}, exit.Config, "not enrolled"},
		{[]string{"run", "--data", begun}, exit.Config, "repeat `loyaltyd enroll"},
		{[]string{"hq", "--data", begun}, exit.Config, "till's folder"},
	} {
		code, _, talk := command(t, c.args...)
		if code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", c.args, code, talk, c.code, c.says)
		}
	}
}

// program is the starter as a file of one's own.
func program(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "program.yaml")
	if err := os.WriteFile(file, configs.Starter, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A headquarters that did not open is tried again, and opens when its file is
// back, without the till being started anew.
func TestOwnHeadquartersOpensAgain(t *testing.T) {
	dir := private(t)
	till, stop := openOwnTill(t, shopConfig(dir))
	stop()
	away := filepath.Join(t.TempDir(), "hq.db")
	file := filepath.Join(dir, "hq.db")
	if err := os.Rename(file, away); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		own := &embedded{
			config: till.config, log: zerolog.Nop(), program: till.program,
			store: till.identity.Store.ID, pinned: till.identity.PublicKey,
		}
		if err := own.open(t.Context()); err == nil || !strings.Contains(err.Error(), "hq.db is missing") {
			t.Fatalf("without its file: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); own.Run(ctx) }()
		time.Sleep(ownRetry + time.Second)
		if _, err := own.Do(ctx, hqsync.Request{}); !errors.Is(err, errOwnClosed) {
			t.Errorf("asked while its file is away: %v", err)
		}
		if err := os.Rename(away, file); err != nil {
			t.Fatal(err)
		}
		time.Sleep(ownRetry)
		synctest.Wait()
		if own.opened.Load() == nil {
			t.Error("its file is back, and it does not open")
		}
		cancel()
		<-ended
		if err := own.Close(); err != nil {
			t.Error(err)
		}
	})
}
