package story_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A chain brings its members along: the file is tried and told what is wrong in
// which line, mended, imported by a manager, and imported again without effect; a
// till finds who came by it. No number stands in the log.
func TestImportMembers(t *testing.T) {
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	var log bytes.Buffer
	h, err := headquarters.Open(t.Context(), config, zerolog.New(zerolog.SyncWriter(&log)))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	does := func(want int, line string, words []string, args ...string) {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%v: %q is not in\n%s", args, word, text)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "members.csv")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	does(exit.OK, shop.ManagerPIN, nil, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")

	write("phone,pionts", shop.Ayse+",5")
	does(exit.Data, "", []string{`did you mean "points"?`}, "member", "import", file, "--dry-run")
	write("phone,name,points", "0532 1,Ali,5", shop.Ayse+",Ayşe Yılmaz,500", "+90"+strings.TrimPrefix(strings.ReplaceAll(shop.Ayse, " ", ""), "0")+",,7", shop.Mehmet+",,1.5")
	problems := []string{
		"line 2, phone: the number is too short", "line 4, phone: line 3 has it too", `line 5, points: "1.5": write whole units`,
		"4 lines: would import 1 new member and 0 known with 500 points; 0 imported before, 3 problems",
	}
	does(exit.Data, "", problems, "member", "import", file, "--dry-run")
	does(exit.Data, shop.ManagerPIN, problems, "member", "import", file, "--manager", "9", "--pin-stdin")
	does(exit.Failed, "", nil, "member", "show", shop.Ayse)

	write("phone,name,points", shop.Ayse+",Ayşe Yılmaz,500", shop.Mehmet+",,0")
	does(exit.OK, "", []string{"would import 2 new members"}, "member", "import", file, "--dry-run")
	does(exit.Permission, "", []string{"--manager"}, "member", "import", file)
	approved := []string{"member", "import", file, "--manager", "9", "--pin-stdin"}
	does(exit.OK, shop.ManagerPIN, []string{"2 lines: imported 2 new members and 0 known with 500 points"}, approved...)
	does(exit.OK, shop.ManagerPIN, []string{"imported 0 new members and 0 known with nothing; 2 imported before"}, approved...)
	does(exit.OK, "", []string{"brought along by 9", "+500 points"}, "member", "history", shop.Ayse)

	till, stopTill := shop.StoreTill(t, dir, "1", "starter")
	shop.ComesToShow(t, till, ledger.Points(500))
	stopTill()
	stop()
	shop.Clean(t, dir)
	for _, word := range []string{"5321234567", "Ayşe", "Yılmaz"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("%q stands in the log", word)
		}
	}
}
