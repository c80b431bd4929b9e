package sync_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

var errDown = errors.New("connection refused")

// runFor runs a loop for a time that passes at once, and returns what it told
// of headquarters: "up", or why not.
func runFor(t *testing.T, loop *hqsync.Loop, d time.Duration, meanwhile ...func()) (told []string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	loop.Changed = func(err error) {
		if told = append(told, "up"); err != nil {
			told[len(told)-1] = err.Error()
		}
	}
	for _, do := range meanwhile {
		go do()
	}
	if err := loop.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ended with %v", err)
	}
	synctest.Wait()
	return told
}

// sell puts entries into a till's outbox.
func sell(t *testing.T, till *testkit.Till, n int) {
	t.Helper()
	for i := range n {
		_, err := till.Complete(context.Background(), till.Clock.Now(), checkout.Basket{
			Entry: till.NewEntry(), SaleID: fmt.Sprint("s", i), Currency: "TRY",
			Lines: []ledger.Line{{Net: 100, Gross: 100, Quantity: 1}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func gaps(times []time.Time) (gaps []time.Duration) {
	for i := 1; i < len(times); i++ {
		gaps = append(gaps, times[i].Sub(times[i-1]))
	}
	return gaps
}

// While headquarters does not answer, the waits grow to their bound, are drawn
// and not the same, and it is told once; so is that it answers again.
func TestWaitsGrow(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till), hello: func() error { return errDown }}
		loop := hq.loop(till)
		loop.MaxWait = time.Minute
		told := runFor(t, loop, time.Hour)
		waits := gaps(hq.times(wire.HelloPath))
		if len(waits) < 60 || len(waits) > 240 { // half a minute on average: 120
			t.Errorf("%d tries in an hour", len(waits))
		}
		same := 0
		for i, wait := range waits {
			if most := min(time.Minute, time.Second<<min(i, 10)); wait > most {
				t.Errorf("wait %d is %v, want at most %v", i, wait, most)
			}
			if i > 0 && wait == waits[i-1] {
				same++
			}
		}
		if same > 2 {
			t.Error("the waits are not drawn")
		}
		if diff := cmp.Diff([]string{"say hello: connection refused"}, told); diff != "" {
			t.Error(diff)
		}
		hq.hello = nil
		loop = hq.loop(till)
		if told := runFor(t, loop, time.Hour); cmp.Diff([]string{"up"}, told) != "" {
			t.Errorf("told %q", told)
		}
	})
}

// inStep is the welcome of a headquarters that has nothing of a till yet.
func inStep(t *testing.T, till *testkit.Till) wire.Welcome {
	t.Helper()
	head, err := till.Store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return wire.Welcome{
		Standing: wire.InStep, Incarnation: 1, At: ledger.MillisOf(testkit.Noon), Token: "t",
		Known: ledger.Head{Epoch: head.Epoch, Branch: head.Branch},
	}
}

// What headquarters asks for is the least that is waited, and not the most: a
// chain's tills do not come back as one.
func TestRetryAfter(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		busy := wire.Refuse(wire.CodeBusy, "")
		busy.RetryAfter = 40 * time.Second
		hq := &scripted{welcome: inStep(t, till), hello: func() error { return busy }}
		loop := hq.loop(till)
		loop.MaxWait = 10 * time.Second
		runFor(t, loop, time.Hour)
		exactly := 0
		for i, wait := range gaps(hq.times(wire.HelloPath)) {
			if wait < 40*time.Second || wait > 50*time.Second {
				t.Errorf("wait %d is %v", i, wait)
			}
			if wait == 40*time.Second {
				exactly++
			}
		}
		if n := len(hq.times(wire.HelloPath)); n < 60 || exactly > n/10 {
			t.Errorf("%d tries, %d of them at the second asked for", n, exactly)
		}
	})
}

