package api

import (
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/connections"
)

// mostConnections is how many connections are served at once. A POS has one or
// a few; whoever opens more keeps others out no longer than the timeouts say.
const mostConnections = 128

// Limited returns an HTTP server for a handler that a slow or greedy caller
// cannot hold up: everything has its time, and connections their number.
func Limited(handler http.Handler) *http.Server {
	one := new(http.Protocols) // a call at a time: what bounds connections bounds calls
	one.SetHTTP1(true)
	server := &http.Server{
		Protocols: one,
		Handler:   handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	connections.AtMost(mostConnections, server)
	return server
}
