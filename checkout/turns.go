package checkout

import "sync"

// turns lets those who come with one key through one at a time, and does not
// hold up those with others.
type turns struct {
	mu   sync.Mutex
	busy map[string]*turn
}

type turn struct {
	mu    sync.Mutex
	users int // who has it or waits for it
}

// take waits for the key's turn; done ends it.
func (t *turns) take(key string) (done func()) {
	t.mu.Lock()
	if t.busy == nil {
		t.busy = map[string]*turn{}
	}
	own := t.busy[key]
	if own == nil {
		own = &turn{}
		t.busy[key] = own
	}
	own.users++
	t.mu.Unlock()
	own.mu.Lock()
	return func() {
		own.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if own.users--; own.users == 0 {
			delete(t.busy, key)
		}
	}
}
