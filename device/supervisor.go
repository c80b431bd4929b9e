package device

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

var (
	// ErrBusy answers a Link's Close when a call does not return in time.
	ErrBusy = errors.New("device is still inside a call")
	// errStuck says that the device has taken no byte for the write timeout.
	errStuck = errors.New("device does not take what is written")
)

const (
	// queuePieces and maxPiece bound what waits for the device; a long receipt in letters
	// has some 4 KiB.
	queuePieces = 32
	maxPiece    = 256 << 10
	// writeGrace is how long a closing link lets the current chunk go out before
	// it throws it away.
	writeGrace = 250 * time.Millisecond
	// closeGrace is how long it then waits for calls to return.
	closeGrace = time.Second
)

// Link is a device that is open now, once: when it is lost, another is opened. It
// has one reader and one writer, and the rest may be called beside them.
type Link interface {
	// Read returns at least one byte, or 0 and nil now and then; an error means
	// that the device is lost.
	Read(p []byte) (int, error)
	// Write returns when the system has taken all of p, which may be never.
	Write(p []byte) error
	// Release frees a Write that stands still, at the price of what the system
	// has taken and not sent.
	Release()
	// Close lets no call begin, makes those that run return, and closes the
	// device after them. It waits up to grace for that; after ErrBusy the last
	// of them closes it.
	Close(grace time.Duration) error
}

// Supervisor keeps one device open: it opens it, serves it until it is lost,
// closes it, and opens it again after waits that grow. Every Port is one. Set
// the fields before Run.
type Supervisor struct {
	Name string // of the device in errors
	// Open opens the device. A device that is away is an error too.
	Open func(ctx context.Context) (Link, error)
	// WriteTimeout is how long one Write of the link may stand still before the
	// device counts as lost.
	WriteTimeout time.Duration
	// Chunk is the most that is written at once, in bytes: a stall is noticed
	// within one chunk, and the rest is never begun.
	Chunk int

	mu     sync.Mutex
	online bool
	queue  chan []byte // made by Run
	unsent int         // pieces taken and not yet written whole
}

// Run is Port's Run, and returns nothing but after ctx ended.
//
// A call the system never finishes cannot be called back. Then Run still returns
// when ctx ends, leaving that goroutine and its open file behind, and until then
// does not open the device a second time. It takes more than a device that
// stands still, for that Release is there.
func (s *Supervisor) Run(ctx context.Context, h Handler) {
	s.mu.Lock()
	s.queue = make(chan []byte, queuePieces)
	s.mu.Unlock()

	var wait backoff
	told := false // that the device is offline
	for ctx.Err() == nil {
		link, err := s.Open(ctx)
		if err == nil {
			began := time.Now()
			s.session(ctx, link, h)
			wait.ended(time.Since(began))
			told = true
		} else if ctx.Err() == nil && wait.lags(err, time.Now()) {
			endsWithin(minWait, ctx.Done())
			continue
		} else if ctx.Err() == nil && !told {
			h.Offline(err, 0)
			told = true
		}
		endsWithin(wait.next(), ctx.Done())
	}
}

// session serves an open link until it is lost or ctx ends, which is how a
// pulled plug and our own closing are told apart: both may give the same error.
func (s *Supervisor) session(owner context.Context, link Link, h Handler) {
	ctx, lose := context.WithCancelCause(owner)
	defer lose(nil)
	s.setOnline()
	h.Online()

	w := writer{link: link, timeout: s.WriteTimeout, chunk: s.Chunk, lose: lose, sent: s.sent}
	read, written := make(chan struct{}), make(chan struct{})
	go func() { defer close(read); lose(receive(ctx, link, h)) }()
	go func() { defer close(written); lose(w.run(ctx, s.queue)) }()
	<-ctx.Done()

	err := context.Cause(ctx)
	unsent := s.setOffline()
	if !endsWithin(writeGrace, written) {
		link.Release()
	}
	closeErr := link.Close(closeGrace)
	if closeErr != nil {
		err = fmt.Errorf("%w, and closing it: %w", err, closeErr)
	}
	if !errors.Is(closeErr, ErrBusy) {
		<-read
		<-written
	}
	if owner.Err() == nil {
		h.Offline(fmt.Errorf("%s: %w", s.Name, err), unsent)
	}
	for _, call := range []<-chan struct{}{read, written} {
		select {
		case <-call:
		case <-owner.Done():
		}
	}
}

// receive hands what arrives to h until ctx ends or the link is lost.
func receive(ctx context.Context, link Link, h Handler) error {
	buf := make([]byte, 256)
	for ctx.Err() == nil {
		n, err := link.Read(buf)
		if n > 0 && ctx.Err() == nil {
			h.Receive(buf[:n])
			// Who was woken by it runs first: the next read blocks in the
			// system, and would keep the processor from them meanwhile.
			runtime.Gosched()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Write is Port's Write.
func (s *Supervisor) Write(b []byte) error {
	if len(b) > maxPiece {
		return ErrTooLarge
	}
	piece := append([]byte(nil), b...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.online {
		return ErrOffline
	}
	select {
	case s.queue <- piece:
		s.unsent++
		return nil
	default:
		return ErrFull
	}
}

func (s *Supervisor) setOnline() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online = true
}

// setOffline refuses further writes, empties the queue and returns how many
// pieces had been taken and not written whole.
func (s *Supervisor) setOffline() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.online = false
	for {
		select {
		case <-s.queue:
		default:
			unsent := s.unsent
			s.unsent = 0
			return unsent
		}
	}
}

// sent is called when a piece was written whole. Once offline, setOffline has
// counted it already.
func (s *Supervisor) sent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.online {
		s.unsent--
	}
}

// endsWithin waits for done, but not longer than d, and returns whether it came.
func endsWithin(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
