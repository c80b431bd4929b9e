package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/page"
)

// elsewhere is the pattern of what is no call.
const elsewhere = "/"

// strays are all patterns of what is no call: beside elsewhere what would be taken for
// the call that shows a member, as if a call's name were her account.
var strays = []string{elsewhere, "GET /v1/members/lookup", "GET /v1/members/adjust"}

// strayed answers what is no call: where its path is one's, or a page's, it says which
// methods that takes.
func (s *Server) strayed(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		methods := s.methods(mux, r)
		if len(methods) == 0 {
			problem(noSuchCall, "").write(w)
			return
		}
		w.Header().Set("Allow", strings.Join(methods, ", "))
		problem(wrongMethod, "").write(w)
	}
}

// methods are those that the path of a request takes, as a call's or a page's; none
// where it is neither.
func (s *Server) methods(mux *http.ServeMux, r *http.Request) []string {
	methods := page.Methods(mux, r, strays...)
	if s.Pages != nil {
		methods = append(methods, s.Pages.Methods(r)...)
	}
	return methods
}

// astray reports whether somebody in a browser is at an address that is no call.
func astray(mux *http.ServeMux, r *http.Request) bool {
	_, pattern := mux.Handler(r)
	return slices.Contains(strays, pattern) && strings.Contains(r.Header.Get("Accept"), "text/html")
}
