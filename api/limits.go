package api

import (
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
	c := &connections{open: map[net.Conn]http.ConnState{}}
	one := new(http.Protocols) // a call at a time: what bounds connections bounds calls
	one.SetHTTP1(true)
	return &http.Server{
		Protocols: one,
		Handler:   handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ConnState: c.changed,
	}
}

// connections are those a server has open.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]http.ConnState
}

// changed closes one that does nothing where a new one is too many; where all
// are at work, the new one.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.open, conn)
		return
	}
	if state == http.StateNew && len(c.open) >= mostConnections {
		idle := c.idle()
		if idle == nil {
			idle = conn
		}
		delete(c.open, idle)
		_ = idle.Close() // its server learns of it by reading
		if idle == conn {
			return
		}
	}
	c.open[conn] = state
}

func (c *connections) idle() net.Conn {
	for conn, state := range c.open {
		if state == http.StateIdle {
			return conn
		}
	}
	return nil
}
