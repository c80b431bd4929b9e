package story_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A manager of a shop makes two accounts of one customer one: both numbers show it,
// at the till too, and its history says why.
func TestMergeInAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	defer testkit.Runs(t, till)()
	shop.TakeIn(t, till, shop.Ayse)
	shop.TakeIn(t, till, shop.Mehmet)
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	does(exit.OK, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	for number, amount := range map[string]string{shop.Ayse: "+700", shop.Mehmet: "+40"} {
		does(exit.OK, shop.ManagerPIN, "member", "adjust", number, "--amount", amount, "--reason", "a start", "--manager", "9", "--pin-stdin")
	}
	testkit.Await(t, "both at headquarters", func() bool {
		_, hers := shop.Keyed(t, "", "member", "history", shop.Ayse, "--data", dir)
		_, his := shop.Keyed(t, "", "member", "history", shop.Mehmet, "--data", dir)
		return strings.Contains(hers, "a start") && strings.Contains(his, "a start")
	})
	merge := func(first, second string) []string {
		return []string{"member", "merge", first, second, "--reason", "a new number", "--manager", "9", "--pin-stdin"}
	}
	does(exit.Usage, shop.ManagerPIN, "member", "merge", shop.Ayse, shop.Mehmet, "--manager", "9", "--pin-stdin")
	does(exit.Permission, "", merge(shop.Ayse, shop.Mehmet)[:6]...)
	does(exit.Data, shop.ManagerPIN, "member", "merge", shop.Ayse, shop.Mehmet, "--reason", "was 0532 000 00 02", "--manager", "9", "--pin-stdin")
	does(exit.Data, shop.ManagerPIN, merge(shop.Ayse, shop.Ayse)...)
	if text := does(exit.Failed, shop.ManagerPIN, merge(shop.Ayse, "0532 000 00 09")...); !strings.Contains(text, "second number") {
		t.Errorf("not said which: %s", text)
	}
	if text := does(exit.OK, shop.ManagerPIN, merge(shop.Ayse, shop.Mehmet)...); !strings.Contains(text, "one of 2 in the account") {
		t.Errorf("merged: %s", text)
	}
	does(exit.Data, shop.ManagerPIN, merge(shop.Mehmet, shop.Ayse)...)
	testkit.Await(t, "one account at the till", func() bool {
		_, hers := shop.Keyed(t, "", "member", "show", shop.Ayse, "--data", dir)
		_, his := shop.Keyed(t, "", "member", "show", shop.Mehmet, "--data", dir)
		return strings.Count(hers, "740 points") == 2 && strings.Count(his, "740 points") == 2 && strings.Contains(his, "became this one")
	})
	if text := does(exit.OK, "", "member", "history", shop.Mehmet); !strings.Contains(text, "became this one by 9: a new number") {
		t.Errorf("history: %s", text)
	}
	does(exit.OK, "", "verify")
}
