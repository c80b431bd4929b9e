// Package keypad reads a plain serial keypad: which bytes are which key, and
// keys as events the moment their bytes arrive. What the keys mean together is
// left to the checkout.
package keypad

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/device"
)

// sequenceWait is how long bytes that may begin a longer sequence wait for the
// rest. Only a map with such sequences ever waits.
const sequenceWait = 50 * time.Millisecond

// Keypad is the driver of one keypad.
type Keypad struct {
	name   string
	port   device.Port
	events chan<- device.Event

	mu      sync.Mutex // the timer decodes too
	decoder *Decoder
}

// New returns the driver of the keypad at port, which it alone uses. Its events
// carry name and go to events, which should be buffered; while events is full no
// more keys are read.
func New(name string, port device.Port, keys Map, events chan<- device.Event) (*Keypad, error) {
	decoder, err := NewDecoder(keys)
	if err != nil {
		return nil, fmt.Errorf("keypad %q: %w", name, err)
	}
	return &Keypad{name: name, port: port, events: events, decoder: decoder}, nil
}

// Run reads keys until ctx ends, and returns as the port's Run does. It is called
// once.
func (k *Keypad) Run(ctx context.Context) error {
	s := &session{Keypad: k, ctx: ctx}
	s.timer = time.AfterFunc(sequenceWait, s.expired)
	s.timer.Stop()
	err := k.port.Run(ctx, s)
	s.stop()
	if err != nil {
		return fmt.Errorf("keypad %q: %w", k.name, err)
	}
	return nil
}

// session is a keypad that runs: what its port calls.
type session struct {
	*Keypad
	ctx   context.Context
	timer *time.Timer
	due   time.Time // when timer was last set to go off
	ended bool      // the timer must do nothing more
}

func (s *session) Online() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decoder.Reset()
	s.tell(device.Event{Kind: device.Online})
}

func (s *session) Offline(err error, _ int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.decoder.Reset()
	s.tell(device.Event{Kind: device.Offline, Err: err})
}

func (s *session) Receive(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.decode(func() { s.decoder.Decode(p, s.press) })
	if s.decoder.Pending() {
		s.due = time.Now().Add(sequenceWait)
		s.timer.Reset(sequenceWait)
	}
}

// expired is called by the timer: nothing followed, unless it did while this
// call waited for the lock.
func (s *session) expired() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || time.Now().Before(s.due) {
		return
	}
	s.decode(func() { s.decoder.Flush(s.press) })
}

// stop waits for a timer that is at work and keeps a later one from working.
func (s *session) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.ended = true
}

// decode runs work and tells once how many bytes in it meant nothing.
func (s *session) decode(work func()) {
	before := s.decoder.Unknown()
	work()
	if n := s.decoder.Unknown() - before; n > 0 {
		s.tell(device.Event{Kind: device.Misread, Err: fmt.Errorf("%d bytes not in the key map", n)})
	}
}

func (s *session) press(key device.Key) {
	s.tell(device.Event{Kind: device.KeyPressed, Key: key})
}

func (s *session) tell(e device.Event) {
	e.Device = s.name
	device.Deliver(s.ctx, s.events, e)
}
