package display_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/display"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

const patience = 5 * time.Second

// pole is a display plugged in, its driver running, and the driver's events.
type pole struct {
	*sim.Display
	driver *display.Display
	events chan device.Event
}

func open(t *testing.T) pole {
	t.Helper()
	path := filepath.Join(t.TempDir(), "display0")
	plugged, err := sim.NewDisplay(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plugged.Close() })
	events := make(chan device.Event, 16)
	p := pole{plugged, display.New("pole", &serialport.Port{Path: path}, events), events}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.driver.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("the driver did not end")
		}
	})
	return p
}

func (p pole) want(t *testing.T, kind device.Kind) {
	t.Helper()
	select {
	case e := <-p.events:
		if e.Kind != kind || e.Device != "pole" {
			t.Fatalf("event is %v of %q (%v), want %v", e.Kind, e.Device, e.Err, kind)
		}
	case <-time.After(patience):
		t.Fatalf("no event came, want %v", kind)
	}
}

func (p pole) wantLines(t *testing.T, upper, lower string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := p.Wait(ctx, func(u, l string) bool { return u == upper && l == lower })
	if err != nil {
		u, l := p.Lines()
		t.Fatalf("shows %q, %q; want %q, %q", u, l, upper, lower)
	}
}

func (p pole) sent() []byte {
	var all []byte
	for _, chunk := range p.Log() {
		all = append(all, chunk.Bytes...)
	}
	return all
}

// What is shown arrives exactly, only changes are sent, and a full last line
// does not scroll the first away.
func TestShow(t *testing.T) {
	p := open(t)
	p.want(t, device.Online)
	p.driver.Show("Hoş geldin Ayşe", "120 puan")
	p.wantLines(t, "Hos geldin Ayse", "120 puan")
	before := len(p.sent())
	p.driver.Show("Hoş geldin Ayşe", "125 puan")
	p.wantLines(t, "Hos geldin Ayse", "125 puan")
	if got := string(p.sent()[before:]); got != "\x1f$\x03\x025" {
		t.Errorf("one changed digit was sent as %q", got)
	}
	p.driver.Show("ABCDEFGHIJKLMNOPQRSTUVW", "12345678901234567890")
	p.wantLines(t, "ABCDEFGHIJKLMNOPQRST", "12345678901234567890")
	p.driver.Show("é", "Ü")
	p.wantLines(t, "é", "Ü")
	p.driver.Show("", "")
	p.wantLines(t, "", "")
}

// Text cannot command the display.
func TestShowCannotCommand(t *testing.T) {
	p := open(t)
	p.driver.Show("A\x0cB\x1b@C", "\x1f\x02\x18")
	p.wantLines(t, "A B @C", "")
}

// A display that comes back is initialized and shows the latest text, which was
// set while it was away.
func TestRepaintsAfterReplug(t *testing.T) {
	p := open(t)
	p.want(t, device.Online)
	p.driver.Show("OLD", "TEXT")
	p.wantLines(t, "OLD", "TEXT")
	if err := p.Unplug(); err != nil {
		t.Fatal(err)
	}
	p.want(t, device.Offline)
	p.driver.Show("OLDER", "")
	p.driver.Show("NEW", "TEXT")
	before := len(p.sent())
	if err := p.Replug(); err != nil {
		t.Fatal(err)
	}
	p.want(t, device.Online)
	p.wantLines(t, "NEW", "TEXT")
	if got := p.sent()[before:]; !bytes.HasPrefix(got, []byte("\x1b@\x1f\x01")) {
		t.Errorf("after a reconnect came %q, want ESC @ and overwrite mode first", got)
	}
}

// Of many texts the latest wins at once: no more is sent than the line carries.
func TestLatestWins(t *testing.T) {
	p := open(t)
	p.want(t, device.Online)
	began := time.Now()
	for i := range 1000 {
		p.driver.Show(fmt.Sprintf("%020d", i*7919), fmt.Sprintf("%020d", i))
	}
	p.wantLines(t, fmt.Sprintf("%020d", 999*7919), fmt.Sprintf("%020d", 999))
	took := time.Since(began)
	// 9600 8N1 carries 960 bytes a second; one paint of 60 bytes may be ahead.
	if limit := int(took.Seconds()*960) + 2*60; len(p.sent()) > limit {
		t.Errorf("%d bytes in %v, the line carries %d", len(p.sent()), took, limit)
	}
}

// Show never blocks, not even with no display at all and nobody running.
func TestShowWithoutDisplay(t *testing.T) {
	d := display.New("pole", &serialport.Port{Path: filepath.Join(t.TempDir(), "none")}, nil)
	for range 100 {
		d.Show("A", "B")
	}
}
