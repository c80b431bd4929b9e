package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// operatorsPage is who works here.
type operatorsPage struct {
	storeFrame
	Me        string // the id of who looks
	Operators []operatorLine
	New       staff.Operator // as it was keyed, where it was not taken
}

type operatorLine struct {
	staff.Operator
	OnDuty bool
	Wait   int // seconds until her PIN is tried again; 0 as a rule
}

var operatorsTemplate = parsed("operators")

func (p *Pages) routeOperators() {
	p.mux.HandleFunc("GET "+storePath+"/operators", p.managers(func(w http.ResponseWriter, r *http.Request, manager string) {
		p.showOperators(w, r, manager, staff.Operator{}, "")
	}))
	p.mux.HandleFunc("POST "+storePath+"/operators", p.managers(p.addOperator))
	p.mux.HandleFunc("POST "+storePath+"/operators/{id}/pin", p.managers(p.newPIN))
	p.mux.HandleFunc("POST "+storePath+"/operators/{id}/remove", p.managers(p.removeOperator))
}

func (p *Pages) showOperators(w http.ResponseWriter, r *http.Request, manager string, asked staff.Operator, problem string) {
	out := operatorsPage{storeFrame: p.storeFrame(r, "operators", manager), Me: manager, New: asked}
	out.Problem = problem
	for _, o := range p.Staff.All() {
		wait := p.Staff.Wait(time.Now(), o.ID)
		out.Operators = append(out.Operators, operatorLine{o, p.Staff.OnDuty() == o.ID, int(wait.Round(time.Second).Seconds())})
	}
	status := http.StatusOK
	if problem != "" {
		status = http.StatusUnprocessableEntity
	}
	p.show(w, operatorsTemplate, status, out.frame, out)
}

func (p *Pages) addOperator(w http.ResponseWriter, r *http.Request, manager string) {
	o := staff.Operator{ID: r.PostFormValue("id"), Name: r.PostFormValue("name"), Role: staff.Role(r.PostFormValue("role"))}
	err := p.byManager(r, manager, "operator added", o.ID, func() error {
		keyed, err := pin.Parse(r.PostFormValue("pin"))
		if err != nil {
			return err
		}
		return p.Staff.Add(o, keyed)
	})
	if err != nil {
		p.showOperators(w, r, manager, o, p.staffSentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/operators?done=operator", http.StatusSeeOther)
}

func (p *Pages) newPIN(w http.ResponseWriter, r *http.Request, manager string) {
	id := r.PathValue("id")
	err := p.byManager(r, manager, "operator's PIN set", id, func() error {
		keyed, err := pin.Parse(r.PostFormValue("pin"))
		if err != nil {
			return err
		}
		return p.Staff.SetPIN(id, keyed)
	})
	if err != nil {
		p.showOperators(w, r, manager, staff.Operator{}, p.staffSentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/operators?done=pin", http.StatusSeeOther)
}

var errMyself = errors.New("you are signed on as this operator: another manager must remove her")

func (p *Pages) removeOperator(w http.ResponseWriter, r *http.Request, manager string) {
	id := r.PathValue("id")
	err := errMyself
	if id != manager {
		err = p.byManager(r, manager, "operator removed", id, func() error { return p.Staff.Remove(id) })
	}
	if err != nil {
		p.showOperators(w, r, manager, staff.Operator{}, p.staffSentence(r, err))
		return
	}
	http.Redirect(w, r, storePath+"/operators?done=removed", http.StatusSeeOther)
}
