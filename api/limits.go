package api

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// mostConnections is how many connections are served at once. A POS has one or
// a few; whoever opens more keeps others out no longer than the timeouts say.
const mostConnections = 128

// Limited returns an HTTP server for a handler that a slow or greedy caller
// cannot hold up: everything has its time, and connections their number.
func Limited(handler http.Handler) *http.Server {
	c := &connections{waiting: map[net.Conn]uint64{}}
	one := new(http.Protocols) // a call at a time: what bounds connections bounds calls
	one.SetHTTP1(true)
	return &http.Server{
		Protocols: one,
		Handler:   c.serving(handler), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ConnState: c.changed, ConnContext: withConnection,
	}
}

// connections are those a server has open.
type connections struct {
	mu    sync.Mutex
	turns uint64
	// waiting has since which turn each waits for a request, its header whole; 0
	// where one is served.
	waiting map[net.Conn]uint64
}

type connectionKey struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// serving notes which connections wait no more: those whose header has come.
func (c *connections) serving(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if conn, ok := r.Context().Value(connectionKey{}).(net.Conn); ok {
			c.note(conn, 0)
		}
		handler.ServeHTTP(w, r)
	})
}

func (c *connections) note(conn net.Conn, turn uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, open := c.waiting[conn]; open {
		c.waiting[conn] = turn
	}
}

// changed closes the one that has waited longest, for its first request or for
// another, where a new one is too many; where all are at work, the new one.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.waiting, conn)
	case http.StateNew:
		if len(c.waiting) >= mostConnections && !c.makeRoom() {
			_ = conn.Close() // its server learns of it by reading
			return
		}
		c.turns++
		c.waiting[conn] = c.turns
	case http.StateActive, http.StateIdle:
		if _, open := c.waiting[conn]; open { // it was not closed meanwhile
			c.turns++
			c.waiting[conn] = c.turns
		}
	}
}

// makeRoom closes the connection that has waited longest; false where none waits.
func (c *connections) makeRoom() bool {
	var longest net.Conn
	for conn, turn := range c.waiting {
		if turn > 0 && (longest == nil || turn < c.waiting[longest]) {
			longest = conn
		}
	}
	if longest == nil {
		return false
	}
	delete(c.waiting, longest)
	_ = longest.Close() // its server learns of it by reading
	return true
}
