// Package connections bounds how many connections an HTTP server serves at once, so
// that who opens many and says nothing keeps others out no longer than the server's
// timeouts say, and takes no more memory than that many.
package connections

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// AtMost has a server serve so many connections at most. Where one more comes, the one
// that has waited longest for a request gives way to it; where all are at work, it is
// the new one. It comes before the server serves.
func AtMost(most int, server *http.Server) {
	c := &connections{most: most, waiting: map[net.Conn]uint64{}}
	server.Handler = c.serving(server.Handler)
	server.ConnState, server.ConnContext = c.changed, withConnection
}

// connections are those a server has open.
type connections struct {
	most int

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
		if len(c.waiting) >= c.most && !c.makeRoom() {
			end(conn)
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
	end(longest)
	return true
}

// end closes a connection, of which its server learns by reading. It waits for nobody, as
// TLS does to say goodbye.
func end(conn net.Conn) {
	if secured, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secured.NetConn()
	}
	_ = conn.Close()
}
