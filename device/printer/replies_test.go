package printer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/printer"
)

// cable is the line to a printer that is pulled out and put in again.
type cable struct {
	*talker
	pulled chan int // so many pieces unsent
}

func (c cable) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	for {
		select {
		case s := <-c.said:
			h.Receive([]byte(s))
		case unsent := <-c.pulled:
			h.Offline(errors.New("gone"), unsent)
			time.Sleep(time.Second)
			h.Online()
		case <-ctx.Done():
			return nil
		}
	}
}

// onCable runs a printer that a story pulls the cable of, and returns what was
// written to it.
func onCable(t *testing.T, set func(*printer.Printer), story func(*printer.Printer, cable)) (jobs []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := cable{newTalker(func(byte) (string, time.Duration) { return "\x12", 0 }), make(chan int)}
		driver := printer.New("front", c, make(chan device.Event, 64))
		set(driver)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- driver.Run(ctx) }()
		synctest.Wait()
		story(driver, c)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		jobs = c.jobs
	})
	return jobs
}

func prints(t *testing.T, p *printer.Printer, job string) {
	t.Helper()
	if err := p.Print([]byte(job), []byte("copy of "+job)); err != nil {
		t.Error(err)
	}
}

// What was lost with its printer is printed when that is back: what was never
// begun as it was, what may be out as a copy, what is known to be out not again.
func TestLostJobs(t *testing.T) {
	for name, c := range map[string]struct {
		set   func(*printer.Printer)
		story func(*printer.Printer, cable)
		want  string
	}{
		"three in the queue, the first begun": {func(*printer.Printer) {}, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			prints(t, p, "B")
			prints(t, p, "C")
			c.pulled <- 3
		}, "\x1b@A B C | \x1b@copy of A B C"},
		"sent long ago": {func(*printer.Printer) {}, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			time.Sleep(20 * time.Second)
			c.pulled <- 0
		}, "\x1b@A |"},
		"sent just now": {func(*printer.Printer) {}, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			c.pulled <- 0
		}, "\x1b@A | \x1b@copy of A"},
		"without a copy": {func(*printer.Printer) {}, func(p *printer.Printer, c cable) {
			_ = p.Print([]byte("A"), nil)
			c.pulled <- 1
		}, "\x1b@A |"},
		"numbers came back for the first": {func(p *printer.Printer) { p.Reply = printer.ProcessID }, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			prints(t, p, "B")
			c.said <- "\x37\x220001\x00"
			c.pulled <- 0
		}, "\x1b@A\x1da\x0e\x1d(H\x06\x00000001 B\x1da\x0e\x1d(H\x06\x00000002 | \x1b@copy of B\x1da\x0e\x1d(H\x06\x00000003"},
		"a number that never came, after others did": {func(p *printer.Printer) { p.Reply = printer.ProcessID }, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			c.said <- "\x37\x220001\x00"
			prints(t, p, "B")
			time.Sleep(time.Minute)
			c.pulled <- 0
		}, "\x1b@A\x1da\x0e\x1d(H\x06\x00000001 B\x1da\x0e\x1d(H\x06\x00000002 | \x1b@copy of B\x1da\x0e\x1d(H\x06\x00000003"},
		"too late for its customer": {func(p *printer.Printer) { p.Reply = printer.ProcessID }, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			c.said <- "\x37\x220001\x00"
			prints(t, p, "B")
			time.Sleep(3 * time.Minute)
			c.pulled <- 0
		}, "\x1b@A\x1da\x0e\x1d(H\x06\x00000001 B\x1da\x0e\x1d(H\x06\x00000002 |"},
		"a status behind the first": {func(p *printer.Printer) { p.Reply = printer.Status }, func(p *printer.Printer, c cable) {
			prints(t, p, "A")
			prints(t, p, "B")
			c.said <- "\x10\x00\x00\x0f\x00" // automatic status, then the answer
			c.pulled <- 0
		}, "\x1b@A\x1da\x0e\x1dr\x01 B\x1da\x0e\x1dr\x01 | \x1b@copy of B\x1da\x0e\x1dr\x01"},
	} {
		t.Run(name, func(t *testing.T) {
			jobs := onCable(t, c.set, func(p *printer.Printer, cable cable) {
				c.story(p, cable)
				cable.locked(func() { cable.jobs = append(cable.jobs, "|") })
				time.Sleep(5 * time.Second)
			})
			if diff := cmp.Diff(c.want, strings.Join(jobs, " ")); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
		})
	}
}

// A printer that tells by itself that its paper is out is believed at once.
func TestAutomaticStatus(t *testing.T) {
	onCable(t, func(p *printer.Printer) { p.Reply = printer.ProcessID }, func(p *printer.Printer, c cable) {
		time.Sleep(100 * time.Millisecond)
		c.said <- "\x18\x00\x0c\x00"
		synctest.Wait()
		if err := p.Print([]byte("A"), nil); !errors.Is(err, device.ErrNoPaper) {
			t.Errorf("printing without paper: %v", err)
		}
	})
}

// A printer in Star Line Mode is asked in its own way, and counts what it did.
func TestStar(t *testing.T) {
	jobs := onCable(t, func(p *printer.Printer) { p.Reply, p.Star = printer.Counter, true }, func(p *printer.Printer, c cable) {
		prints(t, p, "A")
		prints(t, p, "B")
		c.said <- "\x23\x06\x00\x00\x00\x00\x00\x02\x00" // one is done
		time.Sleep(time.Second)
		c.said <- "\x23\x06\x28\x00\x00\x08\x00\x02\x00"
		synctest.Wait()
		if err := p.Print([]byte("C"), nil); !errors.Is(err, device.ErrCoverOpen) {
			t.Errorf("printing with the cover open: %v", err)
		}
		c.pulled <- 0
		time.Sleep(5 * time.Second)
	})
	const ask, start = "\x1b\x06\x01", "\x1b\x1ea\x00\x1b\x1eE\x00\x1b@"
	var printed []string
	for _, job := range jobs {
		if job != ask {
			printed = append(printed, job)
		}
	}
	if diff := cmp.Diff([]string{start + "A\x17", "B\x17", start + "copy of B\x17"}, printed); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
}

// Whatever a printer sends, in whatever pieces, the driver lives and still prints.
func FuzzReplies(f *testing.F) {
	for _, seed := range []string{"\x12\x12\x12", "\x10\x00\x00\x0f", "\x37\x220001\x00", "\x37\x22\x37", "\x23\x06\x00\x00\x00\x00\x00\x02\x00",
		"\x18\x11\x00\x13\x0c\x00", "\x6f\xff\x01", "\x01\x01\x01"} {
		f.Add([]byte(seed), byte(0))
		f.Add([]byte(seed), byte(3))
	}
	f.Fuzz(func(t *testing.T, said []byte, how byte) {
		p := printer.New("front", quiet{}, make(chan device.Event, 1))
		p.Reply, p.Star = printer.Reply(how%4), how&4 != 0
		if err := p.Hears(said); err != nil {
			t.Fatal(err)
		}
	})
}

// quiet is a port that takes everything.
type quiet struct{}

func (quiet) Run(context.Context, device.Handler) error { return nil }
func (quiet) Write([]byte) error                        { return nil }
func (quiet) WireTime(int) time.Duration                { return 0 }
