package api

import (
	"net/http"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/page"
)

// elsewhere is the pattern of what is no call.
const elsewhere = "/"

// strayed answers what is no call: where its path is one's, or a page's, it says which
// methods that takes.
func (s *Server) strayed(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		methods := page.Methods(mux, r, elsewhere)
		if s.Pages != nil {
			methods = append(methods, s.Pages.Methods(r)...)
		}
		if len(methods) == 0 {
			problem(noSuchCall, "").write(w)
			return
		}
		w.Header().Set("Allow", strings.Join(methods, ", "))
		problem(wrongMethod, "").write(w)
	}
}

// astray reports whether somebody in a browser is at an address that is no call.
func astray(mux *http.ServeMux, r *http.Request) bool {
	_, pattern := mux.Handler(r)
	return pattern == elsewhere && strings.Contains(r.Header.Get("Accept"), "text/html")
}
