package command

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// tryDevice runs `devices test` at a port and gives what it says.
func tryDevice(t *testing.T, place, kind string) string {
	t.Helper()
	var out bytes.Buffer
	c := &console{out: &out, talk: &out}
	one, err := (tried{kind: kind, baud: 9600, how: map[string]string{"printer": "epson-42"}[kind]}).pick(configs.Default(), place)
	if err == nil {
		err = c.try(testkit.Within(t, 20*time.Second), one, 5*time.Second)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// A printer is tried with a slip and says how it is; a display shows its two lines;
// what passes stands there as hex.
func TestDevicesTestWrites(t *testing.T) {
	paper, err := sim.NewPrinter("tcp:127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer paper.Close()
	said := tryDevice(t, paper.Path(), "printer")
	for _, want := range []string{"sent  1b 40", "It says of itself: ready", "came  12"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if got := paper.Receipts(); len(got) != 1 || !strings.Contains(got[0].Text, "Чай Ελιές Łódź") {
		t.Errorf("%d receipts, not with what was to be read", len(got))
	}
	glass, err := sim.NewDisplay(filepath.Join(t.TempDir(), "glass"))
	if err != nil {
		t.Fatal(err)
	}
	defer glass.Close()
	said = tryDevice(t, glass.Path(), "display")
	if !strings.Contains(said, "sent  1b 40") || !strings.Contains(said, triedLower) {
		t.Error(said)
	}
	if upper, _ := glass.Lines(); upper != triedUpper {
		t.Errorf("the display shows %q", upper)
	}
}

// What a scanner sends is told in words, with what to configure.
func TestScannerWords(t *testing.T) {
	scan := func(aim, data string) []device.Event {
		return []device.Event{{Kind: device.Scanned, Scan: device.Scan{AIM: aim, Data: []byte(data)}}}
	}
	for _, c := range []struct {
		raw   string
		heard []device.Event
		want  string
	}{
		{"", nil, "Nothing came"},
		{"]E05901234123457\r\n", scan("]E0", "5901234123457"), "identifier ]E0"},
		{"5901234123457\r", scan("", "5901234123457"), "transmit AIM code ID"},
		{"5901234123457\r", scan("", "5901234123457"), "ends with CR"},
		{"5901234123457", nil, "terminator_timeout: 50ms"},
		{"\x00\x12\x00", nil, "parity"},
		{"\xb5\xb9\xb0\xb1\x8d", nil, "another baud"},
	} {
		if got := strings.Join(scannerWords([]byte(c.raw), c.heard), "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%q: no %q in\n%s", c.raw, c.want, got)
		}
	}
}

// A keypad is told by its keys, and by those that are none.
func TestKeypadWords(t *testing.T) {
	words := strings.Join(keypadWords([]byte("5\x02"), []device.Event{
		{Kind: device.KeyPressed, Key: device.Digit5}, {Kind: device.Misread},
	}), "\n")
	for _, want := range []string{"A key: DIGIT", "no key", "ENTER did not come"} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in\n%s", want, words)
		}
	}
}
