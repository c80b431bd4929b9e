package story_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/staff"
)

// A shop takes its operators in, the cashier gives a few points, a manager more;
// the history says why and who. No PIN stands in any file or line of the log.
func TestOperatorsOfAShop(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "till")
	var log bytes.Buffer
	till, err := terminal.Open(t.Context(), shop.Config(dir), zerolog.New(zerolog.SyncWriter(&log)))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, till)
	shop.TakeIn(t, till, shop.Ayse)
	said := ""
	does := func(want int, line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if said += text; code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	does(exit.Usage, "", "operator", "add", "7", "--name", "Ali")
	does(exit.Data, "1234", "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	does(exit.OK, shop.CashierPIN, "operator", "add", "7", "--name", "Ali", "--phone", "05320000099", "--pin-stdin")
	does(exit.Data, shop.CashierPIN, "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	does(exit.OK, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	does(exit.Permission, "", "member", "adjust", shop.Ayse, "--amount", "+50", "--reason", "torn bag")
	does(exit.Permission, shop.ManagerPIN, "operator", "sign-on", "7", "--pin-stdin")
	if text := does(exit.OK, shop.CashierPIN, "operator", "sign-on", "7", "--pin-stdin"); !strings.Contains(text, "Ali, signed on") {
		t.Errorf("signed on: %s", text)
	}
	does(exit.OK, "", "member", "adjust", shop.Ayse, "--amount", "+50", "--reason", "torn bag")
	does(exit.Usage, "", "member", "adjust", shop.Ayse, "--amount", "50", "--reason", "torn bag")
	does(exit.Usage, "", "member", "adjust", shop.Ayse, "--amount", "+50")
	text := does(exit.Permission, "", "member", "adjust", shop.Ayse, "--amount", "+501", "--reason", "late delivery")
	if !strings.Contains(text, "a manager must approve this") || !strings.Contains(text, "--manager") {
		t.Errorf("not said what to do: %s", text)
	}
	does(exit.Permission, shop.CashierPIN, "member", "adjust", shop.Ayse, "--amount", "+501", "--reason", "late delivery", "--manager", "7", "--pin-stdin")
	does(exit.OK, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "+501", "--reason", "late delivery", "--manager", "9", "--pin-stdin")
	does(exit.OK, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "-600", "--reason", "was her sister's", "--manager", "9", "--pin-stdin")

	for _, want := range []string{
		`"operator_id":"7","message":"operator added"`, `"operator_id":"7","in_a_row":1,"message":"wrong PIN of an operator"`, `"by_user":"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the diary has no %s", want)
		}
	}
	var rows []inquiry.Happened
	for deadline := time.Now().Add(20 * time.Second); len(rows) < 4 && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if err := json.Unmarshal([]byte(does(exit.OK, "", "member", "history", shop.Ayse, "--json")), &rows); err != nil {
			t.Fatal(err)
		}
	}
	history := does(exit.OK, "", "member", "history", shop.Ayse)
	for _, want := range []string{"by 7: torn bag\n    +50 points", "by 7, approved by 9: late delivery\n    +501 points", "by 7, approved by 9: was her sister's\n    -600 points"} {
		if !strings.Contains(history, want) {
			t.Errorf("no %q in\n%s", want, history)
		}
	}
	stop()
	if text := does(exit.OK, "", "operator", "list"); !strings.Contains(text, "Ali, signed on, own number known") {
		t.Errorf("without a daemon: %s", text)
	}
	does(exit.OK, "", "operator", "remove", "7")
	if text := does(exit.OK, "", "operator", "sign-off"); strings.Contains(text, "Ali") {
		t.Errorf("she is still there: %s", text)
	}
	shop.Clean(t, dir)
	book := filepath.Join(dir, staff.FileName)
	kept, _ := os.ReadFile(book)
	if err := os.WriteFile(book, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if till, err = terminal.Open(t.Context(), shop.Config(dir), zerolog.New(zerolog.SyncWriter(&log))); err != nil {
		t.Fatal(err)
	}
	stop = testkit.Runs(t, till)
	shop.Sell(t, till, "s1", 1000) // a damaged book keeps nobody from selling
	if text := does(exit.Data, shop.ManagerPIN, "operator", "add", "8", "--name", "Can", "--pin-stdin"); !strings.Contains(text, "restore") {
		t.Errorf("not said what to do: %s", text)
	}
	stop()
	if err := os.WriteFile(book, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	tellsNoPIN(t, dir, said+log.String())
}

// tellsNoPIN looks for PINs in all that was said and written.
func tellsNoPIN(t testing.TB, dir, said string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		said += string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pin := range []string{shop.CashierPIN, shop.ManagerPIN} {
		if strings.Contains(said, pin) {
			t.Errorf("PIN %s is told", pin)
		}
	}
}

// Headquarters adjusts by itself, by the same rules.
func TestAdjustAtHeadquartersFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hq")
	if code, text := shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--pin-stdin", "--data", dir); code == exit.OK {
		t.Errorf("an operator of a folder that is nobody's: %s", text)
	}
	config := configs.Default()
	config.DataDir, config.HQ.Listen = dir, "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stop := testkit.Runs(t, h)
	code, text := shop.Keyed(t, "", "member", "adjust", shop.Ayse, "--amount", "+501", "--reason", "goodwill", "--data", dir)
	if code != exit.Permission || !strings.Contains(text, "operator add --role manager") {
		t.Errorf("exit %d: %s", code, text)
	}
	if code, text = shop.Keyed(t, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin", "--data", dir); code != exit.OK {
		t.Fatalf("exit %d: %s", code, text)
	}
	code, text = shop.Keyed(t, shop.ManagerPIN, "member", "adjust", shop.Ayse, "--amount", "+501", "--reason", "goodwill", "--manager", "9", "--pin-stdin", "--data", dir)
	if code != exit.Failed {
		t.Errorf("nobody has the number: exit %d: %s", code, text)
	}
	if code, text = shop.Keyed(t, shop.ManagerPIN, "operator", "add", "8", "--name", "Can", "--phone", shop.Ayse, "--pin-stdin", "--data", dir); code != exit.Usage {
		t.Errorf("an own number at headquarters: exit %d: %s", code, text)
	}
	stop()
	if code, text = shop.Keyed(t, "", "operator", "list", "--data", dir); code != exit.OK || !strings.Contains(text, "Zeynep") {
		t.Errorf("without a daemon: exit %d: %s", code, text)
	}
}
