package story_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// appTill is a till of a headquarters, with a pad and a scanner.
func appTill(t *testing.T, hq string) (till *terminal.Terminal, pad *sim.PINPad, hand *sim.Scanner, stop func()) {
	t.Helper()
	pad, err := sim.NewPINPad(filepath.Join(t.TempDir(), "pad"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pad.Close() })
	if hand, err = sim.NewScanner(filepath.Join(t.TempDir(), "hand")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hand.Close() })
	config := shop.Config(testkit.Private(t))
	config.Keypads = []configs.Keypad{{Name: "pad", Serial: configs.Serial{Port: pad.Path(), Baud: 9600}, Protocol: "z"}}
	config.Scanners = []configs.Scanner{{Name: "hand", Serial: configs.Serial{Port: hand.Path(), Baud: 9600}, Protocol: "plain"}}
	shop.Says(t, nil, "enroll", strings.TrimSpace(shop.Says(t, nil, "hq", "code", "--store", "1", "--name", "Lane 1", "--data", hq)), "--data", config.DataDir)
	if till, err = terminal.Open(t.Context(), config, zerolog.New(t.Output())); err != nil {
		t.Fatal(err)
	}
	return till, pad, hand, testkit.Runs(t, till)
}

// An app's key is certified at headquarters; then headquarters is gone. The app's code
// of the moment, printed by zint and read by ZXing, is typed into the scanner's
// pseudo-terminal: the till knows her, verified, and once she paid the same code is
// nobody's any more.
func TestAppCodeStory(t *testing.T) {
	ctx := testkit.Within(t, 2*time.Minute)
	dir := testkit.Private(t)
	config := shop.Config(dir)
	config.HQ.Listen = "127.0.0.1:0"
	h, err := headquarters.Open(t.Context(), config, zerolog.New(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	stopHQ := testkit.Runs(t, h)
	till, pad, hand, stop := appTill(t, dir)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)
	shop.Eventually(t, "as of", "member", "show", shop.Ayse, "--data", dir)

	phone := t.TempDir()
	program, key, certificate := filepath.Join(phone, "appcode"), filepath.Join(phone, "key"), filepath.Join(phone, "certificate")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "../../../examples/appcode").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	app := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(ctx, program, args...).Output()
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return strings.TrimSuffix(string(out), "\n")
	}
	public := app("new", key)
	if code, _, talk := commandtest.Run(t, "hq", "app-certificate", "05329999999", "--key", public, "--data", dir); code != exit.Data || !strings.Contains(talk, "enroll her first") {
		t.Errorf("of nobody: exit %d, %s", code, talk)
	}
	if code, _, talk := commandtest.Run(t, "hq", "app-certificate", shop.Ayse, "--key", public, "--days", "91", "--data", dir); code != exit.Data || !strings.Contains(talk, "90 days") {
		t.Errorf("for too long: exit %d, %s", code, talk)
	}
	if err := os.WriteFile(certificate, []byte(shop.Says(t, nil, "hq", "app-certificate", shop.Ayse, "--key", public, "--data", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	stopHQ()

	var scanned string
	show := func(want string) {
		t.Helper()
		if err := pad.Wait(ctx, want); err != nil {
			t.Fatalf("shows %q, want %q", pad.Shown(), want)
		}
	}
	scanned = readBack(t, ctx, printedCode{symbology: "QRCODE", data: app("letters", key, certificate)})
	if err := hand.Scan(scanned); err != nil {
		t.Fatal(err)
	}
	show("***0001 0 points Amount, then ENTER")
	if err := pad.Press(ctx, "1000#"); err != nil {
		t.Fatal(err)
	}
	show("Earned +10 Balance 10")
	sale, err := till.Store.LastSale(ctx)
	if err != nil || sale == nil || sale.Proof != ledger.Verified {
		t.Fatalf("the sale: %+v, %v", sale, err)
	}
	if err := hand.Scan(scanned); err != nil {
		t.Fatal(err)
	}
	show("Store 1 App code used before")
	if picture := app("show", key, certificate); strings.Count(picture, "\n") != 32 {
		t.Errorf("the QR code has %d lines:\n%s", strings.Count(picture, "\n"), picture)
	}
}
