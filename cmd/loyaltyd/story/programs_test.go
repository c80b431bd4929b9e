package story_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// second gives twice the points from today on.
func second(t testing.TB, more ...string) string {
	t.Helper()
	istanbul, err := time.LoadLocation("Europe/Istanbul")
	if err != nil {
		t.Fatal(err)
	}
	today := time.Now().In(istanbul).Format(time.DateOnly)
	return shop.Version(t, append([]string{"version: 1", "version: 2", "2026-01-02", today, "points: 1/100", "points: 2/100"}, more...)...)
}

// programSaid waits until a till says what is wanted of its program.
func programSaid(t testing.TB, dir string, want func(datadir.ProgramStatus) bool) {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		code, out, talk := commandtest.Run(t, "status", "--data", dir, "--json")
		var status terminal.Status
		if code == exit.OK {
			if err := json.Unmarshal([]byte(out), &status); err != nil {
				t.Fatal(err)
			}
			if status.Program != nil && want(*status.Program) {
				return
			}
		}
		if ctx.Err() != nil {
			t.Fatalf("it says %+v: %s", status.Program, talk)
		}
	}
}

// worksBy waits until a daemon has taken over what its journal says already.
func worksBy(t testing.TB, till *terminal.Terminal, want func(*loyalty.Program) bool) {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); !want(till.Till.Programs.At(time.Now())); time.Sleep(5 * time.Millisecond) {
		if ctx.Err() != nil {
			t.Fatal("the till does not hear of it")
		}
	}
}

func isVersion(n int) func(datadir.ProgramStatus) bool {
	return func(p datadir.ProgramStatus) bool { return p.Version == n && p.Next == nil && len(p.Unread) == 0 }
}

// A shop publishes at its own headquarters: the till works by it at once where
// it begins at once, and after a restart; a rule that is stopped gives nothing.
func TestOwnProgramPublished(t *testing.T) {
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.Awaits(t, dir, 100, 0)
	programSaid(t, dir, isVersion(1))
	next := second(t)
	if code, _, talk := commandtest.Run(t, "program", "publish", next, "--data", dir); code != exit.Usage || !strings.Contains(talk, "--yes") {
		t.Errorf("without anybody to ask: exit %d, %s", code, talk)
	}
	for _, want := range []string{"version 2 of starter is published\n", "version 2 of starter is published already\n"} {
		if code, out, talk := commandtest.Run(t, "program", "publish", next, "--data", dir, "--yes"); code != exit.OK || out != want {
			t.Fatalf("exit %d, %s%s", code, out, talk)
		}
	}
	programSaid(t, dir, isVersion(2))
	worksBy(t, till, func(p *loyalty.Program) bool { return p.Ref().Version == 2 })
	shop.Sell(t, till, "2", 10_000)
	shop.Awaits(t, dir, 300, 0)
	stop()

	till, stop = shop.Open(t, shop.Config(dir))
	programSaid(t, dir, isVersion(2))
	shop.Sell(t, till, "3", 10_000)
	shop.Awaits(t, dir, 500, 500)
	code, out, talk := commandtest.Run(t, "program", "stop", "base", "--reason", "too much", "--operator", "ayla", "--data", dir, "--yes")
	if code != exit.OK || !strings.Contains(out, "base is stopped") {
		t.Fatalf("exit %d, %s%s", code, out, talk)
	}
	code, out, _ = commandtest.Run(t, "program", "list", "--data", dir)
	for _, want := range []string{"starter, version 1: ", "starter, version 2: ", "; IN FORCE", "rule base is stopped in versions up to 2, by ayla at ", ": too much"} {
		if code != exit.OK || !strings.Contains(out, want) {
			t.Errorf("exit %d, %q is not in\n%s", code, want, out)
		}
	}
	worksBy(t, till, func(p *loyalty.Program) bool { return len(p.Stopped()) == 1 })
	shop.Sell(t, till, "4", 10_000)
	shop.Awaits(t, dir, 500, 500)
	stop()
	shop.Clean(t, dir)
}

// What cannot be published is refused with its reason and exit 65.
func TestProgramNotPublished(t *testing.T) {
	dir := testkit.Private(t)
	till, _ := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.Awaits(t, dir, 100, 0)
	for _, c := range []struct {
		file string
		args []string
		code int
		says string
	}{
		{shop.Version(t, "program: starter", "program: other"), []string{"publish", "--yes"}, exit.Data, `the chain's is "starter"`},
		{shop.Version(t, "1/100", "0.5"), []string{"publish", "--yes"}, exit.Data, "program.yaml:16:53"},
		{shop.Version(t, "1/100", "1/200"), []string{"publish", "--yes"}, exit.Data, "give this one the number 2"},
		{"/nowhere.yaml", []string{"publish", "--yes"}, exit.Usage, "the program's YAML file"},
		{"none", []string{"stop", "--yes", "--reason", "why not"}, exit.Data, `no rule "none"`},
		{"base", []string{"stop", "--yes"}, exit.Usage, "--reason"},
	} {
		args := append(append([]string{"program"}, c.args...), c.file, "--data", dir)
		if code, _, talk := commandtest.Run(t, args...); code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", args, code, talk, c.code, c.says)
		}
	}
}

// A program_file that was changed is published like any other; one that cannot
// be, or cannot be read, leaves what stands.
func TestProgramFileChanged(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	till, stop := shop.Open(t, config)
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 10_000)
	shop.Awaits(t, dir, 100, 0)
	stop()
	for _, c := range []struct {
		name    string
		file    string
		version int
	}{
		{"another program", shop.Version(t, "program: starter", "program: other"), 1},
		{"broken", shop.Version(t, "1/100", "0.5"), 1},
		{"the next version", second(t), 2},
		{"an earlier one again", shop.Version(t), 2},
		{"gone", "", 2},
	} {
		config.ProgramFile = c.file
		_, stop := shop.Open(t, config)
		time.Sleep(50 * time.Millisecond) // so that what must not come could
		programSaid(t, dir, isVersion(c.version))
		stop()
	}
	shop.Clean(t, dir)
}

// A till that was enrolled works by its headquarters' program, whatever its own
// configuration says: it is opened again for it, once.
func TestEnrolledTillTakesTheProgram(t *testing.T) {
	first, dir := testkit.Private(t), testkit.Private(t)
	config := shop.Config(first)
	config.HQ.Listen, config.ProgramFile = "127.0.0.1:0", shop.Version(t, "program: starter", "program: corner")
	shop.Open(t, config)
	if code, _, talk := commandtest.Run(t, "enroll", shop.CodeFor(t, first, "Till 2"), "--data", dir); code != exit.OK {
		t.Fatalf("exit %d: %s", code, talk)
	}
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	if err := till.Run(testkit.Within(t, 10*time.Second)); !errors.Is(err, terminal.ErrAnotherProgram) {
		t.Errorf("it ends with %v", err)
	}
	if err := till.Close(); err != nil {
		t.Error(err)
	}
	second, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, second, shop.Ayse)
	shop.Sell(t, second, "1", 10_000)
	if p := second.Till.Programs.At(time.Now()).Ref(); p.ID != "corner" || second.Store.Program() != "corner" {
		t.Errorf("it works by %+v", p)
	}
	programSaid(t, dir, func(p datadir.ProgramStatus) bool { return p.ID == "corner" })
	shop.Awaits(t, first, 100, 0)
	stop()
}
