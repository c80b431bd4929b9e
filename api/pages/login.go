package pages

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// loginPage asks who somebody is.
type loginPage struct {
	frame
	Next     string // where she is led then
	Manager  bool   // only a manager may go there
	Nobody   bool   // nobody works here, so nobody can sign on
	Operator string // as she keyed it
	Problem  string // id of a text; empty where there was none
	Wait     int    // seconds until the next try, where there were too many
}

var loginTemplate = parsed("login")

func (p *Pages) routeLogin() {
	p.mux.HandleFunc("GET "+loginPath, func(w http.ResponseWriter, r *http.Request) {
		p.showLogin(w, r, http.StatusOK, loginPage{Next: r.URL.Query().Get("next")})
	})
	p.mux.HandleFunc("POST "+loginPath, p.signOn)
	p.mux.HandleFunc("POST /logout", p.signOff)
}

func (p *Pages) showLogin(w http.ResponseWriter, r *http.Request, status int, l loginPage) {
	if l.Next != storePath {
		l.Next = checkoutPath
	}
	l.Manager = l.Next == storePath
	l.Nobody = !p.staffed()
	l.frame = p.frame(r, "login", "")
	p.show(w, loginTemplate, status, l.frame, l)
}

// signOn takes an operator's PIN. The cashier's page has her sign on at the till,
// as the keypad does; the manager's only asks who she is.
func (p *Pages) signOn(w http.ResponseWriter, r *http.Request) {
	l := loginPage{Next: r.PostFormValue("next"), Operator: r.PostFormValue("operator")}
	who, err := p.check(l.Next, l.Operator, r.PostFormValue("pin"))
	if err != nil && p.Staff != nil {
		p.tellTry(l.Operator, err)
	}
	tries, many := errors.AsType[*pin.TooManyTries](err)
	switch {
	case many:
		l.Problem, l.Wait = "login_wait", int(max(tries.Wait, time.Second).Seconds())
	case errors.Is(err, staff.ErrWrongPIN), errors.Is(err, pin.ErrForm):
		l.Problem = "login_wrong"
	case err != nil:
		p.Failed(err)
		l.Problem = "login_failed"
	case l.Next == storePath && who.Role != staff.Manager:
		l.Problem = "login_manager"
	default:
		p.visitors.dismiss(r)
		p.visitors.admit(w, r, time.Now(), who.ID, who.Role == staff.Manager)
		http.Redirect(w, r, l.led(), http.StatusSeeOther)
		return
	}
	status := http.StatusForbidden
	if many {
		status = http.StatusTooManyRequests
	}
	p.showLogin(w, r, status, l)
}

func (l loginPage) led() string {
	if l.Next == storePath {
		return storePath
	}
	return checkoutPath
}

func (p *Pages) check(next, operator, typed string) (staff.Operator, error) {
	keyed, err := pin.Parse(typed)
	if err != nil {
		return staff.Operator{}, err
	}
	switch {
	case p.Staff == nil:
		return staff.Operator{}, staff.ErrWrongPIN
	case next == storePath:
		return p.Staff.Check(time.Now(), operator, keyed)
	}
	return p.Staff.SignOn(time.Now(), operator, keyed)
}

// signOff lets whoever is signed on in this browser go, from the till too.
func (p *Pages) signOff(w http.ResponseWriter, r *http.Request) {
	operator, _, _ := p.visitors.known(r, time.Now(), false)
	p.visitors.dismiss(r)
	if operator != "" && p.Staff != nil && p.Staff.OnDuty() == operator {
		if err := p.Staff.SignOff(); err != nil {
			p.Failed(err)
		}
	}
	http.Redirect(w, r, loginPath, http.StatusSeeOther)
}

// lookers are handlers of what cashiers and managers see.
func (p *Pages) lookers(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !p.Knows(r) {
			p.ask(w, r, checkoutPath)
			return
		}
		serve(w, r)
	}
}

// cashiers are handlers for whoever uses the till; a stranger is asked who she is
// where operators work here, and else is welcome. What is sold stands under who is
// on duty, so nobody else uses it.
func (p *Pages) cashiers(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.sells(r) {
			serve(w, r)
			return
		}
		if !p.staffed() && r.Method == http.MethodGet && r.URL.Path == checkoutPath {
			p.visitors.admit(w, r, time.Now(), "", false)
			serve(w, r)
			return
		}
		p.ask(w, r, checkoutPath)
	}
}

// managers are handlers for managers, who are told who asks.
func (p *Pages) managers(serve func(w http.ResponseWriter, r *http.Request, manager string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		operator, manages, ok := p.visitors.known(r, time.Now(), true)
		who, works := staff.Operator{}, false
		if p.Staff != nil {
			who, works = p.Staff.Operator(operator)
		}
		if !ok || !manages || !works || who.Role != staff.Manager {
			p.ask(w, r, storePath)
			return
		}
		serve(w, r, operator)
	}
}

// ask leads to where one says who she is, and a part of a page with it.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request, next string) {
	to := loginPath + "?next=" + url.QueryEscape(next)
	if r.Header.Get("HX-Request") != "" {
		if !p.staffed() && next == checkoutPath {
			to = checkoutPath
		}
		w.Header().Set("HX-Redirect", to)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