// Whatever headquarters always answers, it is not asked without end, and the
// diary has one line of it.
func TestNoBusyLoop(t *testing.T) {
	refuse := func(code wire.Code) func() error { return func() error { return wire.Refuse(code, "") } }
	atOnce := func() error { return nil }
	for name, script := range map[string]struct{ hello, push, pull func() error }{
		"gap":                       {push: refuse(wire.CodeGap)},
		"gap, with a feed at once":  {push: refuse(wire.CodeGap), pull: atOnce},
		"hello":                     {push: refuse(wire.CodeHello)},
		"too large":                 {push: refuse(wire.CodeTooLarge)},
		"too large, feed at once":   {push: refuse(wire.CodeTooLarge), pull: atOnce},
		"busy":                      {push: refuse(wire.CodeBusy)},
		"invalid":                   {push: refuse(wire.CodeInvalid)},
		"fenced, and greets as not": {push: refuse(wire.CodeFenced)},
		"no feed":                   {pull: refuse(wire.CodeInternal)},
		"upgrade":                   {hello: refuse(wire.CodeUpgrade)},
	} {
		t.Run(name, func(t *testing.T) {
			till := testkit.NewTill(t, testkit.Program(t))
			sell(t, till, 5)
			synctest.Test(t, func(t *testing.T) {
				hq := &scripted{welcome: inStep(t, till), hello: script.hello, push: script.push, pull: script.pull}
				told := runFor(t, hq.loop(till), time.Hour)
				for _, path := range []string{wire.HelloPath, wire.BatchPath} {
					// Waits of up to 5 minutes, half of it on average: some 30
					// tries, and the halving of the first batch.
					if n := len(hq.times(path)); n > 100 {
						t.Errorf("%d requests to %s in an hour", n, path)
					}
				}
				if n := len(hq.times(wire.FeedPath)); n > 3600*4+100 {
					t.Errorf("%d requests for the feed in an hour", n)
				}
				if len(told) > 2 {
					t.Errorf("told %q", told)
				}
			})
		})
	}
}

// A feed that answers at once with nothing is asked a few times a second.
func TestFeedAtOnce(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till), pull: func() error { return nil }}
		told := runFor(t, hq.loop(till), time.Minute)
		if n := len(hq.times(wire.FeedPath)); n > 4*60+1 || n < 60 {
			t.Errorf("%d requests in a minute", n)
		}
		if cmp.Diff([]string{"up"}, told) != "" {
			t.Errorf("told %q", told)
		}
	})
}

// An entry is on its way as soon as it is appended, and a batch that is too
// large is halved until it goes, then grows again.
func TestPushAtOnce(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till)}
		loop := hq.loop(till)
		var soldAt time.Time
		runFor(t, loop, time.Minute, func() {
			time.Sleep(30 * time.Second) // of the bubble's time
			sell(t, till, 1)
			soldAt = time.Now()
			loop.Appended()
			loop.Appended() // never blocks
		})
		if times := hq.times(wire.BatchPath); len(times) != 1 || !times[0].Equal(soldAt) {
			t.Errorf("sold at %v, sent at %v", soldAt, times)
		}
	})
}

// Headquarters that greets, takes and then goes is told once as gone, however
// often it comes and goes without taking anything.
func TestFlapping(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	sell(t, till, 1)
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till), push: func() error { return wire.Refuse(wire.CodeInvalid, "") }}
		loop := hq.loop(till)
		told := runFor(t, loop, 2*time.Hour, func() {
			time.Sleep(time.Hour)
			hq.mu.Lock()
			defer hq.mu.Unlock()
			hq.push = nil // headquarters was mended
		})
		want := []string{"up", "push: headquarters: the request makes no sense", "up"}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Error(diff)
		}
	})
}

// What is appended waits as long as it is told to, and is asked for again then;
// whoever wants an exchange now waits for nothing.
func TestDelay(t *testing.T) {
	till := testkit.NewTill(t, testkit.Program(t))
	synctest.Test(t, func(t *testing.T) {
		hq := &scripted{welcome: inStep(t, till)}
		loop := hq.loop(till)
		began := time.Now()
		var busy atomic.Int64 // until then, since began
		busy.Store(int64(4 * time.Second))
		loop.Delay = func(appended time.Time) time.Duration {
			return min(time.Until(began.Add(time.Duration(busy.Load()))), time.Until(appended.Add(10*time.Second)))
		}
		runFor(t, loop, time.Minute, func() {
			time.Sleep(time.Second)
			sell(t, till, 1)
			loop.Appended()
			time.Sleep(2 * time.Second)
			busy.Store(int64(5 * time.Second)) // told at 4 s
			time.Sleep(3 * time.Second)        // 6 s
			busy.Store(int64(time.Hour))
			loop.Appended() // waits until 16 s, and nothing is there
			time.Sleep(11 * time.Second)
			sell(t, till, 2) // the first of them stands already
			loop.Appended()  // at 17 s
			time.Sleep(3 * time.Second)
			if sent, err := loop.Now(t.Context()); sent != 1 || err != nil {
				t.Errorf("sent %d, %v", sent, err)
			}
		})
		var at []time.Duration
		for _, pushed := range hq.times(wire.BatchPath) {
			at = append(at, pushed.Sub(began))
		}
		if diff := cmp.Diff([]time.Duration{5 * time.Second, 20 * time.Second}, at); diff != "" {
			t.Error(diff)
		}
	})
}
