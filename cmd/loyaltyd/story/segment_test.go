package story_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Members are put in a segment by number, account and from a file, looked at
// first; what is wrong is told by its line, and then nobody is changed. Numbers
// are not repeated.
func TestSegmentsOfAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	const bo = "05329999999"
	shop.TakeIn(t, till, shop.Ayse)
	shop.TakeIn(t, till, bo)
	does := func(want int, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, "", append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	says := func(text, want string) {
		t.Helper()
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	shop.Eventually(t, "headquarters:", "member", "show", bo, "--data", dir)
	var shown command.ShownMember
	if err := json.Unmarshal([]byte(does(exit.OK, "member", "show", bo, "--json")), &shown); err != nil || shown.Account.IsZero() {
		t.Fatalf("her account is %s, %v", shown.Account, err)
	}
	file := filepath.Join(t.TempDir(), "spring.txt")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("# the spring drive", shop.Ayse, "", "05551112233", "nonsense", shown.Account.String())
	text := does(exit.Data, "member", "segment", "add", "vip", "--file", file, "--reason", "spring drive")
	says(text, "spring.txt:5: neither a phone number")
	write("# the spring drive", shop.Ayse, "", "05551112233", shown.Account.String())
	text = does(exit.Data, "member", "segment", "add", "vip", "--file", file, "--reason", "spring drive")
	says(text, "spring.txt:4: no such member here")
	says(text, "1 of 3 members cannot be: nobody is changed")
	if strings.Contains(text, "5551112233") {
		t.Errorf("a number is told: %s", text)
	}
	write(shop.Ayse, shown.Account.String(), bo)
	says(does(exit.OK, "member", "segment", "add", "vip", "--file", file, "--reason", "spring drive", "--dry-run"), "vip: 2 would be put in, 1 in it before")
	if text := does(exit.OK, "member", "segment", "list"); text != "" {
		t.Errorf("a dry run made %s", text)
	}
	says(does(exit.OK, "member", "segment", "add", "vip", "--file", file, "--reason", "spring drive", "--operator", "zeynep"), "vip: 2 put in, 1 in it before")
	says(does(exit.OK, "member", "segment", "list"), "2  vip")
	says(does(exit.OK, "member", "segment", "list", "vip"), "by zeynep: spring drive")
	says(does(exit.OK, "member", "segment", "remove", "vip", shop.Ayse, "--reason", "asked for it", "--operator", "zeynep"), "vip: 1 taken out, 0 not in it")
	says(does(exit.OK, "member", "history", shop.Ayse), "taken out of segment vip by zeynep: asked for it")
	says(does(exit.OK, "member", "show", bo), "in segments vip")
	does(exit.Usage, "member", "segment", "add", "vip", shop.Ayse)
	does(exit.Usage, "member", "segment", "add", "vip", "--reason", "nobody")
	does(exit.Usage, "member", "segment", "add", "vip", shop.Ayse, "--file", file, "--reason", "both")
	does(exit.Data, "member", "segment", "add", "v i p", shop.Ayse, "--reason", "no name")
	stop()
	does(exit.Unavailable, "member", "segment", "add", "vip", shop.Ayse, "--reason", "no daemon")
	says(does(exit.OK, "member", "segment", "list", "--json"), `"members": 1`)
	shop.Clean(t, dir)
}
