package pages

import (
	"net/http"
	"strconv"
	"time"
)

// freshFor is how old what is asked for may be. A page gives a till up a little later
// (defaultTimeout in html/parts.html), so that what it gave up is never done.
const freshFor = 1500 * time.Millisecond

// fresh are handlers that do nothing that was asked for too long ago: a till that
// hung, or slept, would do what nobody waits for any more. When it was asked a page
// says by the same clock, for it is on the same machine.
func (p *Pages) fresh(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		at, err := strconv.ParseInt(r.PostFormValue("at"), 10, 64)
		if err == nil && time.Since(time.UnixMilli(at)) > freshFor {
			p.showCounter(w, r, p.Now(r.Context()), nil)
			return
		}
		serve(w, r)
	}
}
