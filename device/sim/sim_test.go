package sim_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// open opens a simulated device as a program without our drivers would.
func open(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if err := f.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return f
}

// A program reads the typed bytes as they are, sees a pulled plug as the end of
// the file, and finds the keypad under the same path again.
func TestKeypad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keypad0")
	keypad, err := sim.NewKeypad(path)
	if err != nil {
		t.Fatal(err)
	}
	defer keypad.Close()
	for range 2 {
		f := open(t, keypad.Path())
		if err := keypad.Type("05\r"); err != nil {
			t.Fatal(err)
		}
		for _, key := range []device.Key{device.Digit7, device.Enter, device.Clear, device.Cancel, device.Redeem, device.Menu} {
			if err := keypad.Press(key); err != nil {
				t.Fatal(err)
			}
		}
		got := make([]byte, len("05\r7\r\b\x1bAF"))
		if _, err := io.ReadFull(f, got); err != nil || string(got) != "05\r7\r\b\x1bAF" {
			t.Fatalf("read %q, %v", got, err)
		}
		if err := keypad.Unplug(); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(got); !errors.Is(err, io.EOF) {
			t.Errorf("read from a pulled plug: %v, want the end of the file", err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the path of an unplugged device: %v", err)
		}
		if err := keypad.Type("1"); !errors.Is(err, sim.ErrUnplugged) {
			t.Errorf("typing on an unplugged keypad: %v", err)
		}
		if err := keypad.Replug(); err != nil {
			t.Fatal(err)
		}
	}
	if err := keypad.Press(device.Key(0)); err == nil {
		t.Error("pressed a key that is none")
	}
}

// A file at the path of a device is not overwritten.
func TestKeepsFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if err := os.WriteFile(path, []byte("rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	if keypad, err := sim.NewKeypad(path); err == nil {
		keypad.Close()
		t.Error("plugged in over a file")
	}
}

// The display shows what the bytes of the DM-D manual say.
func TestDisplay(t *testing.T) {
	full := strings.Repeat("x", 20)
	for name, c := range map[string]struct{ bytes, upper, lower string }{
		"text":             {"\x1b@HELLO", "HELLO", ""},
		"position":         {"\x1f$\x03\x02AB", "", "  AB"},
		"position outside": {"A\x1f$\x15\x01B\x1f$\x01\x03C", "ABC", ""},
		"wraps":            {full + "AB", full, "AB"},
		"overwrites":       {"\x1f\x01" + full + full + "AB", "AB" + full[2:], full},
		"scrolls":          {"\x1f\x02" + full + strings.Repeat("y", 20) + "AB", strings.Repeat("y", 20), "AB"},
		"clears":           {"HELLO\x0cA", "A", ""},
		"clears a line":    {"HELLO\x18A", "A", ""},
		"returns":          {"HELLO\rJ\nX\x0bY", "YELLO", " X"},
		"table 437":        {"\x1bt\x00\x81", "ü", ""},
		"table 866":        {"\x1bt\x11\x81", "Б", ""},
		"resets":           {"\x1bt\x11\x1b@\x81", "ü", ""},
		"arguments":        {"\x1fC\x00\x1fX\x04\x1b=\x02\x1fE\x00A", "A", ""},
	} {
		t.Run(name, func(t *testing.T) {
			display, err := sim.NewDisplay(filepath.Join(t.TempDir(), "display0"))
			if err != nil {
				t.Fatal(err)
			}
			defer display.Close()
			open(t, display.Path()).WriteString(c.bytes)
			err = display.Wait(soon(t), func(upper, lower string) bool { return upper == c.upper && lower == c.lower })
			if err != nil {
				upper, lower := display.Lines()
				t.Errorf("shows %q, %q; want %q, %q", upper, lower, c.upper, c.lower)
			}
		})
	}
}

// The record has every byte, dated after it was sent.
func TestLog(t *testing.T) {
	display, err := sim.NewDisplay(filepath.Join(t.TempDir(), "display0"))
	if err != nil {
		t.Fatal(err)
	}
	defer display.Close()
	f := open(t, display.Path())
	before := time.Now()
	f.WriteString("\x1b@AB")
	if err := display.Wait(soon(t), func(upper, _ string) bool { return upper == "AB" }); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, chunk := range display.Log() {
		all = append(all, chunk.Bytes...)
		if chunk.At.Before(before) || chunk.At.After(time.Now()) {
			t.Errorf("bytes dated %v", chunk.At)
		}
	}
	if string(all) != "\x1b@AB" {
		t.Errorf("recorded %q", all)
	}
}

// Receipts end at the cut, and their text is without commands, even where the
// data of a command looks like a cut.
func TestPrinter(t *testing.T) {
	printer, err := sim.NewPrinter(filepath.Join(t.TempDir(), "printer0"))
	if err != nil {
		t.Fatal(err)
	}
	defer printer.Close()
	first := "\x1b@\x1ba\x01\x1bE\x01STORE\x1bE\x00\n" +
		"\x1bt\x10\xfc\n" + // ü in table 16
		"\x1d(k\x05\x001P0\x1dV\x1dkI\x04{B\x1dV\x1dk\x04\x1dV\x00" + // a QR code, two bar codes
		"\x1dv0\x00\x02\x00\x01\x00\x1dV\x1bp\x00\x19\xfa\x10\x04\x01\x1d!\x11END\x1bd\x02\x1dVB\x00"
	second := "AGAIN\n\x1dV\x00"
	open(t, printer.Path()).WriteString(first + second + "unfinished")
	err = printer.Wait(soon(t), func(r []sim.Receipt) bool { return len(r) == 2 })
	if err != nil {
		t.Fatal(err)
	}
	r := printer.Receipts()
	if r[0].Text != "STORE\nü\nEND\n\n" || string(r[0].Bytes) != first {
		t.Errorf("first receipt is %q from %q", r[0].Text, r[0].Bytes)
	}
	if r[1].Text != "AGAIN\n" || string(r[1].Bytes) != second {
		t.Errorf("second receipt is %q from %q", r[1].Text, r[1].Bytes)
	}
}

// Waiting ends with its context.
func TestWaitEnds(t *testing.T) {
	display, err := sim.NewDisplay(filepath.Join(t.TempDir(), "display0"))
	if err != nil {
		t.Fatal(err)
	}
	defer display.Close()
	ctx, cancel := context.WithCancelCause(context.Background())
	late := errors.New("too late")
	cancel(late)
	if err := display.Wait(ctx, func(string, string) bool { return false }); !errors.Is(err, late) {
		t.Errorf("got %v", err)
	}
}
