package keypad_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/keypad"
	"github.com/loyaltyd/loyaltyd/device/serialport"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

const patience = 5 * time.Second

// counter is a keypad plugged in, its driver running, and the driver's events.
type counter struct {
	*sim.Keypad
	events chan device.Event
}

func open(t testing.TB, keys keypad.Map, size int) counter {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keypad0")
	plugged, err := sim.NewKeypad(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plugged.Close() })
	c := counter{plugged, make(chan device.Event, size)}
	driver, err := keypad.New("keypad", &serialport.Port{Path: path}, keys, c.events)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- driver.Run(ctx) }()
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
	c.want(t, device.Online)
	return c
}

func (c counter) next(t testing.TB) device.Event {
	t.Helper()
	select {
	case e := <-c.events:
		if e.Device != "keypad" || e.At.IsZero() {
			t.Fatalf("event without device or time: %+v", e)
		}
		return e
	case <-time.After(patience):
		t.Fatal("no event came")
		panic("unreachable")
	}
}

func (c counter) want(t testing.TB, kind device.Kind) device.Event {
	t.Helper()
	e := c.next(t)
	if e.Kind != kind {
		t.Fatalf("event is %v (%v), want %v", e.Kind, e.Err, kind)
	}
	return e
}

func (c counter) wantKeys(t testing.TB, keys ...device.Key) {
	t.Helper()
	for i, key := range keys {
		if e := c.want(t, device.KeyPressed); e.Key != key {
			t.Fatalf("key %d is %d, want %d", i, e.Key, key)
		}
	}
}

// A phone number typed on the keypad arrives key by key, in order, once.
func TestTypedKeys(t *testing.T) {
	c := open(t, keypad.Default(), 4) // fewer than are typed
	if err := c.Type("0532\r\nC\x1b"); err != nil {
		t.Fatal(err)
	}
	c.wantKeys(t, device.Digit0, device.Digit5, device.Digit3, device.Digit2, device.Enter, device.Enroll, device.Cancel)
	for key := device.Digit0; key <= device.Menu; key++ {
		if err := c.Press(key); err != nil {
			t.Fatal(err)
		}
		c.wantKeys(t, key)
	}
}

// A keypad that is pulled and plugged in again goes on, with one event for each.
func TestUnplugAndReplug(t *testing.T) {
	c := open(t, keypad.Default(), 16)
	if err := c.Unplug(); err != nil {
		t.Fatal(err)
	}
	if e := c.want(t, device.Offline); e.Err == nil {
		t.Error("offline without a reason")
	}
	if err := c.Replug(); err != nil {
		t.Fatal(err)
	}
	c.want(t, device.Online)
	if err := c.Type("7"); err != nil {
		t.Fatal(err)
	}
	c.wantKeys(t, device.Digit7)
	if len(c.events) != 0 {
		t.Errorf("an event more: %v", (<-c.events).Kind)
	}
}

// Noise on the line gives one misread, which does not tell the bytes, and no
// keys, whatever bytes it has; a key after some quiet arrives.
func TestNoise(t *testing.T) {
	c := open(t, keypad.Default(), 1024)
	if err := c.Type("1"); err != nil {
		t.Fatal(err)
	}
	c.wantKeys(t, device.Digit1)
	if err := c.Type("\xff\x00199\r\x1b*2"); err != nil {
		t.Fatal(err)
	}
	if e := c.want(t, device.Misread); e.Err == nil {
		t.Error("misread without a reason")
	}
	for deadline := time.Now().Add(patience); len(c.events) == 0 && time.Now().Before(deadline); {
		if err := c.Type("3"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond) // a hand's pace
	}
	c.wantKeys(t, device.Digit3)
}

