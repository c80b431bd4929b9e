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

// quiet is how long a line is silent after noise before its bytes are keys
// again: less than a hand takes to begin anew.
const quiet = 200 * time.Millisecond

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
	return &Keypad{device.Input{Name: name, Port: port, Decoder: &presses{Decoder: decoder}, Events: events}}, nil
}

// Run reads keys until ctx ends, and returns as the port's Run does. It is called
// once.
func (k *Keypad) Run(ctx context.Context) error {
	if err := k.input.Run(ctx); err != nil {
		return fmt.Errorf("keypad %q: %w", k.input.Name, err)
	}
	return nil
}

// presses is a decoder whose keys are events. Where a byte means nothing the
// bytes around it mean nothing either: noise has digits and an ENTER in it too.
type presses struct {
	*Decoder
	keys  []device.Key // of one read
	noisy bool         // until the line was quiet
}

var _ device.Decoder = (*presses)(nil)

func (d *presses) Decode(p []byte, tell func(device.Event)) {
	d.take(tell, func(emit func(device.Key)) { d.Decoder.Decode(p, emit) })
}

func (d *presses) Expire(tell func(device.Event)) {
	d.noisy = false
	d.take(tell, d.Flush)
}

func (d *presses) Patience() time.Duration {
	switch {
	case d.noisy:
		return quiet
	case d.Pending():
		return sequenceWait
	}
	return 0
}

func (d *presses) Reset() {
	d.Decoder.Reset()
	d.noisy = false
}

// take tells the keys that work gives, or once that there is noise.
func (d *presses) take(tell func(device.Event), work func(emit func(device.Key))) {
	before := d.Unknown()
	d.keys = d.keys[:0]
	work(func(key device.Key) { d.keys = append(d.keys, key) })
	unknown := d.Unknown() - before
	if unknown > 0 && !d.noisy {
		tell(device.Event{Kind: device.Misread, Err: fmt.Errorf("%d bytes not in the key map", unknown)})
	}
	if unknown > 0 || d.noisy {
		d.Reset()
		d.noisy = true
		return
	}
	for _, key := range d.keys {
		tell(device.Event{Kind: device.KeyPressed, Key: key})
	}
}
