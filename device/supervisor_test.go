package device_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
)

var errPulled = errors.New("pulled")

// cable is a link in memory, to a device that takes all or nothing.
type cable struct {
	said   chan []byte
	takes  bool
	pulled chan struct{} // closed when the plug is pulled, or by Close
	once   sync.Once
}

func newCable(takes bool) *cable {
	return &cable{said: make(chan []byte), takes: takes, pulled: make(chan struct{})}
}

func (c *cable) pull() { c.once.Do(func() { close(c.pulled) }) }

func (c *cable) Read(p []byte) (int, error) {
	select {
	case b := <-c.said:
		return copy(p, b), nil
	case <-c.pulled:
		return 0, errPulled
	}
}

func (c *cable) Write([]byte) error {
	if c.takes {
		return nil
	}
	<-c.pulled
	return errPulled
}

func (c *cable) Release()                  { c.pull() }
func (c *cable) Close(time.Duration) error { c.pull(); return nil }

// socket is what a supervisor opens: a cable, or an error.
type socket struct {
	mu       sync.Mutex
	cable    *cable
	err      error
	attempts []time.Duration // since the start
}

func (s *socket) plug(c *cable, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cable, s.err = c, err
}

func (s *socket) tried() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.attempts)
}

// diary is a handler that writes down what it is told.
type diary struct {
	mu      sync.Mutex
	entries []string
	block   chan struct{} // unless nil, Receive waits for it
}

func (d *diary) note(format string, args ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, fmt.Sprintf(format, args...))
}

func (d *diary) Online() { d.note("online") }
func (d *diary) Receive(p []byte) {
	d.note("%s", p)
	if d.block != nil {
		<-d.block
	}
}
func (d *diary) Offline(err error, unsent int) {
	reason := "lost"
	switch {
	case errors.Is(err, errPulled):
		reason = "pulled"
	case errors.Is(err, fs.ErrNotExist):
		reason = "away"
	case errors.Is(err, fs.ErrPermission):
		reason = "denied"
	case strings.Contains(err.Error(), "does not take"):
		reason = "stuck"
	}
	d.note("offline: %s, %d unsent", reason, unsent)
}

// supervise runs a supervisor over s while story acts, in time that passes at
// once, and returns what it told. prepare makes the cables.
func supervise(t *testing.T, s *socket, d *diary, prepare func(), story func(*device.Supervisor)) []string {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		prepare()
		began := time.Now()
		v := &device.Supervisor{Name: "keypad", WriteTimeout: 2 * time.Second, Chunk: 8}
		v.Open = func(context.Context) (device.Link, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.attempts = append(s.attempts, time.Since(began))
			if s.err != nil {
				return nil, s.err
			}
			return s.cable, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); v.Run(ctx, d) }()
		synctest.Wait()
		story(v)
		synctest.Wait()
		cancel()
		<-done // and synctest finds any goroutine that is left
	})
	return d.entries
}

