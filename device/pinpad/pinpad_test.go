package pinpad_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/pinpad"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

// lane is a pad plugged in, and its driver running.
type lane struct {
	*sim.PINPad
	t      *testing.T
	ctx    context.Context
	driver *pinpad.Pad
	events chan device.Event
}

func open(t *testing.T) *lane {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pad")
	pad, err := sim.NewPINPad(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pad.Close() })
	events := make(chan device.Event, 64)
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	l := &lane{pad, t, ctx, pinpad.New("pad", &serialport.Port{Path: path}, events), events}
	done := make(chan error, 1)
	go func() { done <- l.driver.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	l.want(device.Online)
	return l
}

func (l *lane) want(kind device.Kind) device.Event {
	l.t.Helper()
	select {
	case e := <-l.events:
		if e.Kind != kind || e.Device != "pad" {
			l.t.Fatalf("%v of %q (%v), want %v", e.Kind, e.Device, e.Err, kind)
		}
		return e
	case <-l.ctx.Done():
		l.t.Fatalf("no event, want %v", kind)
	}
	return device.Event{}
}

func (l *lane) shows(text string) {
	l.t.Helper()
	if err := l.Wait(l.ctx, text); err != nil {
		l.t.Fatalf("shows %q, want %q", l.Shown(), text)
	}
}

// What is shown arrives, also while the pad waits for a key, and each key that
// is pressed comes once and in order.
func TestPad(t *testing.T) {
	l := open(t)
	l.driver.Show("Telefon, then ENTER", "")
	l.shows("Telefon, then ENTER")
	l.driver.Show("Hoş geldin", "Ayşe ₺ 漢")
	l.shows("Hos geldin Ayse T ?")
	if err := l.Press(l.ctx, "0532/#*AB"); err != nil {
		t.Fatal(err)
	}
	for i, key := range []device.Key{
		device.Digit0, device.Digit5, device.Digit3, device.Digit2, device.Clear, device.Enter, device.Cancel, device.Redeem, device.Void,
	} {
		if e := l.want(device.KeyPressed); e.Key != key {
			t.Errorf("key %d is %v, want %v", i, e.Key, key)
		}
	}
	if err := l.Press(l.ctx, "?5"); err != nil { // nobody pressed anything, then somebody did
		t.Fatal(err)
	}
	if e := l.want(device.KeyPressed); e.Key != device.Digit5 {
		t.Errorf("got %v", e.Key)
	}
}

// A line that damages what is sent loses nothing, and a pad that comes back is
// told what to show.
func TestPadTrouble(t *testing.T) {
	l := open(t)
	l.driver.Show("ONE", "")
	l.shows("ONE")
	l.Trouble(2, 0)
	l.driver.Show("TWO", "")
	l.shows("TWO")
	if err := l.Press(l.ctx, "7"); err != nil {
		t.Fatal(err)
	}
	if e := l.want(device.KeyPressed); e.Key != device.Digit7 {
		t.Errorf("got %v", e.Key)
	}
	if err := l.Unplug(); err != nil {
		t.Fatal(err)
	}
	l.want(device.Offline)
	l.driver.Show("THREE", "")
	if err := l.Replug(); err != nil {
		t.Fatal(err)
	}
	l.want(device.Online)
	l.shows("THREE")
}
