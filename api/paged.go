package api

import (
	"net/http"
	"slices"
)

// Pages are what people see in a browser on this machine. They know who looks by
// a cookie of their own.
type Pages interface {
	http.Handler
	// Missing shows a browser where the pages are, at an address that takes other methods
	// than it came with, or none.
	Missing(w http.ResponseWriter, r *http.Request, methods []string)
	// Methods are those that the path of a request takes; none where it is no page's.
	Methods(r *http.Request) []string
	// Knows reports whether a browser is one that may look: then it may listen to
	// events too.
	Knows(r *http.Request) bool
}

// paged leads a browser on this machine to the pages, with an address that is mistyped
// too, and everything else on.
func (s *Server) paged(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lost := s.Pages != nil && !slices.Contains(s.Pages.Methods(r), r.Method)
		switch {
		case s.Pages == nil || lost && !astray(mux, r):
			next.ServeHTTP(w, r)
		case !s.knownHost(r.Host):
			problem(unknownHost, "").write(w)
		case !fromLoopback(r):
			problem(notHere, "").write(w)
		case lost:
			s.Pages.Missing(w, r, s.methods(mux, r))
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
