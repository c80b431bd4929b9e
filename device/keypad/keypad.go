// Package keypad reads a plain serial keypad: which bytes are which key, and
// keys as events the moment their bytes arrive. What the keys mean together is
// left to the checkout.
package keypad

import (
	"context"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// sequenceWait is how long bytes that may begin a longer sequence wait for the
// rest. Only a map with such sequences ever waits.
const sequenceWait = 50 * time.Millisecond

// Keypad is the driver of one keypad.
type Keypad struct {
	input device.Input
}

// New returns the driver of the keypad at port, which it alone uses. Its events
// carry name and go to events, which should be buffered; while events is full no
// more keys are read.
func New(name string, port device.Port, keys Map, events chan<- device.Event) (*Keypad, error) {
	decoder, err := NewDecoder(keys)
	if err != nil {
		return nil, fmt.Errorf("keypad %q: %w", name, err)
	}
	return &Keypad{device.Input{Name: name, Port: port, Decoder: presses{decoder}, Events: events}}, nil
}

// Run reads keys until ctx ends, and returns as the port's Run does. It is called
// once.
func (k *Keypad) Run(ctx context.Context) error {
	if err := k.input.Run(ctx); err != nil {
		return fmt.Errorf("keypad %q: %w", k.input.Name, err)
	}
	return nil
}

// presses is a decoder whose keys are events.
type presses struct {
	*Decoder
}

var _ device.Decoder = presses{}

func (d presses) Decode(p []byte, tell func(device.Event)) {
	d.tally(tell, func() { d.Decoder.Decode(p, press(tell)) })
}

func (d presses) Expire(tell func(device.Event)) {
	d.tally(tell, func() { d.Flush(press(tell)) })
}

func (d presses) Patience() time.Duration {
	if d.Pending() {
		return sequenceWait
	}
	return 0
}

// tally runs work and tells once how many bytes in it meant nothing.
func (d presses) tally(tell func(device.Event), work func()) {
	before := d.Unknown()
	work()
	if n := d.Unknown() - before; n > 0 {
		tell(device.Event{Kind: device.Misread, Err: fmt.Errorf("%d bytes not in the key map", n)})
	}
}

func press(tell func(device.Event)) func(device.Key) {
	return func(key device.Key) { tell(device.Event{Kind: device.KeyPressed, Key: key}) }
}
