package story_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A manager of a shop adds Mehmet to Ayşe's account, both are found, and later he
// leaves it with what they agreed.
func TestHouseholdOfAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	defer testkit.Runs(t, till)()
	shop.TakeIn(t, till, shop.Ayse)
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	join := []string{"member", "household", "join", shop.Mehmet, "--of", shop.Ayse, "--name", "Mehmet Yılmaz"}
	byManager := append(join, "--manager", "9", "--pin-stdin")
	if text := does(exit.Permission, "", join...); !strings.Contains(text, "operator add --role manager") {
		t.Errorf("nobody could approve it: %s", text)
	}
	does(exit.OK, shop.CashierPIN, "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	does(exit.OK, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	if text := does(exit.Permission, "", join...); !strings.Contains(text, "--manager") {
		t.Errorf("not said what to do: %s", text)
	}
	does(exit.Permission, shop.CashierPIN, append(join, "--manager", "7", "--pin-stdin")...)
	does(exit.Usage, shop.ManagerPIN, "member", "household", "join", shop.Mehmet)
	does(exit.Failed, shop.ManagerPIN, "member", "household", "join", shop.Mehmet, "--of", "0532 000 00 09", "--manager", "9", "--pin-stdin")
	if text := does(exit.OK, shop.ManagerPIN, byManager...); !strings.Contains(text, "M*** Y***: one of 2 in the account") {
		t.Errorf("joined: %s", text)
	}
	does(exit.OK, shop.ManagerPIN, byManager...) // again: he is in it

	does(exit.OK, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "+700", "--reason", "a start", "--manager", "9", "--pin-stdin")
	testkit.Await(t, "the household at headquarters", func() bool {
		code, text := shop.Keyed(t, "", "member", "household", "show", shop.Mehmet, "--data", dir)
		return code == exit.OK && strings.Count(text, "***") == 5 // his own, and both with two words and one
	})
	if text := does(exit.OK, "", "member", "show", shop.Mehmet); !strings.Contains(text, "one of 2") || !strings.Contains(text, "700 points") {
		t.Errorf("shown: %s", text)
	}

	does(exit.Usage, shop.ManagerPIN, "member", "household", "leave", shop.Mehmet, "--give", "points")
	does(exit.Permission, "", "member", "household", "leave", shop.Mehmet)
	does(exit.Data, shop.ManagerPIN, "member", "household", "leave", shop.Mehmet, "--give", "points=9000", "--manager", "9", "--pin-stdin")
	if text := does(exit.Data, shop.ManagerPIN, "member", "household", "leave", shop.Mehmet, "--give", "stars=5", "--manager", "9", "--pin-stdin"); !strings.Contains(text, "stars: the program has no such unit") {
		t.Errorf("a unit it does not have: %s", text)
	}
	text := does(exit.OK, shop.ManagerPIN, "member", "household", "leave", shop.Mehmet, "--give", "points=150", "--manager", "9", "--pin-stdin", "--json")
	var left headquarters.HouseholdMember
	if err := json.Unmarshal([]byte(text), &left); err != nil || left.Household != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
	testkit.Await(t, "his own account", func() bool {
		code, text := shop.Keyed(t, "", "member", "show", shop.Mehmet, "--data", dir)
		return code == exit.OK && strings.Contains(text, left.Account.String()) && strings.Contains(text, "150 points")
	})
	if text := does(exit.OK, "", "member", "household", "show", shop.Mehmet, "--json"); !strings.Contains(text, `"members": []`) {
		t.Errorf("he shares with nobody: %s", text)
	}
	if text := does(exit.OK, "", "member", "show", shop.Ayse); strings.Contains(text, "one of") || !strings.Contains(text, "550 points") {
		t.Errorf("she stays: %s", text)
	}
	does(exit.Data, shop.ManagerPIN, "member", "household", "leave", shop.Mehmet, "--manager", "9", "--pin-stdin") // he is alone
}
