package sync_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Whoever asks for an exchange now gets one, in the middle of a long poll and
// in the middle of a long wait, and hears how it went.
func TestNow(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till)}
		loop := hq.loop(till)
		now := func(wantSent int, wantErr error) {
			t.Helper()
			began, pages := time.Now(), len(hq.times(wire.FeedPath))
			sent, err := loop.Now(t.Context())
			if sent != wantSent || !errors.Is(err, wantErr) {
				t.Errorf("sent %d, %v; want %d, %v", sent, err, wantSent, wantErr)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("took %v", took)
			}
			if err == nil && len(hq.times(wire.FeedPath)) == pages {
				t.Error("headquarters was not asked for its feed")
			}
		}
		runFor(t, loop, 2*time.Hour, func() {
			time.Sleep(10 * time.Second) // of the bubble's time: a page is waited for
			now(0, nil)
			sell(t, till, 3)
			now(3, nil)
			hq.mu.Lock()
			hq.hello, hq.pull = func() error { return errDown }, func() error { return errDown }
			hq.mu.Unlock()
			time.Sleep(time.Hour) // waits are long by now
			now(0, errDown)
			hq.mu.Lock()
			hq.hello, hq.pull = nil, nil
			hq.mu.Unlock()
			now(3, nil) // its welcome says that it has nothing
		})
	})
}

// Without a loop one exchange sends all there is.
func TestOnce(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	sell(t, till, 5)
	hq := &scripted{welcome: inStep(t, till)}
	if sent, err := hq.exchange(till).Once(context.Background()); sent != 5 || err != nil {
		t.Errorf("sent %d, %v", sent, err)
	}
	hq.hello = func() error { return errDown }
	if _, err := hq.exchange(till).Once(context.Background()); !errors.Is(err, errDown) {
		t.Errorf("headquarters is down: %v", err)
	}
}

// slow is a conversation each part of which takes a second.
type slow struct {
	greets []error // one after another, then none
	more   []bool  // of pages, one after another, then nothing is there
	ended  [3]atomic.Int64
}

const (
	greeted = iota
	pushed
	pulled
)

func (s *slow) take(part int) int {
	time.Sleep(time.Second)
	return int(s.ended[part].Add(1))
}

func (s *slow) Greet(context.Context) (wire.Welcome, error) {
	if n := s.take(greeted); n <= len(s.greets) {
		return wire.Welcome{}, s.greets[n-1]
	}
	return wire.Welcome{Standing: wire.InStep}, nil
}

func (s *slow) Push(context.Context) (int, error) { s.take(pushed); return 0, nil }

func (s *slow) Pull(ctx context.Context, wait time.Duration) (more bool, err error) {
	if n := s.take(pulled); n <= len(s.more) {
		return s.more[n-1], nil
	}
	select {
	case <-time.After(wait):
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// What was under way when somebody asked may have looked before, and may fail for what
// was then: she hears of what began since. A long feed is read when no page is left.
func TestNowIsOfWhatBeganSince(t *testing.T) {
	for name, c := range map[string]struct {
		slow  *slow
		asks  time.Duration // after the loop began
		ended [3]int64      // the least, when she hears
	}{
		"while both are under way": {&slow{}, 1500 * time.Millisecond, [3]int64{1, 2, 2}},
		"while a try fails":        {&slow{greets: []error{errDown}}, 500 * time.Millisecond, [3]int64{2, 1, 1}},
		"while a feed is read":     {&slow{more: []bool{true, true, false}}, 2500 * time.Millisecond, [3]int64{1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				loop := hqsync.NewLoop(c.slow)
				runFor(t, loop, time.Minute, func() {
					time.Sleep(c.asks) // of the bubble's time
					if sent, err := loop.Now(t.Context()); sent != 0 || err != nil {
						t.Errorf("sent %d, %v", sent, err)
					}
					for part, want := range c.ended {
						if ended := c.slow.ended[part].Load(); ended < want {
							t.Errorf("part %d ended %d times, want %d", part, ended, want)
						}
					}
				})
			})
		})
	}
}
