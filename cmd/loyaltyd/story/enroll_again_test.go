package story_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till was enrolled, and a member by it, after the backup that headquarters is put
// back from. Everything that is asked of the till says that headquarters does not
// know it and what to do; done as said, all it had is there once.
func TestTillThatHeadquartersForgot(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	stopHQ := serveHQ(t, &config)
	shop.Says(t, nil, "hq", "code", "--store", "1", "--name", "An earlier one", "--data", dir)
	stopHQ()
	before := readFiles(t, dir, hq.DatabaseFile, hq.KeyFile)
	stopHQ = serveHQ(t, &config)
	till, stop := shop.StoreTill(t, dir, "1", "starter")
	shop.TakeIn(t, till, shop.Ayse)
	shop.Sell(t, till, "1", 100_000)
	shop.ComesToShow(t, till, 1000)
	at := till.Config.DataDir
	shop.AwaitsWords(t, []string{" 0 unsent"}, "status", "--data", at)
	stopHQ()

	for name, text := range before {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := custody.Restore(t.Context(), datadir.HQOptions(config).Home(), time.Now()); err != nil {
		t.Fatal(err)
	}
	stopHQ = serveHQ(t, &config)
	shop.Sell(t, till, "2", 10_000)
	todo := `hq code --store 1 --name "Till of 1"`
	awaitsTalk(t, "sync", "now", "--data", at)
	shop.Says(t, []string{"HEADQUARTERS DOES NOT KNOW THIS TILL", todo, "loyaltyd enroll CODE"}, "status", "--data", at)
	stop()
	if code, _, talk := commandtest.Run(t, "sync", "now", "--data", at); code != exit.Failed || !strings.Contains(talk, todo) || strings.Contains(talk, "nothing is lost") {
		t.Errorf("without a daemon: exit %d: %s", code, talk)
	}
	if _, out, _ := commandtest.Run(t, "doctor", "--data", at); !strings.Contains(out, todo) || strings.Contains(out, "headquarters has everything") {
		t.Errorf("doctor says\n%s", out)
	}

	code := strings.TrimSpace(shop.Says(t, nil, "hq", "code", "--store", "1", "--name", "Till of 1", "--data", dir))
	shop.Says(t, []string{"is enrolled as " + till.Identity.Terminal.String()}, "enroll", code, "--data", at)
	shop.Says(t, nil, "enroll", code, "--data", at)
	till, stop = shop.ChangedOver(t, at, "starter")
	shop.ComesToShow(t, till, 1100)
	shop.AwaitsWords(t, []string{"1,100 points"}, "member", "show", shop.Ayse, "--data", dir)
	stop()
	stopHQ()
	shop.Clean(t, dir)
	shop.Clean(t, at)
}

// serveHQ serves a headquarters, at the same port each time.
func serveHQ(t testing.TB, config *configs.Config) (stop func()) {
	t.Helper()
	h, err := headquarters.Open(t.Context(), *config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	config.HQ.Listen = h.Address()
	return testkit.Runs(t, h)
}

// awaitsTalk repeats a command until it says that the till is not known.
func awaitsTalk(t testing.TB, args ...string) {
	t.Helper()
	for ctx := testkit.Within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		code, _, talk := commandtest.Run(t, args...)
		if code == exit.Failed && strings.Contains(talk, "does not know this terminal") {
			return
		}
		if ctx.Err() != nil {
			t.Fatalf("%v: exit %d: %s", args, code, talk)
		}
	}
}
