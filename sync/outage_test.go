package sync_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// area is a headquarters with many tills, out of reach until an instant; then it
// takes so many hellos a second, and tells the others to come again.
type area struct {
	*scripted
	back  time.Time
	takes int // hellos a second

	mu      sync.Mutex
	seconds map[int]int // hellos that arrived in each, since it is back
	greeted int
	last    time.Duration
}

func newArea(back time.Time, takes int) *area {
	a := &area{scripted: &scripted{welcome: wire.Welcome{Standing: wire.InStep, Incarnation: 1, Token: "t"}}, back: back, takes: takes, seconds: map[int]int{}}
	a.hello = a.judge
	return a
}

// Do implements hqsync.Transport; nothing comes by the feed.
func (a *area) Do(ctx context.Context, r hqsync.Request) (hqsync.Answer, error) {
	if r.Target != wire.HelloPath {
		<-ctx.Done()
		return hqsync.Answer{}, ctx.Err()
	}
	return a.scripted.Do(ctx, r)
}

func (a *area) judge() error {
	since := time.Since(a.back)
	if since < 0 {
		return errDown
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	second := int(since / time.Second)
	if a.seconds[second]++; a.seconds[second] > a.takes {
		busy := wire.Refuse(wire.CodeBusy, "")
		busy.RetryAfter = 2 * time.Second
		return busy
	}
	a.greeted++
	a.last = since
	return nil
}

// emptyOutbox is a store with nothing to send and nothing to apply.
type emptyOutbox struct{ hqsync.Outbox }

func (emptyOutbox) Head(context.Context) (ledger.Head, error) { return ledger.Head{Epoch: 1}, nil }
func (emptyOutbox) Keys(context.Context) (ledger.Successions, error) {
	return ledger.Successions{}, nil
}
func (emptyOutbox) Knows(context.Context, ledger.Head) (bool, error)          { return true, nil }
func (emptyOutbox) Resume(context.Context, ledger.Head, ledger.Contact) error { return nil }
func (emptyOutbox) Unsent(context.Context, int, int) (ledger.Stretch, error) {
	return ledger.Stretch{}, nil
}
func (emptyOutbox) Cursor(context.Context) (ledger.Cursor, error)        { return ledger.Cursor{}, nil }
func (emptyOutbox) ProgramCursor(context.Context) (ledger.Cursor, error) { return ledger.Cursor{}, nil }
func (emptyOutbox) HouseholdCursor(context.Context) (ledger.Cursor, error) {
	return ledger.Cursor{}, nil
}
func (emptyOutbox) DayCursor(context.Context) (ledger.Cursor, error) { return ledger.Cursor{}, nil }
func (emptyOutbox) PINCursor(context.Context) (ledger.Cursor, error) { return ledger.Cursor{}, nil }
func (emptyOutbox) Builds() bool                                     { return false }
func (emptyOutbox) EndFeed(context.Context) error                    { return nil }
func (emptyOutbox) Greeted(context.Context, bool) error              { return nil }
func (emptyOutbox) Heard(context.Context, ledger.Millis) error       { return nil }
func (emptyOutbox) Erasures(context.Context) (heard, sealed ledger.Millis, err error) {
	return 0, 0, nil
}

// Five hundred tills that lost headquarters at one instant do not come back as one:
// after a long outage they are spread over the longest wait, after a short one what
// headquarters cannot take at once comes again later, and all are there soon.
func TestSpreadAfterOutage(t *testing.T) {
	const tills = 500
	for _, c := range []struct {
		name        string
		outage      time.Duration
		takes, most int // hellos a second: that are taken, that come
		within      time.Duration
	}{
		{"for a quarter of an hour", 15 * time.Minute, 25, 25, 6 * time.Minute},
		{"for a moment", 0, 25, tills, 10 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hq := newArea(time.Now().Add(c.outage), c.takes)
				ctx, stop := context.WithTimeout(t.Context(), c.outage+c.within)
				defer stop()
				var all sync.WaitGroup
				for range tills {
					loop := hqsync.NewLoop(hqsync.NewExchange(hq.identity(), emptyOutbox{}, hq, time.Now, nil))
					all.Go(func() { _ = loop.Run(ctx) }) // it ends with the time
				}
				all.Wait()
				hq.mu.Lock()
				defer hq.mu.Unlock()
				if hq.greeted != tills {
					t.Errorf("%d of %d tills are back within %s", hq.greeted, tills, c.within)
				}
				sum, most := 0, 0
				for _, n := range hq.seconds {
					sum, most = sum+n, max(most, n)
				}
				if most > c.most || sum > 8*tills {
					t.Errorf("%d hellos in one second, %d in all", most, sum)
				}
				t.Logf("all are back after %s, %d hellos in the fullest second, %d in all", hq.last.Round(time.Second), most, sum)
			})
		})
	}
}

// refusing is whatever stands before headquarters and answers in its place.
type refusing http.Header

// Do implements hqsync.Transport.
func (r refusing) Do(context.Context, hqsync.Request) (hqsync.Answer, error) {
	return hqsync.Answer{Status: http.StatusServiceUnavailable, Header: http.Header(r)}, nil
}

// What a load balancer wishes is heard in either form, as far as it makes sense.
func TestRetryAfterForms(t *testing.T) {
	const now = "Thu, 26 Nov 2026 12:00:00 GMT"
	for _, c := range []struct {
		wish, date string
		want       time.Duration
	}{
		{"90", now, 90 * time.Second}, {"0", now, 0}, {"-5", now, 0}, {"", now, 0}, {"soon", now, 0}, {"99999999", now, time.Hour},
		{"Thu, 26 Nov 2026 12:01:30 GMT", now, 90 * time.Second}, {"Thu, 26 Nov 2026 11:00:00 GMT", now, 0},
		{"Thu, 26 Nov 2036 12:00:00 GMT", now, time.Hour}, {"Thu, 26 Nov 2026 12:01:30 GMT", "", 0},
	} {
		identity := new(scripted).identity()
		before := refusing{"Retry-After": {c.wish}, "Date": {c.date}}
		_, err := hqsync.NewExchange(identity, emptyOutbox{}, before, time.Now, nil).Greet(t.Context())
		var refusal *wire.Refusal
		if !errors.As(err, &refusal) || refusal.RetryAfter != c.want {
			t.Errorf("%q at %q: %v, want a wait of %s", c.wish, c.date, err, c.want)
		}
	}
}
