package story_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Two headquarters on one PostgreSQL know the same operators at once, count wrong
// PINs together, and each folder has its own one signed on.
func TestOperatorsOfOneDatabase(t *testing.T) {
	url := postgrestest.Shared(t).Database(t)
	one, two := testkit.Private(t), testkit.Private(t)
	serve := func(dir string) (stop func()) {
		config := configs.Default()
		config.DataDir, config.HQ.Listen, config.HQ.Database = dir, "127.0.0.1:0", configs.DatabaseURL(url)
		h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
		if err != nil {
			t.Fatal(err)
		}
		return testkit.Runs(t, h)
	}
	stopOne := serve(one)
	key, err := os.ReadFile(filepath.Join(one, "hq.key"))
	if err == nil {
		err = os.WriteFile(filepath.Join(two, "hq.key"), key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	serve(two)
	does := func(dir string, want int, line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir, "--database", url)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d: %s", args, code, want, text)
		}
		return text
	}
	does(one, exit.OK, shop.ManagerPIN, "operator", "add", "9", "--name", "Zeynep", "--role", "manager", "--pin-stdin")
	if text := does(two, exit.OK, "", "operator", "list"); !strings.Contains(text, "Zeynep") {
		t.Errorf("the other does not know her: %s", text)
	}
	does(two, exit.OK, shop.ManagerPIN, "operator", "sign-on", "9", "--pin-stdin")
	if text := does(one, exit.OK, "", "operator", "list"); strings.Contains(text, "signed on") {
		t.Errorf("she signed on at the other: %s", text)
	}
	for _, dir := range []string{one, two, one} {
		does(dir, exit.Permission, shop.CashierPIN, "operator", "sign-on", "9", "--pin-stdin")
	}
	if text := does(two, exit.Permission, shop.ManagerPIN, "operator", "sign-on", "9", "--pin-stdin"); !strings.Contains(text, "too many wrong PINs") {
		t.Errorf("each counts by itself: %s", text)
	}
	does(two, exit.OK, shop.CashierPIN, "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	stopOne()
	does(one, exit.OK, "", "operator", "remove", "9")
	if text := does(two, exit.OK, "", "operator", "list"); strings.Contains(text, "Zeynep") || !strings.Contains(text, "Ali") {
		t.Errorf("after a change beside a running one: %s", text)
	}
}

// The operators of a folder that the release before kept in a file go to the
// database once: who is let go then does not come back. A folder's file that says
// others is kept aside, and that is told.
func TestOperatorsOfAnEarlierRelease(t *testing.T) {
	dir := testkit.Private(t)
	config := configs.Default()
	config.DataDir, config.HQ.Listen = dir, "127.0.0.1:0"
	does := func(line string, args ...string) string {
		t.Helper()
		code, text := shop.Keyed(t, line, append(args, "--data", dir)...)
		if code != exit.OK {
			t.Fatalf("%v: exit %d: %s", args, code, text)
		}
		return text
	}
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	before, err := staff.Open(dir, h.Keyed)
	if err != nil {
		t.Fatal(err)
	}
	add(t, before, "9", "Zeynep", shop.ManagerPIN)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(filepath.Join(dir, staff.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if text := does("", "operator", "list"); !strings.Contains(text, "Zeynep") {
		t.Errorf("she was not brought: %s", text)
	}
	does(shop.ManagerPIN, "operator", "sign-on", "9", "--pin-stdin")
	does("", "operator", "remove", "9")
	if text := does("", "operator", "list"); strings.Contains(text, "Zeynep") {
		t.Errorf("she came back: %s", text)
	}
	does(shop.CashierPIN, "operator", "add", "7", "--name", "Ali", "--pin-stdin")
	if err := os.WriteFile(filepath.Join(dir, staff.FileName), old, 0o600); err != nil {
		t.Fatal(err)
	}
	if text := does("", "operator", "list"); strings.Contains(text, "Zeynep") || !strings.Contains(text, "aside") {
		t.Errorf("another file: %s", text)
	}
	if text := does("", "operator", "list"); strings.Contains(text, "aside") {
		t.Errorf("told again: %s", text)
	}
}

func add(t testing.TB, book *staff.Book, id, name, keyed string) {
	t.Helper()
	parsed, err := pin.Parse(keyed)
	if err == nil {
		err = book.Add(staff.Operator{ID: id, Name: name, Role: staff.Manager}, parsed)
	}
	if err != nil {
		t.Fatal(err)
	}
}
