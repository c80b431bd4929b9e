package story_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A desk says apart that nobody is there, that the daemon has not what was
// asked for, and what went wrong.
func TestDeskSaysWhoIsThere(t *testing.T) {
	dir := testkit.Private(t)
	err := desk.Ask(t.Context(), dir, http.MethodGet, "/hq/status", nil, nil)
	if !errors.Is(err, desk.ErrNoDaemon) || exit.Code(err) != exit.Unavailable {
		t.Errorf("nobody is there: %v", err)
	}
	config := configs.Default()
	config.DataDir, config.HQ.Listen = dir, "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Runs(t, h)
	var status headquarters.Status
	if err := desk.Ask(t.Context(), dir, http.MethodGet, "/hq/status", nil, &status); err != nil || status.Fingerprint == "" {
		t.Errorf("headquarters says %+v, %v", status, err)
	}
	err = desk.Ask(t.Context(), dir, http.MethodGet, "/till/status", nil, &status)
	if err == nil || !strings.Contains(err.Error(), "is no till") {
		t.Errorf("a till's question to headquarters: %v", err)
	}
	err = desk.Ask(t.Context(), dir, http.MethodPost, "/hq/codes", headquarters.CodeRequest{Store: "no/store", Name: "Till 1"}, nil)
	if exit.Code(err) != exit.Data || !strings.Contains(err.Error(), "no/store") {
		t.Errorf("a store that cannot be: exit %d, %v", exit.Code(err), err)
	}
	if info, err := os.Stat(desk.Path(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
}

// `status` tells what only the daemon knows, and does without where none runs.
func TestStatusAsksTheDaemon(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	lane.Keypad.Close()
	var status terminal.Status
	for status.Live == nil || !status.Live.Reach.Reached || status.Live.Devices[1].Online {
		if err := s.Ask(ctx, &status, "till", "status"); err != nil {
			t.Fatalf("%v; last %+v", err, status.Live)
		}
	}
	if keypad := status.Live.Devices[1]; keypad.Name != "keypad" || keypad.Why == "" || !status.Live.Devices[0].Online {
		t.Errorf("devices are %+v", status.Live.Devices)
	}
	lane.Process.Stop()
	var stopped terminal.Status
	if err := s.Ask(ctx, &stopped, "till", "status"); err != nil || stopped.Live != nil || stopped.Running {
		t.Errorf("after the stop: %+v, %v", stopped, err)
	}
}
