package story_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"
	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// isWhole wants nothing to be found at a headquarters: by its hashes, by deciding
// again, and by adding up.
func isWhole(ctx context.Context, t testing.TB, s *stage.Stage, name string) {
	t.Helper()
	for _, args := range [][]string{{"verify"}, {"hq", "fsck"}, {"hq", "rebuild", "--check"}} {
		var report json.RawMessage
		if err := s.Ask(ctx, &report, name, args...); err != nil {
			t.Errorf("headquarters: %v", err)
		}
	}
}

// A balance that somebody changed is told, written anew, and right again.
func TestRebuildCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	shop.TakeIn(t, till, shop.Ayse)
	shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", dir)
	shop.Keyed(t, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "+700", "--reason", "a start", "--manager", "9", "--pin-stdin", "--data", dir)
	testkit.Await(t, "it at headquarters", func() bool {
		_, text := shop.Keyed(t, "", "member", "history", shop.Ayse, "--data", dir)
		return strings.Contains(text, "a start")
	})
	says := func(code int, want string, args ...string) {
		t.Helper()
		got, out, talk := commandtest.Run(t, append(args, "--data", dir)...)
		if got != code || !strings.Contains(out+talk, want) {
			t.Errorf("%v: exit %d, %s%s; want %d and %q", args, got, out, talk, code, want)
		}
	}
	says(exit.OK, "0 findings", "hq", "fsck")
	says(exit.Locked, "", "hq", "rebuild")
	stop()
	says(exit.OK, "0 differences", "hq", "rebuild", "--check")
	db, err := sql.Open("sqlite3", filepath.Join(dir, "hq.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE balance SET available = available + 7`); err != nil {
		t.Fatal(err)
	}
	says(exit.Data, "its rows make", "hq", "fsck")
	says(exit.Data, "its rows make", "hq", "rebuild", "--check")
	says(exit.OK, "its rows make", "hq", "rebuild")
	says(exit.OK, `"differences": []`, "hq", "rebuild", "--json")
	says(exit.OK, `"findings": []`, "hq", "fsck", "--json")
}
