package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/keys"
)

// A till that was started too early, and is its own headquarters, still joins
// another while nothing would be missed; also where that is cut off.
func TestOwnTillJoinsAnother(t *testing.T) {
	first, second := private(t), private(t)
	config := shopConfig(first)
	config.HQ.Listen = "127.0.0.1:0"
	_, stopFirst := openOwnTill(t, config)
	_, stop := openOwnTill(t, shopConfig(second))
	stop()
	early := readFiles(t, second, "hq.key", "hq.db", "mark")
	if code, _, talk := command(t, "enroll", codeFor(t, first, "Till 2"), "--data", second); code != exit.OK {
		t.Fatalf("exit %d: %s", code, talk)
	}
	joined, err := datadir.ReadIdentity(second)
	if err != nil || joined.Own() || datadir.Look(second).Headquarters() {
		t.Fatalf("%s is %+v, %v", second, datadir.Look(second), err)
	}
	// As if the power had gone before the old files were removed.
	for name, text := range early {
		if err := os.WriteFile(filepath.Join(second, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := keys.WriteFile(filepath.Join(second, "key.enrolling"), map[string][]byte{"seed": joined.Seed}); err != nil {
		t.Fatal(err)
	}
	_, stop = openOwnTill(t, shopConfig(second))
	var live liveStatus
	for ctx := within(t, 10*time.Second); !live.Reach.Reached; time.Sleep(5 * time.Millisecond) {
		if err := desk.Ask(ctx, second, http.MethodGet, "/till/status", nil, &live); err != nil {
			t.Fatal(err)
		}
	}
	if left := datadir.Look(second); left.Headquarters() || left.Joining {
		t.Errorf("left behind: %+v", left)
	}
	stop()
	if code, _, talk := command(t, "enroll", codeFor(t, first, "Till 3"), "--data", second); code != exit.Data || !strings.Contains(talk, "already") {
		t.Errorf("twice: exit %d, %s", code, talk)
	}
	stopFirst()
}

// What a till sold as its own headquarters is not given up for another.
func TestOwnTillWithMembersDoesNotJoin(t *testing.T) {
	dir := private(t)
	till, stop := openOwnTill(t, shopConfig(dir))
	takeIn(t, till, ayse)
	stop()
	hq := private(t)
	d := shopConfig(hq)
	d.HQ.Listen = "127.0.0.1:0"
	_, stop = openOwnTill(t, d)
	code, _, talk := command(t, "enroll", codeFor(t, hq, "Till 2"), "--data", dir)
	if code != exit.Data || !strings.Contains(talk, "with members, sales") || !datadir.Look(dir).OwnHeadquarters() {
		t.Errorf("exit %d, %s", code, talk)
	}
	stop()
	clean(t, dir)
}

// codeFor asks a till that listens for a code for a till of a name.
func codeFor(t *testing.T, dir, name string) string {
	t.Helper()
	for ctx := within(t, 10*time.Second); ; time.Sleep(5 * time.Millisecond) {
		var code codeAnswer
		err := desk.Ask(ctx, dir, http.MethodPost, "/hq/codes", codeRequest{Name: name}, &code)
		if err == nil {
			return code.Code
		}
		if exit.Code(err) != exit.Unavailable || errors.Is(err, desk.ErrNoDaemon) {
			t.Fatal(err)
		}
	}
}

func readFiles(t *testing.T, dir string, names ...string) map[string][]byte {
	t.Helper()
	all := make(map[string][]byte)
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = text
	}
	return all
}
