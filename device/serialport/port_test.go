package serialport_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/serialport"
)

// patience bounds what must happen at once.
const patience = 5 * time.Second

// told is one call of the handler.
type told struct {
	online bool
	err    error // of Offline
	unsent int
}

// listener records what a port tells.
type listener struct {
	states chan told
	bytes  chan byte
}

func newListener() *listener {
	return &listener{states: make(chan told, 64), bytes: make(chan byte, 4096)}
}

func (l *listener) Online() { l.states <- told{online: true} }
func (l *listener) Receive(p []byte) {
	for _, b := range p {
		l.bytes <- b
	}
}
func (l *listener) Offline(err error, unsent int) { l.states <- told{err: err, unsent: unsent} }

func (l *listener) next(t *testing.T) told {
	t.Helper()
	select {
	case s := <-l.states:
		return s
	case <-time.After(patience):
		t.Fatal("the port told nothing")
		panic("unreachable")
	}
}

func (l *listener) wantOnline(t *testing.T) {
	t.Helper()
	if s := l.next(t); !s.online {
		t.Fatalf("offline: %v; want online", s.err)
	}
}

func (l *listener) wantOffline(t *testing.T) told {
	t.Helper()
	s := l.next(t)
	if s.online || s.err == nil {
		t.Fatalf("told %+v; want offline with a reason", s)
	}
	return s
}

func (l *listener) wantBytes(t *testing.T, want string) {
	t.Helper()
	for i := range len(want) {
		select {
		case b := <-l.bytes:
			if b != want[i] {
				t.Fatalf("byte %d is %#x, want %#x", i, b, want[i])
			}
		case <-time.After(patience):
			t.Fatalf("byte %d of %q did not arrive", i, want)
		}
	}
}

// plug makes a pseudo-terminal with its slave closed and points path to it.
func plug(t *testing.T, path string) *os.File {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	slave.Close()
	if err := unix.SetNonblock(int(master.Fd()), true); err != nil { // for its deadlines
		t.Fatal(err)
	}
	os.Remove(path)
	if err := os.Symlink(slave.Name(), path); err != nil {
		t.Fatal(err)
	}
	return master
}

func unplug(t *testing.T, master *os.File, path string) {
	t.Helper()
	if err := errors.Join(os.Remove(path), master.Close()); err != nil {
		t.Fatal(err)
	}
}

// start runs p and returns how to close it, which fails the test if the port
// does not close at once.
func start(t *testing.T, p *serialport.Port, h device.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, h) }()
	stopped := false
	stop = func() {
		t.Helper()
		if stopped {
			return
		}
		stopped = true
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(patience):
			t.Error("the port did not close")
		}
	}
	t.Cleanup(stop)
	return stop
}

// Bytes pass in both directions untouched, control characters included.
func TestCarriesBytes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	master := plug(t, path)
	p := &serialport.Port{Path: path}
	l := newListener()
	stop := start(t, p, l)
	l.wantOnline(t)

	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	master.Write(all)
	l.wantBytes(t, string(all))

	long := bytes.Repeat(all, 40) // many chunks
	if err := p.Write(long); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(long))
	if err := readFull(master, got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, long) {
		t.Error("the device received other bytes than were written")
	}

	stop()
	if len(l.states) != 0 {
		t.Errorf("closing it ourselves told %+v", <-l.states)
	}
	if err := p.Write([]byte("x")); !errors.Is(err, device.ErrOffline) {
		t.Errorf("write after close: %v, want ErrOffline", err)
	}
}

