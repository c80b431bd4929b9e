package pages

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// errManagerPIN says that the PIN of the manager who asked is another.
var errManagerPIN = errors.New("not the manager's PIN")

// byManager does what changes who works here once the manager put her own PIN to it:
// a page that was left open changes nothing. The diary has who did what to whom.
func (p *Pages) byManager(r *http.Request, manager, what, operator string, do func() error) error {
	keyed, err := pin.Parse(r.PostFormValue("manager_pin"))
	if err != nil {
		return errManagerPIN
	}
	if _, err := p.Staff.Check(time.Now(), manager, keyed); err != nil {
		p.tellTry(manager, err)
		if errors.Is(err, staff.ErrWrongPIN) {
			return errManagerPIN
		}
		return err
	}
	if err := do(); err != nil {
		return err
	}
	p.Noted(what, manager, operator)
	return nil
}

// tellTry has the diary say whose PIN was keyed wrong, or too often. An id that is
// nobody's may be what somebody took for the field of the PIN: it is not told.
func (p *Pages) tellTry(operator string, err error) {
	if _, known := p.Staff.Operator(operator); !known {
		operator = ""
	}
	switch _, many := errors.AsType[*pin.TooManyTries](err); {
	case many:
		p.Noted("too many wrong PINs: operator has to wait", operator, operator)
	case errors.Is(err, staff.ErrWrongPIN):
		p.Noted("wrong operator or PIN", operator, operator)
	}
}

// staffSentence is why who works here was not changed.
func (p *Pages) staffSentence(r *http.Request, err error) string {
	if errors.Is(err, errManagerPIN) {
		return p.sentence(r, staff.ErrWrongPIN)
	}
	return err.Error()
}
