package serialport

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.bug.st/serial"

	"github.com/loyaltyd/loyaltyd/device"
)

var (
	// errClosed answers every call after Close.
	errClosed = errors.New("serial port is closed")
	// errGone is what a pulled plug looks like.
	errGone = errors.New("device is gone")
)

// A Read stays inside the library for a twentieth of the time for which the line
// has been open, within these bounds, and so long Close waits for it: who opened a
// line lately waits little, and one that is open all day seldom wakes the machine.
// It costs no latency, for a byte ends the Read at once.
const (
	minPoll = 100 * time.Millisecond
	maxPoll = 500 * time.Millisecond
)

func pollFor(open time.Duration) time.Duration { return min(max(open/20, minPoll), maxPoll) }

// line is one opened device. go.bug.st/serial 1.8.0 closes the descriptor under
// calls that are still running, and its Write does not look whether the port is
// open at all: both then meet whatever file got the number next, which in this
// process may be a database. So every call goes through enter and leave, and the
// descriptor is closed by whoever leaves last, never earlier.
type line struct {
	port   serial.Port
	opened time.Time
	writer atomic.Int64 // the system thread that is inside a write, or 0

	mu      sync.Mutex
	calls   int
	closing bool
	closed  chan struct{} // closed when the descriptor is
	err     error         // of closing; read after closed
}

// openLine opens and configures the device and throws away what it sent before.
func openLine(path string, mode serial.Mode) (*line, error) {
	port, err := serial.Open(path, &mode)
	if err != nil {
		return nil, fmt.Errorf("open serial port %q: %w", path, plain(err))
	}
	l := &line{port: port, opened: time.Now(), closed: make(chan struct{})}
	if err := l.prepare(); err != nil {
		l.Close(0) // nothing was written that a failure could lose
		return nil, fmt.Errorf("prepare serial port %q: %w", path, err)
	}
	return l, nil
}

// plain gives a refused permission the error that other packages have for it.
func plain(err error) error {
	if code, ok := errors.AsType[*serial.PortError](err); ok && code.Code() == serial.PermissionDenied {
		return fs.ErrPermission
	}
	return err
}

// prepare reads once without waiting, only to learn before anyone counts on the
// port whether the library can read it.
func (l *line) prepare() error {
	if _, err := l.read(make([]byte, 1), 0); err != nil {
		return err
	}
	if err := l.port.ResetInputBuffer(); err != nil {
		return fmt.Errorf("reset input buffer: %w", err)
	}
	return nil
}

// Read waits for at least one byte, and returns 0 and nil now and then.
func (l *line) Read(p []byte) (int, error) { return l.read(p, pollFor(time.Since(l.opened))) }

func (l *line) read(p []byte, wait time.Duration) (n int, err error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.leave()
	if err := l.port.SetReadTimeout(wait); err != nil {
		return 0, fmt.Errorf("set read timeout: %w", err)
	}
	// The library indexes past its select(2) set when this descriptor, or the
	// pipe it opened beside it, is 1024 or more.
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("read: descriptor is too large for select: %v", r)
		}
	}()
	n, err = l.port.Read(p)
	if code, ok := errors.AsType[*serial.PortError](err); ok && code.Code() == serial.PortClosed {
		return n, errGone
	}
	return n, err
}

// Write returns when the system has taken all of p, which may be never. It keeps
// to one system thread, so that Release can reach it.
func (l *line) Write(p []byte) error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	l.writer.Store(currentThread())
	defer l.writer.Store(0)
	for len(p) > 0 {
		n, err := l.port.Write(p)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return fmt.Errorf("write: %w", err)
		}
		// The library reports a hang-up in mid-write as a short write without
		// an error; the next attempt tells what happened.
		if n <= 0 && err == nil {
			return fmt.Errorf("write: %w", errGone)
		}
		p = p[n:]
	}
	return nil
}

// Discard throws away what the system has taken and not sent. A Write that waits
// for room is not woken by it on a pseudo-terminal.
func (l *line) Discard() error {
	if err := l.enter(); err != nil {
		return err
	}
	defer l.leave()
	return l.port.ResetOutputBuffer()
}

// Release throws away what the system holds, which makes room for a whole chunk,
// and a signal makes a sleeping write look again, for a pseudo-terminal does not
// wake it. Where neither helps the line stays busy, and Close tells so; hence no
// error here.
func (l *line) Release() {
	_ = l.Discard()
	interrupt(l.writer.Load())
}

// Close lets no further call begin and closes the descriptor when the running
// ones have returned. It may be called again.
func (l *line) Close(grace time.Duration) error {
	l.mu.Lock()
	first := !l.closing
	l.closing = true
	idle := l.calls == 0
	l.mu.Unlock()
	if first && idle {
		l.shut()
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-l.closed:
		return l.err
	case <-timer.C:
		return device.ErrBusy
	}
}

func (l *line) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return errClosed
	}
	l.calls++
	return nil
}

func (l *line) leave() {
	l.mu.Lock()
	l.calls--
	last := l.closing && l.calls == 0
	l.mu.Unlock()
	if last {
		l.shut()
	}
}

// shut runs once: closing is set before, so calls cannot leave zero again.
func (l *line) shut() {
	l.err = l.port.Close()
	close(l.closed)
}
