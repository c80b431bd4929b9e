package sim_test

import (
	"context"
	"errors"
	"io"
	"net"
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

// A display switched to CD5220 shows what its manual says, and refuses all but
// further lines after one until it is cleared or a line is cancelled.
func TestCD5220(t *testing.T) {
	for name, c := range map[string]struct{ bytes, upper, lower string }{
		"text":               {"\x1b@HELLO", "HELLO", ""},
		"position":           {"\x1bl\x03\x02AB", "", "  AB"},
		"position outside":   {"A\x1bl\x15\x01B\x1bl\x01\x03C", "ABC", ""},
		"home":               {"HELLO\x1b[HJ", "JELLO", ""},
		"lines":              {"\x1bQAUPPER\r\x1bQBlower\r", "UPPER", "lower"},
		"a shorter line":     {"\x1bQAUPPER\r\x1bQAUP\r", "UP", ""},
		"text after a line":  {"\x1bQAUPPER\rX\x1bl\x01\x02Y\x1b@", "UPPER", ""},
		"cleared":            {"\x1bQAUPPER\r\x0cX", "X", ""},
		"cancelled":          {"\x1bQBlower\r\x1bQAUPPER\r\x18X", "X", "lower"},
		"scrolls":            {"\x1b\x12" + strings.Repeat("x", 20) + strings.Repeat("y", 20) + "AB", strings.Repeat("y", 20), "AB"},
		"overwrites":         {"\x1b\x12\x1b\x11" + strings.Repeat("x", 40) + "AB", "AB" + strings.Repeat("x", 18), strings.Repeat("x", 20)},
		"arguments":          {"\x1b_\x00\x1b*\x04\x1bfG\x1b=\x02\x1fE\x00A", "A", ""},
		"no Epson positions": {"\x1f$\x03A", "A", ""},
	} {
		t.Run(name, func(t *testing.T) {
			display, err := sim.NewCD5220("tcp:127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer display.Close()
			dial(t, display.Path()).Write([]byte(c.bytes))
			err = display.Wait(soon(t), func(upper, lower string) bool { return upper == c.upper && lower == c.lower })
			if err != nil {
				upper, lower := display.Lines()
				t.Errorf("shows %q, %q; want %q, %q", upper, lower, c.upper, c.lower)
			}
		})
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// A TCP device is at the same address each time it is plugged in, and serves
// nobody in between.
func TestTCP(t *testing.T) {
	scanner, err := sim.NewScanner("tcp:127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer scanner.Close()
	address := scanner.Path()
	for range 2 {
		conn := dial(t, address)
		if err := scanner.Scan("96385074"); err != nil {
			t.Fatal(err)
		}
		if err := scanner.Unplug(); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); err != nil || string(got) != "96385074\r\n" {
			t.Errorf("read %q, %v, want the end", got, err)
		}
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Error("connected to an unplugged device")
		}
		if err := scanner.Scan("1"); !errors.Is(err, sim.ErrUnplugged) {
			t.Errorf("scanning on an unplugged scanner: %v", err)
		}
		if err := scanner.Replug(); err != nil {
			t.Fatal(err)
		}
	}
}

// DLE EOT is answered in Epson's bits, at once and even where nothing can be
// printed; what came meanwhile is printed when it can be.
func TestPrinterStatus(t *testing.T) {
	printer, err := sim.NewPrinter("tcp:127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer printer.Close()
	conn := dial(t, printer.Path())
	ask := func(want string) {
		t.Helper()
		conn.Write([]byte("\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"))
		got := make([]byte, 4)
		if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
			t.Errorf("status is %x, %v; want %x", got, err, want)
		}
	}
	ask("\x12\x12\x12\x12")
	printer.SetPaper(sim.PaperNearEnd)
	ask("\x12\x12\x12\x1e")
	conn.Write([]byte("ONE\n"))
	ask("\x12\x12\x12\x1e")
	printer.SetPaper(sim.PaperOut)
	ask("\x1a\x32\x12\x7e")
	conn.Write([]byte("TWO\n\x1dV\x00"))
	printer.SetCover(true)
	ask("\x1a\x36\x12\x7e")
	printer.SetPaper(sim.PaperLoaded)
	ask("\x1a\x16\x12\x12")
	if n := len(printer.Receipts()); n != 0 {
		t.Errorf("%d receipts printed with the cover open", n)
	}
	printer.SetCover(false)
	printer.SetOffline(true)
	ask("\x1a\x12\x12\x12")
	printer.SetOffline(false)
	printer.SetSilent(true)
	conn.Write([]byte("\x10\x04\x01THREE\n\x1dV\x00"))
	if err := printer.Wait(soon(t), func(r []sim.Receipt) bool { return len(r) == 2 }); err != nil {
		t.Fatal(err)
	}
	r := printer.Receipts()
	if string(r[0].Bytes) != "ONE\nTWO\n\x1dV\x00" || string(r[1].Bytes) != "THREE\n\x1dV\x00" {
		t.Errorf("printed %q and %q", r[0].Bytes, r[1].Bytes)
	}
	printer.SetSilent(false)
	ask("\x12\x12\x12\x12")
}

// A stalled device acts on nothing until it is told to go on.
func TestStall(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "display0"), "tcp:127.0.0.1:0"} {
		display, err := sim.NewDisplay(path)
		if err != nil {
			t.Fatal(err)
		}
		defer display.Close()
		display.Stall(true)
		var to io.Writer
		if strings.HasPrefix(path, "tcp:") {
			to = dial(t, display.Path())
		} else {
			to = open(t, display.Path())
		}
		io.WriteString(to, "A")
		short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		shows := func(upper, _ string) bool { return upper == "A" }
		if err := display.Wait(short, shows); err == nil {
			t.Errorf("%s: a stalled display shows", path)
		}
		display.Stall(false)
		if err := display.Wait(soon(t), shows); err != nil {
			t.Errorf("%s: %v", path, err)
		}
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
		"\x1dv0\x00\x02\x00\x01\x00\x1dV\x1bp\x00\x19\xfa\x1d!\x11END\x1bd\x02\x1dVB\x00"
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
