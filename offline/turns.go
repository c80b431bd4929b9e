package offline

import "sync"

// turns is the writer's lock: who waits has it in the order in which they came. Of a
// sync.Mutex whoever just had it has it again before one who waits, and a sale waited for
// two parts of what the feed settles where one was under way.
type turns struct {
	mu      sync.Mutex
	held    bool
	waiting []chan struct{} // each closed when its turn begins
}

// Lock waits for its turn.
func (t *turns) Lock() {
	t.mu.Lock()
	if !t.held {
		t.held = true
		t.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	t.waiting = append(t.waiting, turn)
	t.mu.Unlock()
	<-turn
}

// Unlock ends the turn, and begins that of the first who waits.
func (t *turns) Unlock() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.held, t.waiting = false, nil
		return
	}
	close(t.waiting[0])
	t.waiting = t.waiting[1:]
}
