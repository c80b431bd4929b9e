package hq

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// roll is where listeners are looked up. All tills of a store ask at one instant: those
// that come while others are looked up share the next look, so that they take one
// connection of those that batches need, and not fifty. Nobody is answered by a look
// that began before it asked.
type roll struct {
	view    func(context.Context, func(*database.Tx) error) error
	looking chan struct{} // held by whoever looks
	mu      sync.Mutex
	next    *look // nil where nobody waits for one
}

// look is one query for all who wait for it.
type look struct {
	of    map[ledger.TerminalID]bool
	once  sync.Once
	found map[ledger.TerminalID]records.Listener
	err   error
}

// errNotLooked is for whoever shares a look that came to no end: a panic.
var errNotLooked = errors.New("the terminal was not looked up: ask again")

func newRoll(view func(context.Context, func(*database.Tx) error) error) roll {
	return roll{view: view, looking: make(chan struct{}, 1)}
}

// find returns what the feed asks of a terminal, or records.ErrNotFound.
func (r *roll) find(ctx context.Context, id ledger.TerminalID) (records.Listener, error) {
	l := r.join(id)
	select {
	case r.looking <- struct{}{}:
	case <-ctx.Done():
		return records.Listener{}, fmt.Errorf("read terminal: %w", ctx.Err())
	}
	defer func() { <-r.looking }()
	l.once.Do(func() {
		r.close()
		l.err = errNotLooked
		// Others wait for it, whether or not the first of them leaves.
		l.err = r.view(context.WithoutCancel(ctx), func(tx *database.Tx) (err error) {
			l.found, err = records.ReadListeners(tx, slices.Collect(maps.Keys(l.of)))
			return err
		})
	})
	if l.err != nil {
		return records.Listener{}, l.err
	}
	t, known := l.found[id]
	if !known {
		return t, fmt.Errorf("terminal %s: %w", id, records.ErrNotFound)
	}
	return t, nil
}

// join puts a terminal among those that the next look is for.
func (r *roll) join(id ledger.TerminalID) *look {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next = &look{of: map[ledger.TerminalID]bool{}}
	}
	r.next.of[id] = true
	return r.next
}

// close begins the look: who asks from now on waits for the one after it.
func (r *roll) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next = nil
}
