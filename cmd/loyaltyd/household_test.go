package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

const mehmet = "0532 000 00 02"

// A manager of a shop adds Mehmet to Ayşe's account, both are found, and later he
// leaves it with what they agreed.
func TestHouseholdOfAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := openTerminal(t.Context(), shopConfig(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	defer runs(t, till)()
	takeIn(t, till, ayse)
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	join := []string{"member", "household", "join", mehmet, "--of", ayse, "--name", "Mehmet Yılmaz"}
	byManager := append(join, "--manager", "9", "--pin-stdin")
	if text := does(exit.Permission, "", join...); !strings.Contains(text, "operator add --role manager") {
		t.Errorf("nobody could approve it: %s", text)
	}
	does(exit.OK, cashierPIN, "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	does(exit.OK, managerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	if text := does(exit.Permission, "", join...); !strings.Contains(text, "--manager") {
		t.Errorf("not said what to do: %s", text)
	}
	does(exit.Permission, cashierPIN, append(join, "--manager", "7", "--pin-stdin")...)
	does(exit.Usage, managerPIN, "member", "household", "join", mehmet)
	does(exit.Failed, managerPIN, "member", "household", "join", mehmet, "--of", "0532 000 00 09", "--manager", "9", "--pin-stdin")
	if text := does(exit.OK, managerPIN, byManager...); !strings.Contains(text, "M*** Y***: one of 2 in the account") {
		t.Errorf("joined: %s", text)
	}
	does(exit.OK, managerPIN, byManager...) // again: he is in it

	does(exit.OK, managerPIN, "member", "adjust", ayse, "--amount", "+700", "--reason", "a start", "--manager", "9", "--pin-stdin")
	await(t, "the household at headquarters", func() bool {
		code, text := keyed(t, "", "member", "household", "show", mehmet, "--data", dir)
		return code == exit.OK && strings.Count(text, "***") == 5 // his own, and both with two words and one
	})
	if text := does(exit.OK, "", "member", "show", mehmet); !strings.Contains(text, "one of 2") || !strings.Contains(text, "700 points") {
		t.Errorf("shown: %s", text)
	}

	does(exit.Usage, managerPIN, "member", "household", "leave", mehmet, "--give", "points")
	does(exit.Permission, "", "member", "household", "leave", mehmet)
	does(exit.Data, managerPIN, "member", "household", "leave", mehmet, "--give", "points=9000", "--manager", "9", "--pin-stdin")
	if text := does(exit.Data, managerPIN, "member", "household", "leave", mehmet, "--give", "stars=5", "--manager", "9", "--pin-stdin"); !strings.Contains(text, "stars: the program has no such unit") {
		t.Errorf("a unit it does not have: %s", text)
	}
	text := does(exit.OK, managerPIN, "member", "household", "leave", mehmet, "--give", "points=150", "--manager", "9", "--pin-stdin", "--json")
	var left householdMember
	if err := json.Unmarshal([]byte(text), &left); err != nil || left.Household != 0 {
		t.Errorf("left: %+v, %v", left, err)
	}
	await(t, "his own account", func() bool {
		code, text := keyed(t, "", "member", "show", mehmet, "--data", dir)
		return code == exit.OK && strings.Contains(text, left.Account.String()) && strings.Contains(text, "150 points")
	})
	if text := does(exit.OK, "", "member", "show", ayse); strings.Contains(text, "one of") || !strings.Contains(text, "550 points") {
		t.Errorf("she stays: %s", text)
	}
	does(exit.Data, managerPIN, "member", "household", "leave", mehmet, "--manager", "9", "--pin-stdin") // he is alone
}

// await waits until something holds, for as long as a busy machine may take.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}
