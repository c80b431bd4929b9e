package api

import (
	"net/http"
)

// Pages are what people see in a browser on this machine. They know who looks by
// a cookie of their own.
type Pages interface {
	http.Handler
	// Serves reports whether a path is a page's.
	Serves(path string) bool
	// Knows reports whether a browser is one that may look: then it may listen to
	// events too.
	Knows(r *http.Request) bool
}

// paged leads a browser on this machine to the pages, and everything else on.
func (s *Server) paged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.Pages == nil || !s.Pages.Serves(r.URL.Path):
			next.ServeHTTP(w, r)
		case !s.knownHost(r.Host):
			problem(unknownHost, "").write(w)
		case !fromLoopback(r):
			problem(notHere, "").write(w)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
			s.Pages.ServeHTTP(w, r)
		}
	})
}

// listens reports whether it is a page that asks for events: a browser sends no
// token with them.
func (s *Server) listens(r *http.Request) bool {
	if s.Pages == nil || r.Method != http.MethodGet || r.URL.Path != eventsPath || !fromLoopback(r) {
		return false
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return (site == "" || site == "same-origin") && s.Pages.Knows(r)
}