// How long noise lasts: until the line was quiet for 200 ms.
func TestQuiet(t *testing.T) {
	ms := time.Millisecond
	for name, c := range map[string]struct {
		port script
		want []device.Key
	}{
		"a burst in one read":         {script{{0, "12\xff\r"}}, nil},
		"its end in another":          {script{{0, "\xff"}, {199 * ms, "12\r"}}, nil},
		"each byte starts it anew":    {script{{0, "\xff"}, {150 * ms, "1"}, {150 * ms, "2"}}, nil},
		"a key after it":              {script{{0, "\xff"}, {201 * ms, "1"}}, []device.Key{device.Digit1}},
		"a key before it":             {script{{0, "1"}, {0, "\xff"}}, []device.Key{device.Digit1}},
		"what waited is none of them": {script{{0, "\x1b"}, {10 * ms, "\xff"}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := c.port.run(t, vendor())
				var keys []device.Key
				misread := 0
				for e := range events {
					switch e.Kind {
					case device.KeyPressed:
						keys = append(keys, e.Key)
					case device.Misread:
						misread++
					}
				}
				if diff := cmp.Diff(c.want, keys); diff != "" || misread != 1 {
					t.Errorf("%d misreads, keys (-want +got):\n%s", misread, diff)
				}
			})
		})
	}
}

// A driver whose events nobody takes still ends.
func TestEndsWhileEventsAreFull(t *testing.T) {
	c := open(t, keypad.Default(), 0)
	if err := c.Type("0532"); err != nil {
		t.Fatal(err)
	}
	c.wantKeys(t, device.Digit0) // the next waits for a taker as the test ends
}

// script is a port that hands over reads at given times.
type script []struct {
	after time.Duration
	bytes string
}

func (s script) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	for _, step := range s {
		time.Sleep(step.after)
		h.Receive([]byte(step.bytes))
	}
	<-ctx.Done()
	return nil
}
func (s script) Write([]byte) error         { return device.ErrOffline }
func (s script) WireTime(int) time.Duration { return 0 }

// run drives a keypad at the port for a second and returns its events.
func (s script) run(t *testing.T, keys keypad.Map) <-chan device.Event {
	t.Helper()
	events := make(chan device.Event, 16)
	driver, err := keypad.New("keypad", s, keys, events)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- driver.Run(ctx) }()
	time.Sleep(time.Second)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	close(events)
	return events
}

// ESC waits 50 ms for the rest of a sequence, but only where the map has one.
func TestEscapeWaits(t *testing.T) {
	for name, c := range map[string]struct {
		keys keypad.Map
		port script
		want []device.Key
		at   []time.Duration
	}{
		"no sequences": {keypad.Default(), script{{0, "\x1b"}}, []device.Key{device.Cancel}, []time.Duration{0}},
		"alone":        {vendor(), script{{0, "\x1b"}}, []device.Key{device.Cancel}, []time.Duration{50}},
		"a sequence": {vendor(), script{{0, "\x1b"}, {49 * time.Millisecond, "O"}, {49 * time.Millisecond, "P"}},
			[]device.Key{device.Redeem}, []time.Duration{98}},
		"too late": {vendor(), script{{0, "\x1b"}, {51 * time.Millisecond, "A"}},
			[]device.Key{device.Cancel, device.Redeem}, []time.Duration{50, 51}},
		"the next key ends it": {vendor(), script{{0, "\x1b"}, {10 * time.Millisecond, "5"}},
			[]device.Key{device.Cancel, device.Digit5}, []time.Duration{10, 10}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				events := c.port.run(t, c.keys)
				var keys []device.Key
				var at []time.Duration
				for e := range events {
					if e.Kind == device.KeyPressed {
						keys = append(keys, e.Key)
						at = append(at, e.At.Sub(began)/time.Millisecond)
					}
				}
				if diff := cmp.Diff(c.want, keys); diff != "" {
					t.Errorf("keys (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.at, at); diff != "" {
					t.Errorf("milliseconds (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// From the byte on the pseudo-terminal to the event.
func BenchmarkKeyToEvent(b *testing.B) {
	c := open(b, keypad.Default(), 16)
	latencies := make([]time.Duration, 0, b.N)
	for b.Loop() {
		began := time.Now()
		if err := c.Type("5"); err != nil {
			b.Fatal(err)
		}
		<-c.events
		latencies = append(latencies, time.Since(began))
	}
	slices.Sort(latencies)
	b.ReportMetric(float64(latencies[len(latencies)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(latencies[len(latencies)*99/100].Nanoseconds()), "p99-ns")
}