// A plug that is pulled in whatever state is told once, and so is its return;
// what was under way is gone.
func TestPulledInEachState(t *testing.T) {
	for name, c := range map[string]struct {
		takes bool
		state func(*device.Supervisor, *cable, *diary)
		want  []string
	}{
		"idle":         {true, func(*device.Supervisor, *cable, *diary) {}, []string{"offline: pulled, 0 unsent"}},
		"after a read": {true, func(_ *device.Supervisor, c *cable, _ *diary) { c.said <- []byte("5") }, []string{"5", "offline: pulled, 0 unsent"}},
		"after a write": {true, func(v *device.Supervisor, _ *cable, _ *diary) { v.Write([]byte("receipt")); synctest.Wait() },
			[]string{"offline: pulled, 0 unsent"}},
		"inside a write": {false, func(v *device.Supervisor, _ *cable, _ *diary) {
			v.Write([]byte("receipt"))
			v.Write([]byte("another"))
			synctest.Wait()
		}, []string{"offline: pulled, 2 unsent"}},
		"while nobody takes a key": {true, func(_ *device.Supervisor, c *cable, d *diary) {
			d.block = make(chan struct{})
			c.said <- []byte("5")
			time.AfterFunc(time.Minute, func() { close(d.block) })
		}, []string{"5", "offline: pulled, 0 unsent"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := &socket{}, &diary{}
			var first, second *cable
			told := supervise(t, s, d, func() {
				first, second = newCable(c.takes), newCable(true)
				s.plug(first, nil)
			}, func(v *device.Supervisor) {
				c.state(v, first, d)
				s.plug(nil, os.ErrNotExist)
				first.pull()
				time.Sleep(10 * time.Minute)
				if err := v.Write(nil); !errors.Is(err, device.ErrOffline) {
					t.Errorf("writing while away: %v", err)
				}
				s.plug(second, nil)
				time.Sleep(5 * time.Second) // the longest wait
				second.said <- []byte("7")
			})
			want := append(append([]string{"online"}, c.want...), "online", "7")
			if diff := cmp.Diff(want, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// A device that stands still is lost after the write timeout, once.
func TestStuck(t *testing.T) {
	s, d := &socket{}, &diary{}
	told := supervise(t, s, d, func() { s.plug(newCable(false), nil) }, func(v *device.Supervisor) {
		v.Write([]byte("receipt"))
		time.Sleep(1900 * time.Millisecond)
		s.plug(newCable(true), nil)
		time.Sleep(time.Minute)
	})
	if diff := cmp.Diff([]string{"online", "offline: stuck, 1 unsent", "online"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

// Permission that lags behind the plug is waited for without a word, and one
// that never comes is told.
func TestPermissionLags(t *testing.T) {
	denied := fmt.Errorf("open: %w", fs.ErrPermission)
	for name, c := range map[string]struct {
		lag  time.Duration
		want []string
	}{
		"a moment": {1900 * time.Millisecond, []string{"online"}},
		"for ever": {time.Hour, []string{"offline: denied, 0 unsent"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, d := &socket{err: denied}, &diary{}
			told := supervise(t, s, d, func() {}, func(*device.Supervisor) {
				time.AfterFunc(c.lag, func() { s.plug(newCable(true), nil) })
				time.Sleep(time.Minute)
			})
			if diff := cmp.Diff(c.want, told); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
			if len(s.attempts) > 40 {
				t.Errorf("%d attempts in a minute", len(s.attempts))
			}
			if name == "a moment" && s.attempts[len(s.attempts)-1] > c.lag+250*time.Millisecond {
				t.Errorf("opened %v after the plug", s.attempts[len(s.attempts)-1])
			}
		})
	}
}

// A keypad that comes back after an hour, and whose permission lags, is open
// within moments of it.
func TestPermissionLagsAfterAbsence(t *testing.T) {
	s, d := &socket{err: os.ErrNotExist}, &diary{}
	told := supervise(t, s, d, func() {}, func(*device.Supervisor) {
		time.Sleep(time.Hour)
		before := s.tried()
		s.plug(nil, fs.ErrPermission)
		for s.tried() == before { // it is noticed within 5 s
			time.Sleep(time.Millisecond)
		}
		time.Sleep(1500 * time.Millisecond)
		s.plug(newCable(true), nil)
		time.Sleep(300 * time.Millisecond)
	})
	if diff := cmp.Diff([]string{"offline: away, 0 unsent", "online"}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if n := len(s.attempts); n < 3600/5 || n > 3600/2 {
		t.Errorf("%d attempts in an hour", n)
	}
}

// A plug that makes and breaks all the time is not opened more often than one
// that is away.
func TestLoosePlug(t *testing.T) {
	s, d := &socket{}, &diary{}
	told := supervise(t, s, d, func() {
		loose := newCable(true)
		loose.pull()
		s.plug(loose, nil)
	}, func(*device.Supervisor) { time.Sleep(time.Minute) })
	if n := len(s.attempts); n < 12 || n > 30 {
		t.Errorf("%d attempts in a minute", n)
	}
	if len(told) != 2*len(s.attempts) {
		t.Errorf("%d attempts told as %q", len(s.attempts), told)
	}
}
