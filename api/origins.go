package api

import (
	"net/http"
	"slices"
	"strings"
)

// preflightStays is for how many seconds a browser need not ask again.
const preflightStays = "600"

// crossOrigin lets pages of the allowed origins call (Fetch §3.2, Private Network
// Access): it answers what a browser asks before it lets them, and says of each
// answer that they may read it. A page of another origin gets neither, and guard
// refuses what it sends all the same.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		if origin == "" {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Add("Vary", "Origin")
		if s.allowed(origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
		}
		if isPreflight(r) && s.allowed(origin) && s.knownHost(r.Host) {
			preflight(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) allowed(origin string) bool { return slices.Contains(s.Origins, origin) }

func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
}

// preflight allows what any call needs. A page from the internet asks for the
// private network too: this till is in it.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", strings.Join([]string{"Authorization", "Content-Type", "Last-Event-ID", budgetHeader}, ", "))
	h.Set("Access-Control-Max-Age", preflightStays)
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}
