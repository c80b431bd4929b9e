package pages

import (
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/report"
)

// sections of the manager's pages, in the order of their tabs.
var sections = []string{"today", "members", "operators", "devices", "sync", "reports"}

// storeFrame is what each of them has.
type storeFrame struct {
	frame
	Tabs    []string
	Problem string // a sentence of why something was not done; empty where nothing was wrong
	Done    string // id of a text that says what was done
}

func (p *Pages) storeFrame(r *http.Request, section, manager string) storeFrame {
	who := manager
	if o, ok := p.Staff.Operator(manager); ok {
		who = o.Name
	}
	f := storeFrame{frame: p.frame(r, section, who), Tabs: sections}
	// What was done stands in the address after a form, by its id; anything else
	// there is nobody's.
	if done := "done_" + r.URL.Query().Get("done"); f.Has(done) {
		f.Done = done
	}
	return f
}

func (p *Pages) routeStore() {
	p.mux.HandleFunc("GET "+storePath, p.managers(p.storeToday))
	p.routeMembers()
	p.routeOperators()
	p.mux.HandleFunc("GET "+storePath+"/devices", p.managers(p.storeDevices))
	p.mux.HandleFunc("GET "+storePath+"/sync", p.managers(p.storeSync))
	p.mux.HandleFunc("POST "+storePath+"/sync", p.managers(p.syncNow))
	p.routeReports()
}

var (
	todayTemplate   = parsed("today")
	devicesTemplate = parsed("devices")
	syncTemplate    = parsed("sync")
)

// todayPage is how the day goes.
type todayPage struct {
	storeFrame
	Report   report.Day
	Figures  figures
	Standing screen.Standing
	Badge    badgePart
	Sales    salesPart
}

func (p *Pages) storeToday(w http.ResponseWriter, r *http.Request, manager string) {
	out := todayPage{storeFrame: p.storeFrame(r, "today", manager)}
	var err error
	if out.Report, err = p.Office.Day(r.Context(), "today"); err != nil {
		p.fail(w, err)
		return
	}
	if out.Sales, err = p.salesPart(r.Context(), out.frame); err != nil {
		p.fail(w, err)
		return
	}
	out.Figures = p.figures(out.Report, readerOf(out.Words))
	out.Badge = badgePart{out.frame, p.Badge(r.Context())}
	p.show(w, todayTemplate, http.StatusOK, out.frame, out)
}

// standingPage is a page about how the till stands.
type standingPage struct {
	storeFrame
	screen.Standing
	clock func(time.Time) string
}

// At is a time as the page tells it; empty where there is none.
func (s standingPage) At(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return s.clock(at)
}

func (p *Pages) standingPage(r *http.Request, section, manager string) (standingPage, error) {
	standing, err := p.Journal.Standing(r.Context())
	return standingPage{p.storeFrame(r, section, manager), standing, p.Clock}, err
}

func (p *Pages) storeDevices(w http.ResponseWriter, r *http.Request, manager string) {
	out, err := p.standingPage(r, "devices", manager)
	if err != nil {
		p.fail(w, err)
		return
	}
	if r.Header.Get("HX-Request") != "" {
		p.showPart(w, devicesTemplate, "live", out)
		return
	}
	p.show(w, devicesTemplate, http.StatusOK, out.frame, out)
}

func (p *Pages) storeSync(w http.ResponseWriter, r *http.Request, manager string) {
	p.showSync(w, r, manager, nil)
}

func (p *Pages) showSync(w http.ResponseWriter, r *http.Request, manager string, problem error) {
	out, err := p.standingPage(r, "sync", manager)
	if err != nil {
		p.fail(w, err)
		return
	}
	if r.Header.Get("HX-Request") != "" {
		p.showPart(w, syncTemplate, "live", out)
		return
	}
	if problem != nil {
		out.Problem = problem.Error()
	}
	p.show(w, syncTemplate, http.StatusOK, out.frame, out)
}

func (p *Pages) syncNow(w http.ResponseWriter, r *http.Request, manager string) {
	if err := p.Office.Sync(r.Context()); err != nil {
		p.showSync(w, r, manager, err)
		return
	}
	http.Redirect(w, r, storePath+"/sync?done=sync", http.StatusSeeOther)
}
