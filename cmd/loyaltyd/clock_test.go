package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// A till that was set ahead and right again redeems after `clock accept`, which
// says both times, without a daemon and through one.
func TestClockAccept(t *testing.T) {
	config := keptTill(t)
	file := writtenFile(t, "till.yaml", "data_dir: "+config.DataDir+"\nheadquarters: {url: \"https://127.0.0.1:1\"}\n")
	ahead(t, config, 100*time.Hour)
	if code, out, _ := command(t, "status", "--config", file); code != exit.OK || !strings.Contains(out, "clock") {
		t.Fatalf("a clock that was set back is not told: %s", out)
	}
	code, out, talk := command(t, "clock", "accept", "--config", file)
	if code != exit.OK || !strings.Contains(out, "highest time seen") || !strings.Contains(out, time.Now().In(datadir.ZoneOf(config.DataDir)).Format(time.DateOnly)) {
		t.Errorf("exit %d: %s%s", code, out, talk)
	}
	if _, out, _ := command(t, "status", "--config", file); strings.Contains(out, "clock") {
		t.Errorf("after it was accepted: %s", out)
	}
	ahead(t, config, 200*time.Hour)
	till, err := openTerminal(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	runs(t, till)
	if code, out, talk := command(t, "clock", "accept", "--config", file); code != exit.OK {
		t.Errorf("through the daemon: exit %d: %s%s", code, out, talk)
	}
	if _, out, _ := command(t, "status", "--config", file); strings.Contains(out, "clock") {
		t.Errorf("after the daemon accepted it: %s", out)
	}
}

// ahead makes a till see a later time than it is.
func ahead(t *testing.T, config configs.Config, by time.Duration) {
	t.Helper()
	id, err := datadir.ReadIdentity(config.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	program, err := datadir.LoadProgram(config)
	if err != nil {
		t.Fatal(err)
	}
	options, err := datadir.StoreOptions(config, id, loyalty.NewVersions(time.UTC, program))
	if err != nil {
		t.Fatal(err)
	}
	options.Now = func() time.Time { return time.Now().Add(by) }
	store, err := offline.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = store.AcceptClock(t.Context())
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}
