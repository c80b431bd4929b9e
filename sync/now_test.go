package sync_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
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
