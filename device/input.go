package device

import (
	"context"
	"sync"
	"time"
)

// Decoder turns the bytes of an input device into events, which it hands to tell
// in their order. It holds no timer: its Input has one.
type Decoder interface {
	// Decode takes the next bytes.
	Decode(p []byte, tell func(Event))
	// Patience is how long what was decoded may wait for more before Expire
	// is called; 0 is for ever.
	Patience() time.Duration
	// Expire takes what waits as all that will come.
	Expire(tell func(Event))
	// Reset forgets what waits, as when the device was plugged in anew.
	Reset()
}

// Input runs an input device: what its port receives goes through its decoder
// and out as events that carry its name, Online and Offline among them.
type Input struct {
	Name    string
	Port    Port
	Decoder Decoder
	Events  chan<- Event // while it is full nothing more is read
}

// Run reads until ctx ends, and returns as the port's Run does. It is called once.
func (i *Input) Run(ctx context.Context) error {
	s := &inputSession{Input: i, ctx: ctx}
	s.timer = time.AfterFunc(time.Hour, s.expired)
	s.timer.Stop()
	defer s.end()
	return i.Port.Run(ctx, s)
}

// inputSession is an input that runs: what its port and its timer call.
type inputSession struct {
	*Input
	ctx   context.Context
	timer *time.Timer

	mu    sync.Mutex
	due   time.Time // when timer was last set to go off
	ended bool      // the timer must do nothing more
}

func (s *inputSession) Online() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Decoder.Reset()
	s.tell(Event{Kind: Online})
}

func (s *inputSession) Offline(err error, _ int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.Decoder.Reset()
	s.due = time.Time{}
	s.tell(Event{Kind: Offline, Err: err})
}

func (s *inputSession) Receive(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.Decoder.Decode(p, s.tell)
	s.rest()
}

// expired is called by the timer: nothing followed, unless it did while this
// call waited for the lock.
func (s *inputSession) expired() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended || s.due.IsZero() || time.Now().Before(s.due) {
		return
	}
	s.Decoder.Expire(s.tell)
	s.rest()
}

// rest sets the timer if anything waits.
func (s *inputSession) rest() {
	s.due = time.Time{}
	if patience := s.Decoder.Patience(); patience > 0 {
		s.due = time.Now().Add(patience)
		s.timer.Reset(patience)
	}
}

// end waits for a timer that is at work and keeps a later one from working.
func (s *inputSession) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timer.Stop()
	s.ended = true
}

func (s *inputSession) tell(e Event) {
	e.Device = s.Name
	Deliver(s.ctx, s.Events, e)
}
