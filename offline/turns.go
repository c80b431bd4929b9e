package offline

import "sync"

// turns is the writer's lock. Whoever just had it does not get it again before one who
// waits: of a sync.Mutex he does, and a sale waited for two parts of what the feed
// settles where one was under way.
type turns struct {
	next sync.Mutex // held by the one whose turn is next; all others wait for it
	one  sync.Mutex
}

// Lock waits for its turn.
func (t *turns) Lock() {
	t.next.Lock()
	t.one.Lock()
	t.next.Unlock()
}

// Unlock ends the turn.
func (t *turns) Unlock() { t.one.Unlock() }
