package printer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/printer"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

const patience = 5 * time.Second

const cut = "\x1dV\x00"

// counter is a printer plugged in, its driver running, and the driver's events.
type counter struct {
	*sim.Printer
	driver *printer.Printer
	events chan device.Event
}

func open(t *testing.T) counter {
	t.Helper()
	path := filepath.Join(t.TempDir(), "printer0")
	plugged, err := sim.NewPrinter(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plugged.Close() })
	events := make(chan device.Event, 16)
	c := counter{plugged, printer.New("front", &serialport.Port{Path: path}, events), events}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.driver.Run(ctx) }()
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
	return c
}

// want returns the next event, which is of a kind. That an asked printer turns
// out to be ready may come in between: it answers when it does.
func (c counter) want(t *testing.T, kind device.Kind) device.Event {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case e := <-c.events:
			ready := e.Kind == device.StatusUpdate && e.Status.Known && e.Status.Err() == nil
			if e.Kind != kind && ready && e.Device == "front" {
				continue
			}
			if e.Kind != kind || e.Device != "front" {
				t.Fatalf("event is %v of %q (%v), want %v", e.Kind, e.Device, e.Err, kind)
			}
			return e
		case <-deadline:
			t.Fatalf("no event came, want %v", kind)
		}
	}
}

func (c counter) wait(t *testing.T, receipts int) []sim.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Wait(ctx, func(r []sim.Receipt) bool { return len(r) >= receipts }); err != nil {
		t.Fatalf("%d receipts came, want %d", len(c.Receipts()), receipts)
	}
	return c.Receipts()
}

// Jobs come out whole, in order and once, and only the first is preceded by ESC @.
func TestPrint(t *testing.T) {
	c := open(t)
	c.want(t, device.Online)
	body := strings.Repeat("a line of forty-two columns, more or less\n", 100) // 4 KiB
	for i := range 3 {
		job := fmt.Appendf(nil, "RECEIPT %d\n%s%s", i, body, cut)
		if err := c.driver.Print(job, nil); err != nil {
			t.Fatal(err)
		}
		clear(job) // it is ours again
	}
	for i, r := range c.wait(t, 3) {
		want := fmt.Sprintf("RECEIPT %d\n%s", i, body)
		if r.Text != want {
			t.Errorf("receipt %d is %q", i, r.Text)
		}
		if initialized := bytes.HasPrefix(r.Bytes, []byte("\x1b@")); initialized != (i == 0) {
			t.Errorf("receipt %d: begins with ESC @: %t", i, initialized)
		}
	}
}

// A printer that is away refuses jobs; one that is back gets ESC @ first, and
// nothing of what it was refused.
func TestUnplugAndReplug(t *testing.T) {
	c := open(t)
	c.want(t, device.Online)
	if err := c.driver.Print([]byte("ONE\n"+cut), nil); err != nil {
		t.Fatal(err)
	}
	c.wait(t, 1)
	if err := c.Unplug(); err != nil {
		t.Fatal(err)
	}
	c.want(t, device.Offline)
	if err := c.driver.Print([]byte("TWO\n"+cut), nil); !errors.Is(err, device.ErrOffline) {
		t.Errorf("printing offline: %v, want ErrOffline", err)
	}
	if err := c.Replug(); err != nil {
		t.Fatal(err)
	}
	c.want(t, device.Online)
	if err := c.driver.Print([]byte("THREE\n"+cut), nil); err != nil {
		t.Fatal(err)
	}
	receipts := c.wait(t, 2)
	if got := string(receipts[1].Bytes); got != "\x1b@THREE\n"+cut {
		t.Errorf("after the reconnect came %q", got)
	}
}

// stalled is a port that takes one piece, and is lost when it is told to.
type stalled struct {
	taken chan []byte
	lost  chan int // how many pieces with it
}

func (s stalled) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	h.Offline(errors.New("out of reach"), <-s.lost)
	<-ctx.Done()
	return nil
}
func (s stalled) Write(p []byte) error {
	select {
	case s.taken <- p:
		return nil
	default:
		return device.ErrFull
	}
}
func (s stalled) WireTime(int) time.Duration { return 0 }

// A full queue is an error that names the printer, and a job refused by it does
// not use up the ESC @; jobs lost with the printer are told in its Offline
// event, and what was asked between them is no job.
func TestFullAndLost(t *testing.T) {
	port := stalled{make(chan []byte, 1), make(chan int)}
	events := make(chan device.Event, 4)
	p := printer.New("front", port, events)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.Run(ctx) }()
	if e := <-events; e.Kind != device.Online {
		t.Fatalf("event is %v", e.Kind)
	}
	question := <-port.taken
	port.taken <- nil
	if err := p.Print([]byte("A"), nil); !errors.Is(err, device.ErrFull) || !strings.Contains(err.Error(), `"front"`) {
		t.Errorf("printing into a full queue: %v", err)
	}
	<-port.taken
	for _, want := range []string{"\x1b@B", "C"} {
		if err := p.Print([]byte(want[len(want)-1:]), nil); err != nil {
			t.Fatal(err)
		}
		if got := string(<-port.taken); got != want {
			t.Errorf("a job went out as %q, want %q", got, want)
		}
	}
	port.lost <- 3
	if e := <-events; e.Kind != device.Offline || !strings.Contains(e.Err.Error(), "2 jobs") {
		t.Errorf("losing 2 jobs and %q is told as %v: %v", question, e.Kind, e.Err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
