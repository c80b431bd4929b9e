package printer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/printer"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

// What is wrong with the printer is told when it changes, and keeps it from
// taking jobs for as long as it lasts; paper near its end does not.
func TestStatus(t *testing.T) {
	c := open(t)
	c.want(t, device.Online)
	ready := device.PrinterStatus{Known: true}
	if got := c.want(t, device.StatusUpdate).Status; got != ready {
		t.Fatalf("status is %v at first", got)
	}
	steps := []struct {
		name   string
		change func()
		status device.PrinterStatus
		err    error
	}{
		{"out of paper", func() { c.SetPaper(sim.PaperOut) },
			device.PrinterStatus{Known: true, RecEmpty: true, RecNearEnd: true, Offline: true}, device.ErrNoPaper},
		{"and open", func() { c.SetCover(true) },
			device.PrinterStatus{Known: true, RecEmpty: true, RecNearEnd: true, CoverOpen: true, Offline: true}, device.ErrCoverOpen},
		{"loaded", func() { c.SetPaper(sim.PaperLoaded) },
			device.PrinterStatus{Known: true, CoverOpen: true, Offline: true}, device.ErrCoverOpen},
		{"offline", func() { c.SetOffline(true); c.SetCover(false) },
			device.PrinterStatus{Known: true, Offline: true}, device.ErrOffline},
		{"near its end", func() { c.SetOffline(false); c.SetPaper(sim.PaperNearEnd) },
			device.PrinterStatus{Known: true, RecNearEnd: true}, nil},
	}
	for _, step := range steps {
		step.change()
		// Two switches may be seen one after the other.
		for got := c.want(t, device.StatusUpdate).Status; got != step.status; {
			got = c.want(t, device.StatusUpdate).Status
		}
		if err := c.driver.Print([]byte(step.name+"\n"+cut), nil); !errors.Is(err, step.err) {
			t.Errorf("%s: printing gave %v, want %v", step.name, err, step.err)
		}
	}
	if got := c.wait(t, 1); len(got) != 1 || got[0].Text != "near its end\n" {
		t.Errorf("printed %+v", got)
	}
}

// talker is a port to a printer that answers as answer says.
type talker struct {
	mu     sync.Mutex // of the rest, and of what answer uses
	answer func(n byte) (bytes string, after time.Duration)
	said   chan string
	asked  []time.Time
	jobs   []string
}

func newTalker(answer func(byte) (string, time.Duration)) *talker {
	return &talker{answer: answer, said: make(chan string, 16)}
}

func (p *talker) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	for {
		select {
		case s := <-p.said:
			h.Receive([]byte(s))
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *talker) locked(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

func (p *talker) Write(b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(b) != 3 || b[0] != 0x10 || b[1] != 0x04 {
		p.jobs = append(p.jobs, string(b))
		return nil
	}
	p.asked = append(p.asked, time.Now())
	if bytes, after := p.answer(b[2]); bytes != "" {
		time.AfterFunc(after, func() { p.said <- bytes })
	}
	return nil
}

func (p *talker) WireTime(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// converse runs a printer that answers as answer says, lets story act on it, and
// returns all statuses that were told. Inside, time passes at once.
func converse(t *testing.T, answer func(byte) (string, time.Duration), story func(*printer.Printer, *talker)) []string {
	t.Helper()
	var told []string
	synctest.Test(t, func(t *testing.T) {
		port := newTalker(answer)
		events := make(chan device.Event, 64)
		driver := printer.New("front", port, events)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- driver.Run(ctx) }()
		story(driver, port)
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		close(events)
		for e := range events {
			if e.Kind == device.StatusUpdate {
				told = append(told, e.Status.String())
			}
		}
	})
	return told
}

// XON, XOFF, automatic status and other bytes in between are no answers.
func TestAnswersAmidOtherBytes(t *testing.T) {
	bits := map[byte]string{1: "\x1a", 2: "\x16", 4: "\x12"}
	told := converse(t, func(n byte) (string, time.Duration) {
		return "\x13\x11\x10\x1c\x00\x0f" + bits[n] + "\x11\x14\x06\xff", 0
	}, func(*printer.Printer, *talker) { time.Sleep(10 * time.Second) })
	if diff := cmp.Diff([]string{"cover open, offline"}, told); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// A printer that never answers is used as if all were well, and is soon asked
// no more than once a minute.
func TestNeverAnswers(t *testing.T) {
	told := converse(t, func(byte) (string, time.Duration) { return "", 0 }, func(p *printer.Printer, port *talker) {
		time.Sleep(time.Hour)
		if err := p.Print([]byte("A"), nil); err != nil {
			t.Error(err)
		}
		port.locked(func() {
			if n := len(port.asked); n < 50 || n > 65 {
				t.Errorf("asked %d times in an hour", n)
			}
		})
	})
	if len(told) != 0 {
		t.Errorf("told %q", told)
	}
}

// One that stops answering is unknown, not offline; it may have been switched
// off, so the next job sets it up again.
func TestFallsSilent(t *testing.T) {
	silent := false
	told := converse(t, func(n byte) (string, time.Duration) {
		if silent {
			return "", 0
		}
		return "\x12", 0
	}, func(p *printer.Printer, port *talker) {
		print := func(job string) {
			if err := p.Print([]byte(job), nil); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(time.Minute)
		print("A")
		print("B")
		synctest.Wait()
		port.locked(func() { silent = true })
		time.Sleep(time.Minute)
		print("C")
		print("D")
		synctest.Wait()
		port.locked(func() { silent = false })
		time.Sleep(time.Minute)
		print("E")
		port.locked(func() {
			if diff := cmp.Diff([]string{"\x1b@A", "B", "\x1b@C", "D", "E"}, port.jobs); diff != "" {
				t.Errorf("jobs (-want +got):\n%s", diff)
			}
		})
	})
	if diff := cmp.Diff([]string{"ready", "unknown", "ready"}, told); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// Answers that come too late are not taken for answers to the next question: the
// drawer's bit of the first would be the cover's in the second.
func TestLateAnswers(t *testing.T) {
	bits := map[byte]string{1: "\x16", 2: "\x12", 4: "\x12"}
	for name, c := range map[string]struct {
		late func(question int) time.Duration
		want []string
	}{
		"some":   {func(i int) time.Duration { return time.Duration(i%4/3) * 3500 * time.Millisecond }, []string{"ready"}},
		"two":    {func(i int) time.Duration { return time.Duration(i%7/5) * 3500 * time.Millisecond }, []string{"ready"}},
		"always": {func(int) time.Duration { return 4500 * time.Millisecond }, nil},
		"slow":   {func(int) time.Duration { return 2900 * time.Millisecond }, []string{"ready"}},
	} {
		t.Run(name, func(t *testing.T) {
			question := 0
			told := converse(t, func(n byte) (string, time.Duration) {
				question++
				return bits[n], c.late(question)
			}, func(*printer.Printer, *talker) { time.Sleep(time.Hour) })
			if diff := cmp.Diff(c.want, told); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

// The answer is awaited from when the line has carried the job before it.
func TestAnswerBehindLongJob(t *testing.T) {
	var free time.Time
	told := converse(t, func(byte) (string, time.Duration) {
		return "\x12", max(0, time.Until(free)) + time.Second
	}, func(p *printer.Printer, port *talker) {
		time.Sleep(time.Minute)
		port.locked(func() { free = time.Now().Add(30 * time.Second) })
		if err := p.Print(make([]byte, 30_000), nil); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
	})
	if diff := cmp.Diff([]string{"ready"}, told); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}
