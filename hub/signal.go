package hub

import "sync"

// signal wakes whoever waits for something new; any number may wait.
type signal struct{ *signalState }

type signalState struct {
	mu   sync.Mutex
	next chan struct{}
}

func newSignal() signal { return signal{&signalState{next: make(chan struct{})}} }

// wait returns a channel that closes at the next raise. Take it before looking
// whether there is anything, so that nothing raised in between is missed.
func (s signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

func (s signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.next)
	s.next = make(chan struct{})
}
