package pages

import (
	"net/http"
	"slices"
	"strings"
)

// missingPage is what stands at an address without a page.
type missingPage struct {
	frame
	Hint string // the text that says what is there instead
}

var missingTemplate = parsed("missing")

// Missing shows where the pages are, at an address that takes other methods than the
// one it was asked with, or none.
func (p *Pages) Missing(w http.ResponseWriter, r *http.Request, methods []string) {
	name, status := "missing", http.StatusNotFound
	hint := "missing_hint"
	if len(methods) > 0 {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		name, status = "otherwise", http.StatusMethodNotAllowed
		hint = "otherwise_sent"
		if slices.Contains(methods, http.MethodGet) {
			hint = "otherwise_looked"
		}
	}
	out := missingPage{frame: p.frame(r, name, ""), Hint: hint}
	out.Path = checkoutPath // another address may lead anywhere
	p.show(w, missingTemplate, status, out.frame, out)
}
