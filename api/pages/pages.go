// Package pages is what people see of a till in a browser on the same machine:
// Checkout for the cashier, which shows and drives the one conversation of keypad
// and display, and Store for the manager. What a sale means is checkout's; what is
// told here is no more than what those tell.
//
// No page needs the internet, and none has a script or style in it.
package pages

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/internal/page"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

//go:embed text
var textFiles embed.FS

// texts are what the pages say.
var texts = func() *page.Texts {
	files, err := fs.Sub(textFiles, "text")
	if err != nil {
		panic(err) // it is embedded
	}
	all, err := page.LoadTexts(files)
	if err != nil {
		panic(err) // it is embedded
	}
	return all
}()

// Office gives what managers look at beside what a screen of the counter shows.
type Office interface {
	// Day is the report of a business day: a date, today or yesterday.
	Day(ctx context.Context, day string) (report.Day, error)
	// Sync exchanges with headquarters now.
	Sync(ctx context.Context) error
}

// Pages serves them. Its fields are set before first use.
type Pages struct {
	*screen.Screens
	Office Office
	// Failed is called with what a page tells only a sentence of.
	Failed func(error)
	// Noted is called with what the diary is to say of who works here: by whom, and of
	// whom; empty is nobody who is known.
	Noted func(what, by, of string)

	mux      *http.ServeMux
	visitors visitors
}

// Open makes the pages ready to serve.
func (p *Pages) Open() *Pages {
	p.visitors.open(p.Till.Terminal)
	p.visitors.pinOf = p.pinOf
	p.mux = http.NewServeMux()
	p.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, checkoutPath, http.StatusSeeOther) })
	p.routeLogin()
	p.routeCheckout()
	p.routeStore()
	return p
}

const (
	checkoutPath = "/checkout"
	storePath    = "/store"
	loginPath    = "/login"
)

// Methods are those that the path of a request takes; none where it is no page's.
func (p *Pages) Methods(r *http.Request) []string { return page.Methods(p.mux, r, "") }

// crossOrigin refuses what a page of another origin asks to be changed.
var crossOrigin = http.NewCrossOriginProtection()

// ServeHTTP implements http.Handler. The caller has made sure that who asks is at
// this machine, under a name of its own, and that it is a page's.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := crossOrigin.Check(r); err != nil {
		http.Error(w, "this is no page of the till's", http.StatusForbidden)
		return
	}
	if asked := r.URL.Query().Get("lang"); asked != "" && r.Method == http.MethodGet {
		p.speak(w, r, asked)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	p.mux.ServeHTTP(w, r)
}

const langCookie = "loyaltyd-lang"

// speak keeps the language that was chosen, and shows the page in it.
func (p *Pages) speak(w http.ResponseWriter, r *http.Request, lang string) {
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: texts.In(lang).Lang, Path: "/", MaxAge: int((10 * 365 * 24 * time.Hour).Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
}

func wordsFor(r *http.Request) page.Words {
	chosen := ""
	if cookie, err := r.Cookie(langCookie); err == nil {
		chosen = cookie.Value
	}
	return texts.In(chosen, r.Header.Get("Accept-Language"))
}

// now is the time in the store's zone.
func (p *Pages) now() time.Time { return time.Now().In(p.Till.Zone) }

// today is the business day of now.
func (p *Pages) today() ledger.Date { return p.Till.Today(time.Now()) }
