package sim

import (
	"context"
	"sync"
	"time"
)

// Chunk is what one read from the program gave.
type Chunk struct {
	At    time.Time // after the read
	Bytes []byte
}

// maxChunks bounds a record; beyond it the oldest are forgotten.
const maxChunks = 4096

// record keeps the raw bytes a device received, and who waits for what.
type record struct {
	mu      sync.Mutex
	chunks  []Chunk
	waiters map[*waiter]struct{}
}

type waiter struct {
	holds func() bool
	done  chan struct{}
}

// take records p, lets interpret act on it, and frees the waiters it satisfies.
func (r *record) take(p []byte, interpret func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.chunks) == maxChunks {
		r.chunks = append(r.chunks[:0], r.chunks[maxChunks/2:]...)
	}
	r.chunks = append(r.chunks, Chunk{At: time.Now(), Bytes: append([]byte(nil), p...)})
	r.act(interpret)
}

// act lets change change what the device shows and frees the waiters it
// satisfies. The record is locked.
func (r *record) act(change func()) {
	change()
	for w := range r.waiters {
		if w.holds() {
			close(w.done)
			delete(r.waiters, w)
		}
	}
}

// wait returns nil once holds, called with the record locked now and after each
// chunk, returns true; a state that lasts no longer than a chunk is not missed.
func (r *record) wait(ctx context.Context, holds func() bool) error {
	w := &waiter{holds: holds, done: make(chan struct{})}
	r.mu.Lock()
	if holds() {
		r.mu.Unlock()
		return nil
	}
	if r.waiters == nil {
		r.waiters = make(map[*waiter]struct{})
	}
	r.waiters[w] = struct{}{}
	r.mu.Unlock()

	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.waiters, w)
	return context.Cause(ctx)
}

// Log returns the bytes received and when, oldest first, of the last 4096 reads.
func (r *record) Log() []Chunk {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Chunk(nil), r.chunks...)
}
