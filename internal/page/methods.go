package page

import (
	"net/http"
	"slices"
)

// Methods are those that a mux takes at the path of a request; none where it has no
// such path. rest are the patterns of what takes all that is left, which is nobody's.
func Methods(mux *http.ServeMux, r *http.Request, rest ...string) (methods []string) {
	asked := *r
	for _, asked.Method = range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, pattern := mux.Handler(&asked); !slices.Contains(rest, pattern) {
			methods = append(methods, asked.Method)
		}
	}
	return methods
}
