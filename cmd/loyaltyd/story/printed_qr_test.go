package story_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// The QR code on the paper of a sale without a member, made and read by programs
// that are not ours, claims the sale.
func TestPrintedCodeClaimsTheSale(t *testing.T) {
	need(t, "python3")
	need(t, "zint")
	need(t, "zbarimg")
	paper, paperErr := sim.NewPrinter("tcp:127.0.0.1:0")
	keys, keysErr := sim.NewKeypad(t.TempDir() + "/keys")
	glass, glassErr := sim.NewDisplay(t.TempDir() + "/glass")
	if err := errors.Join(paperErr, keysErr, glassErr); err != nil {
		t.Fatal(err)
	}
	defer paper.Close()
	defer keys.Close()
	defer glass.Close()
	config := shop.Config(testkit.Private(t))
	config.Keypads = []configs.Keypad{{Name: "keys", Serial: configs.Serial{Port: keys.Path(), Baud: 9600}}}
	config.Displays = []configs.Display{{Name: "glass", Serial: configs.Serial{Port: glass.Path(), Baud: 9600}, Protocol: "epson", Charset: "pc437"}}
	config.Printers = []configs.Printer{{Name: "paper", Address: paper.Path(), Profile: "epson-42"}}
	config.ProgramFile = shop.Program(t)
	claims := append(bytes.Clone(configs.Starter), "claim: {days: 7}\n"...)
	if err := os.WriteFile(config.ProgramFile, claims, 0o600); err != nil {
		t.Fatal(err)
	}
	till, stop := shop.Open(t, config)
	defer stop()
	shop.TakeIn(t, till, shop.Ayse)

	shop.Asks(t, till, "/v1/sales/S-1/complete", fmt.Sprintf(
		`{"business_day_date":%q,"currency_code":"TRY","line_items":[{"sku":"A","extended_amount":12345}],
		"tenders":[{"tender_type":"cash","amount":12345}]}`, time.Now().UTC().Format(time.DateOnly)))
	copyLast(testkit.Within(t, 10*time.Second), t, keys, glass)
	nextPaper(testkit.Within(t, 10*time.Second), t, paper, 1)
	read := readQR(t, paper.Receipts()[0].Bytes)
	if !strings.HasPrefix(read, "LC1-") {
		t.Fatalf("the code says %q", read)
	}
	shop.Asks(t, till, "/v1/claims", fmt.Sprintf(`{"code":%q,"member":{"phone":%q}}`, read, shop.Ayse))
	shop.Awaits(t, config.DataDir, 123, 0)
}

// copyLast has the till print its last receipt, as soon as the printer is there: a
// POS prints by itself.
func copyLast(ctx context.Context, t *testing.T, keys *sim.Keypad, glass *sim.Display) {
	t.Helper()
	press := func(key string, shows func(lower string) bool) {
		t.Helper()
		err := keys.Type(key)
		if err == nil {
			err = glass.Wait(ctx, func(_, lower string) bool { return shows(lower) })
		}
		if err != nil {
			t.Fatalf("key %q: %v", key, err)
		}
	}
	for printed := false; !printed; {
		press("\x1b", func(lower string) bool { return lower == stage.Ready })
		press("D", func(lower string) bool {
			printed = strings.Contains(lower, "is being printed")
			return lower != stage.Ready
		})
	}
}

// readQR draws the QR code that a printer was told to draw, and reads it from the
// picture.
func readQR(t *testing.T, job []byte) string {
	t.Helper()
	decoder := exec.Command("python3", filepath.Join("testdata", "printed_qr.py"))
	decoder.Stdin = bytes.NewReader(job)
	out, err := decoder.Output()
	if err != nil {
		t.Fatalf("read the job: %v", err)
	}
	var code struct {
		Model, Dots int
		Level, Text string
	}
	if err := json.Unmarshal(out, &code); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if code.Model != 2 || code.Dots == 0 || code.Text == "" {
		t.Fatalf("the printer was told to draw %s", out)
	}
	picture := filepath.Join(t.TempDir(), "code.png")
	level := strconv.Itoa(1 + strings.Index("LMQH", code.Level))
	scale := strconv.FormatFloat(float64(code.Dots)/2, 'f', 1, 64) // zint's 1 is two dots
	drawn, err := exec.Command("zint", "--barcode=QRCODE", "--secure="+level, "--scale="+scale, "--quietzones",
		"--output="+picture, "--data="+code.Text).CombinedOutput()
	if err != nil {
		t.Fatalf("draw: %v: %s", err, drawn)
	}
	read, err := exec.Command("zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
	if err != nil {
		t.Fatalf("read the picture: %v", err)
	}
	return strings.TrimSpace(string(read))
}
