package story_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A till that was started too early, and is its own headquarters, still joins
// another while nothing would be missed; also where that is cut off.
func TestOwnTillJoinsAnother(t *testing.T) {
	first, second := testkit.Private(t), testkit.Private(t)
	config := shop.Config(first)
	config.HQ.Listen = "127.0.0.1:0"
	_, stopFirst := shop.Open(t, config)
	_, stop := shop.Open(t, shop.Config(second))
	stop()
	early := readFiles(t, second, "hq.key", "hq.db", "mark")
	if code, _, talk := commandtest.Run(t, "enroll", shop.CodeFor(t, first, "Till 2"), "--data", second); code != exit.OK {
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
	_, stop = shop.Open(t, shop.Config(second))
	var live terminal.Live
	for ctx := testkit.Within(t, 10*time.Second); !live.Reach.Reached; time.Sleep(5 * time.Millisecond) {
		if err := desk.Ask(ctx, second, http.MethodGet, "/till/status", nil, &live); err != nil {
			t.Fatal(err)
		}
	}
	if left := datadir.Look(second); left.Headquarters() || left.Joining {
		t.Errorf("left behind: %+v", left)
	}
	stop()
	if code, _, talk := commandtest.Run(t, "enroll", shop.CodeFor(t, first, "Till 3"), "--data", second); code != exit.Data || !strings.Contains(talk, "already") {
		t.Errorf("twice: exit %d, %s", code, talk)
	}
	stopFirst()
}

// What a till sold as its own headquarters is not given up for another.
func TestOwnTillWithMembersDoesNotJoin(t *testing.T) {
	dir := testkit.Private(t)
	till, stop := shop.Open(t, shop.Config(dir))
	shop.TakeIn(t, till, shop.Ayse)
	stop()
	hq := testkit.Private(t)
	d := shop.Config(hq)
	d.HQ.Listen = "127.0.0.1:0"
	_, stop = shop.Open(t, d)
	code, _, talk := commandtest.Run(t, "enroll", shop.CodeFor(t, hq, "Till 2"), "--data", dir)
	if code != exit.Data || !strings.Contains(talk, "with members, sales") || !datadir.Look(dir).OwnHeadquarters() {
		t.Errorf("exit %d, %s", code, talk)
	}
	stop()
	shop.Clean(t, dir)
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
