package device_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// A digit key has its digit, and no other key has one.
func TestDigit(t *testing.T) {
	for i := range 10 {
		got, ok := (device.Digit0 + device.Key(i)).Digit()
		if want := byte('0' + i); !ok || got != want {
			t.Errorf("digit %d: got %q, %t", i, got, ok)
		}
	}
	for _, key := range []device.Key{0, device.Enter, device.Clear, device.Cancel, device.Menu, device.Menu + 1} {
		if got, ok := key.Digit(); ok {
			t.Errorf("%v: has digit %q", key, got)
		}
	}
}

// Printing the keys of a phone number does not print the number, and every other
// key prints its own name.
func TestKeyString(t *testing.T) {
	for key := device.Digit0; key <= device.Digit9; key++ {
		if got := fmt.Sprint(key); strings.ContainsAny(got, "0123456789") {
			t.Errorf("a digit prints as %q", got)
		}
	}
	seen := map[string]bool{}
	for key := device.Enter; key <= device.Menu+1; key++ {
		if name := key.String(); name == "" || seen[name] {
			t.Errorf("key %d prints as %q, as another does", key, name)
		} else {
			seen[name] = true
		}
	}
}

// An event that nobody takes waits, is dated, and does not outlast its context.
func TestDeliver(t *testing.T) {
	events := make(chan device.Event, 1)
	ctx, cancel := context.WithCancel(context.Background())
	before := time.Now()
	device.Deliver(ctx, events, device.Event{Device: "keypad", Kind: device.Online})
	cancel()
	device.Deliver(ctx, events, device.Event{Device: "keypad", Kind: device.Offline})

	e := <-events
	if e.Device != "keypad" || e.Kind != device.Online || e.At.Before(before) {
		t.Errorf("got %+v", e)
	}
	select {
	case e := <-events:
		t.Errorf("delivered %v after the end of the context", e.Kind)
	default:
	}
}
