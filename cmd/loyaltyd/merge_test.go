package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

// A manager of a shop makes two accounts of one customer one: both numbers show it,
// at the till too, and its history says why.
func TestMergeInAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := openTerminal(t.Context(), shopConfig(dir), zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	defer runs(t, till)()
	takeIn(t, till, ayse)
	takeIn(t, till, mehmet)
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	does(exit.OK, managerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	for number, amount := range map[string]string{ayse: "+700", mehmet: "+40"} {
		does(exit.OK, managerPIN, "member", "adjust", number, "--amount", amount, "--reason", "a start", "--manager", "9", "--pin-stdin")
	}
	await(t, "both at headquarters", func() bool {
		_, hers := keyed(t, "", "member", "history", ayse, "--data", dir)
		_, his := keyed(t, "", "member", "history", mehmet, "--data", dir)
		return strings.Contains(hers, "a start") && strings.Contains(his, "a start")
	})
	merge := func(first, second string) []string {
		return []string{"member", "merge", first, second, "--reason", "a new number", "--manager", "9", "--pin-stdin"}
	}
	does(exit.Usage, managerPIN, "member", "merge", ayse, mehmet, "--manager", "9", "--pin-stdin")
	does(exit.Permission, "", merge(ayse, mehmet)[:6]...)
	does(exit.Data, managerPIN, "member", "merge", ayse, mehmet, "--reason", "was 0532 000 00 02", "--manager", "9", "--pin-stdin")
	does(exit.Data, managerPIN, merge(ayse, ayse)...)
	if text := does(exit.Failed, managerPIN, merge(ayse, "0532 000 00 09")...); !strings.Contains(text, "second number") {
		t.Errorf("not said which: %s", text)
	}
	if text := does(exit.OK, managerPIN, merge(ayse, mehmet)...); !strings.Contains(text, "one of 2 in the account") {
		t.Errorf("merged: %s", text)
	}
	does(exit.Data, managerPIN, merge(mehmet, ayse)...)
	await(t, "one account at the till", func() bool {
		_, hers := keyed(t, "", "member", "show", ayse, "--data", dir)
		_, his := keyed(t, "", "member", "show", mehmet, "--data", dir)
		return strings.Count(hers, "740 points") == 2 && strings.Count(his, "740 points") == 2 && strings.Contains(his, "became this one")
	})
	if text := does(exit.OK, "", "member", "history", mehmet); !strings.Contains(text, "became this one by 9: a new number") {
		t.Errorf("history: %s", text)
	}
	does(exit.OK, "", "verify")
}
