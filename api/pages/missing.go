package pages

import (
	"net/http"
	"strings"
)

// missingPage is what stands at an address without a page.
type missingPage struct {
	frame
	Otherwise bool // something is there for what a form or a program sends
}

var missingTemplate = parsed("missing")

// missing shows where the pages are.
func (p *Pages) missing(w http.ResponseWriter, r *http.Request, methods []string) {
	out := missingPage{frame: p.frame(r, "missing", ""), Otherwise: len(methods) > 0}
	out.Path = checkoutPath // another address may lead anywhere
	status := http.StatusNotFound
	if out.Otherwise {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		status = http.StatusMethodNotAllowed
	}
	p.show(w, missingTemplate, status, out.frame, out)
}
