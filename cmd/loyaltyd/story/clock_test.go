package story_test

import (
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
)

// A till that was set ahead and right again redeems after `clock accept`, which
// says both times, without a daemon and through one.
func TestClockAccept(t *testing.T) {
	config := shop.KeptTill(t)
	file := testkit.WrittenFile(t, "till.yaml", "data_dir: "+config.DataDir+"\nheadquarters: {url: \"https://127.0.0.1:1\"}\n")
	shop.Ahead(t, config, 100*time.Hour)
	if code, out, _ := commandtest.Run(t, "status", "--config", file); code != exit.OK || !strings.Contains(out, "clock") {
		t.Fatalf("a clock that was set back is not told: %s", out)
	}
	code, out, talk := commandtest.Run(t, "clock", "accept", "--config", file)
	if code != exit.OK || !strings.Contains(out, "highest time seen") || !strings.Contains(out, time.Now().In(datadir.ZoneOf(config.DataDir)).Format(time.DateOnly)) {
		t.Errorf("exit %d: %s%s", code, out, talk)
	}
	if _, out, _ := commandtest.Run(t, "status", "--config", file); strings.Contains(out, "clock") {
		t.Errorf("after it was accepted: %s", out)
	}
	shop.Ahead(t, config, 200*time.Hour)
	till, err := terminal.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Runs(t, till)
	if code, out, talk := commandtest.Run(t, "clock", "accept", "--config", file); code != exit.OK {
		t.Errorf("through the daemon: exit %d: %s%s", code, out, talk)
	}
	if _, out, _ := commandtest.Run(t, "status", "--config", file); strings.Contains(out, "clock") {
		t.Errorf("after the daemon accepted it: %s", out)
	}
}
