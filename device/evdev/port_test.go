package evdev_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/evdev"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/device/scanner"
)

// patience bounds what must happen soon.
const patience = 20 * time.Second

// wedge is a pipe that events are written into: what a test has for an input device.
type wedge struct {
	path string
	pipe *os.File
}

func plugIn(t *testing.T) *wedge {
	t.Helper()
	w := &wedge{path: filepath.Join(t.TempDir(), "usb-Maker_Scanner-event-kbd")}
	w.plug(t)
	t.Cleanup(func() { w.pipe.Close() })
	return w
}

func (w *wedge) plug(t *testing.T) {
	t.Helper()
	if err := unix.Mkfifo(w.path, 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.pipe, err = os.OpenFile(w.path, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
}

// unplug ends what is open, and its name with it.
func (w *wedge) unplug(t *testing.T) {
	t.Helper()
	if err := os.Remove(w.path); err != nil {
		t.Fatal(err)
	}
	if err := w.pipe.Close(); err != nil {
		t.Fatal(err)
	}
}

func (w *wedge) send(t *testing.T, events []evdev.Event) {
	t.Helper()
	if _, err := w.pipe.Write(evdev.Bytes(events, evdev.EventSize)); err != nil {
		t.Fatal(err)
	}
}

// driven runs a driver and gives its events.
func driven(t *testing.T, driver func(events chan<- device.Event) func(context.Context) error) <-chan device.Event {
	t.Helper()
	events := make(chan device.Event, 64)
	run := driver(events)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the driver did not end")
		}
	})
	return events
}

func want(t *testing.T, events <-chan device.Event, kind device.Kind) device.Event {
	t.Helper()
	select {
	case e := <-events:
		if e.Kind != kind {
			t.Fatalf("%v (%v), want %v", e.Kind, e.Err, kind)
		}
		return e
	case <-time.After(patience):
		t.Fatalf("no event came, want %v", kind)
	}
	return device.Event{}
}

func scanning(port *evdev.Port) func(chan<- device.Event) func(context.Context) error {
	return func(events chan<- device.Event) func(context.Context) error {
		return scanner.New("hand", port, events).Run
	}
}

// A scanner that types is one like any other: taken for the till alone once nothing is
// typed on it, read, lost with its plug, and taken again under its name. A scan with a
// hole is none.
func TestScannerThatTypes(t *testing.T) {
	w, kernel, layout := plugIn(t), &evdev.Fake{}, named(t, "de")
	w.send(t, evdev.Typed(layout, "4567\r", false)) // the rest of what began in a window
	watched := make(chan evdev.Event, 4096)
	port := &evdev.Port{Path: w.path, Layout: layout, Watch: func(e evdev.Event) { watched <- e }}
	port.UseKernel(kernel)
	events := driven(t, scanning(port))
	for round := 1; round <= 2; round++ {
		want(t, events, device.Online)
		if got := kernel.Grabs(); got != round {
			t.Errorf("grabbed %d times, want %d", got, round)
		}
		w.send(t, evdev.Typed(layout, "]C12990001234567\r", false))
		if e := want(t, events, device.Scanned); e.Scan.AIM != "]C1" || string(e.Scan.Data) != "2990001234567" {
			t.Errorf("scanned %q %q", e.Scan.AIM, string(e.Scan.Data))
		}
		w.send(t, append(evdev.Typed(layout, "29900", false), evdev.Event{Code: 3}, evdev.Event{}))
		want(t, events, device.Misread)
		w.send(t, evdev.Typed(layout, "34567\r5901234123457\r", false))
		if e := want(t, events, device.Scanned); string(e.Scan.Data) != "5901234123457" {
			t.Errorf("scanned %q behind one with a hole", string(e.Scan.Data))
		}
		if round == 1 {
			w.unplug(t)
			want(t, events, device.Offline)
			w.plug(t)
		}
	}
	if len(watched) == 0 {
		t.Error("nobody was told of the events")
	}
	if err := port.Write([]byte("beep")); err == nil {
		t.Error("it takes what is written")
	}
}

// A keypad on USB has the keys of one on a serial line.
func TestKeypadThatTypes(t *testing.T) {
	w, kernel := plugIn(t), &evdev.Fake{}
	port := &evdev.Port{Path: w.path, Layout: named(t, "us")}
	port.UseKernel(kernel)
	keys := keypad.Default()
	keys["+"] = device.Redeem
	events := driven(t, func(events chan<- device.Event) func(context.Context) error {
		pad, err := keypad.New("pad", port, keys, events)
		if err != nil {
			t.Fatal(err)
		}
		return pad.Run
	})
	want(t, events, device.Online)
	w.send(t, taps(82, 76, 78, 14, 1, 96)) // 0 5 + backspace escape enter
	for _, key := range []device.Key{device.Digit0, device.Digit5, device.Redeem, device.Clear, device.Cancel, device.Enter} {
		if e := want(t, events, device.KeyPressed); e.Key != key {
			t.Errorf("%v, want %v", e.Key, key)
		}
	}
}

// A device on which a key is held is not taken: who saw it go down would never see it
// go up.
func TestHeldKeys(t *testing.T) {
	w, kernel := plugIn(t), &evdev.Fake{}
	kernel.Set(nil, 30)
	port := &evdev.Port{Path: w.path, Layout: named(t, "us")}
	port.UseKernel(kernel)
	events := driven(t, scanning(port))
	if e := want(t, events, device.Offline); !strings.Contains(e.Err.Error(), "lie on a key") || kernel.Grabs() > 0 {
		t.Errorf("%v after %d grabs", e.Err, kernel.Grabs())
	}
	kernel.Set(nil)
	want(t, events, device.Online)
}

// Why a device cannot be had is told, with what to do.
func TestRefusals(t *testing.T) {
	w := plugIn(t)
	taken := &evdev.Fake{}
	taken.Set(unix.EBUSY)
	for _, c := range []struct {
		name, path string
		kernel     *evdev.Fake
		want       string
	}{
		{"somebody else has it", w.path, taken, "another program has it"},
		{"it is none", w.path, nil, "no input device"},
		{"it is not there", w.path + "-2", nil, "no such file"},
	} {
		port := &evdev.Port{Path: c.path}
		if c.kernel != nil {
			port.UseKernel(c.kernel)
		}
		if e := want(t, driven(t, scanning(port)), device.Offline); !strings.Contains(e.Err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, e.Err)
		}
	}
	for refusal, hint := range map[error]string{unix.EPERM: "DeviceAllow=char-input", unix.EACCES: "udev rule"} {
		if err := evdev.Explained(&os.PathError{Op: "open", Path: w.path, Err: refusal}); !strings.Contains(err.Error(), hint) || !errors.Is(err, refusal) {
			t.Errorf("%v: %v", refusal, err)
		}
	}
}