func readFull(f *os.File, p []byte) error {
	if err := f.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	for len(p) > 0 {
		n, err := f.Read(p)
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// A pulled plug is told once, and the device that comes back under the same path
// is opened again, without what it sent while nobody listened.
func TestUnplugAndReplug(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	p := &serialport.Port{Path: path}
	l := newListener()
	start(t, p, l)
	if s := l.wantOffline(t); !errors.Is(s.err, os.ErrNotExist) {
		t.Errorf("a device that is not there: %v", s.err)
	}
	for range 2 {
		master := plug(t, path)
		master.Write([]byte("stale"))
		l.wantOnline(t)
		master.Write([]byte("5"))
		l.wantBytes(t, "5")
		unplug(t, master, path)
		l.wantOffline(t)
		if err := p.Write([]byte("x")); !errors.Is(err, device.ErrOffline) {
			t.Errorf("write while offline: %v, want ErrOffline", err)
		}
	}
}

// A path that cannot be opened is tried a few times a second at most.
func TestDoesNotSpin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "not-a-tty")
	if err := os.WriteFile(path, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	opens := watchOpens(t, path)
	l := newListener()
	stop := start(t, &serialport.Port{Path: path}, l)
	l.wantOffline(t)
	<-time.After(1200 * time.Millisecond) // the time that is measured
	stop()
	// The waits are at least 250, 500 and 1000 ms.
	if n := opens(); n < 2 || n > 3 {
		t.Errorf("%d attempts in 1.2 s, want 2 or 3", n)
	}
	if len(l.states) != 0 {
		t.Errorf("told again: %+v", <-l.states)
	}
	if b, _ := os.ReadFile(path); string(b) != "untouched" {
		t.Errorf("the file holds %q", b)
	}
}

// A denied permission is one to errors.Is, so that the supervisor knows it.
// Root is denied nothing: the thread becomes nobody for the call.
func TestPermissionDenied(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	if err := os.WriteFile(path, nil, 0); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // and never unlocked: the thread ends with the test
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := unix.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer unix.Setfsuid(0)
	}
	if _, err := serialport.OpenLine(path); !errors.Is(err, os.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

// watchOpens counts how often path is opened from now on.
func watchOpens(t *testing.T, path string) func() int {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	// Opens alone would be merged into one event; the closes between part them.
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN|unix.IN_CLOSE_WRITE); err != nil {
		t.Fatal(err)
	}
	return func() int {
		buf := make([]byte, 64<<10)
		n, err := unix.Read(fd, buf)
		if err != nil {
			return 0
		}
		return n / unix.SizeofInotifyEvent / 2 // events without a name, two for each open
	}
}

// A device that takes nothing is lost after the write timeout; what waited is
// counted and refused, not kept.
func TestStalledDevice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	plug(t, path) // never read
	p := &serialport.Port{Path: path, WriteTimeout: 300 * time.Millisecond}
	l := newListener()
	start(t, p, l)
	l.wantOnline(t)
	accepted, err := fill(p)
	if !errors.Is(err, device.ErrFull) {
		t.Fatalf("filling the queue ended with %v, want ErrFull", err)
	}
	s := l.wantOffline(t)
	if s.unsent < 32 || s.unsent > accepted {
		t.Errorf("%d of %d pieces unsent; the queue alone holds 32", s.unsent, accepted)
	}
	if !strings.Contains(s.err.Error(), "does not take what is written") {
		t.Errorf("lost with %v", s.err)
	}
	if errors.Is(s.err, device.ErrBusy) {
		t.Errorf("the write was not freed: %v", s.err)
	}
	l.wantOnline(t) // it is opened anew, and the master still is there
}

// A write that stands still does not keep the port from closing.
func TestStalledDeviceDoesNotBlockClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	plug(t, path)
	p := &serialport.Port{Path: path}
	l := newListener()
	stop := start(t, p, l)
	l.wantOnline(t)
	for taken := 1; taken > 0; { // until a queue that was full stays so
		if _, err := fill(p); !errors.Is(err, device.ErrFull) {
			t.Fatal(err)
		}
		<-time.After(100 * time.Millisecond)
		taken, _ = fill(p)
	}
	began := time.Now()
	stop()
	if took := time.Since(began); took > 900*time.Millisecond {
		t.Errorf("closing took %v: the write was not freed", took)
	}
}

// fill writes until the port refuses, and returns how many pieces it took.
func fill(p *serialport.Port) (int, error) {
	piece := make([]byte, 32<<10)
	for accepted := 0; ; accepted++ {
		if err := p.Write(piece); err != nil {
			return accepted, err
		}
	}
}

// The library cannot read a descriptor of 1024 or more; that is a device which
// cannot be opened, not a crash.
func TestDescriptorTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tty")
	plug(t, path)
	occupyDescriptors(t)
	l := newListener()
	start(t, &serialport.Port{Path: path}, l)
	if s := l.wantOffline(t); !strings.Contains(s.err.Error(), "descriptor is too large") {
		t.Errorf("offline: %v", s.err)
	}
}

// occupyDescriptors takes all descriptors below 1024.
func occupyDescriptors(t *testing.T) {
	t.Helper()
	for {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Skipf("the system allows no descriptor above 1023: %v", err)
		}
		t.Cleanup(func() { f.Close() })
		if f.Fd() >= 1024 {
			return
		}
	}
}

// A write larger than a port takes is refused, whatever the state.
func TestWriteTooLarge(t *testing.T) {
	p := &serialport.Port{}
	if err := p.Write(make([]byte, 256<<10+1)); !errors.Is(err, device.ErrTooLarge) {
		t.Errorf("got %v, want ErrTooLarge", err)
	}
	if err := p.Write(make([]byte, 256<<10)); !errors.Is(err, device.ErrOffline) {
		t.Errorf("got %v, want ErrOffline", err)
	}
}
