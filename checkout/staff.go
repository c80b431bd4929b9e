package checkout

import (
	"errors"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Staff is who works at this till. Its methods may be called from several
// goroutines; those without an error wait for nothing.
type Staff interface {
	// Empty reports whether nobody is known: then anybody sells, under any name.
	Empty() bool
	// OnDuty is the id of who is signed on; empty where nobody is.
	OnDuty() string
	Operator(id string) (staff.Operator, bool)
	// Check returns the operator whose PIN it is. Its errors are
	// staff.ErrWrongPIN, *pin.TooManyTries, and those of the disk.
	Check(now time.Time, id string, keyed pin.PIN) (staff.Operator, error)
	// SignOn is Check that makes her the one on duty.
	SignOn(now time.Time, id string, keyed pin.PIN) (staff.Operator, error)
	SignOff() error
}

var (
	// ErrNotManager says that an operator who is no manager approved what only
	// a manager may.
	ErrNotManager = errors.New("this operator is no manager")
	// ErrOwnApproval says that a manager approved what she does for herself.
	ErrOwnApproval = errors.New("another manager must approve this: it is her own number")
)

// ApprovalNeeded says that something is not written before somebody puts her PIN
// to it.
type ApprovalNeeded struct {
	Manager bool     // a cashier's does not do
	Rules   []string // of conduct, that are met
	Nobody  bool     // no operator is known here who could
}

func (e *ApprovalNeeded) Error() string {
	text := "an operator must key her PIN"
	if e.Manager {
		text = "a manager must approve this"
	}
	if len(e.Rules) > 0 {
		text += ": " + strings.Join(e.Rules, ", ")
	}
	if e.Nobody {
		text += "; no operator has a PIN at this till"
	}
	return text
}

// onDuty is who is signed on, or who the till says it is.
func (t *Till) onDuty() string {
	if t.Staff != nil {
		if id := t.Staff.OnDuty(); id != "" {
			return id
		}
	}
	return t.Operator
}

// approve returns who approved what needs it.
func approve(s Staff, now time.Time, need ApprovalNeeded, with *staff.Approval) (staff.Operator, error) {
	if need.Nobody = s == nil || s.Empty(); need.Nobody || with == nil {
		return staff.Operator{}, &need
	}
	who, err := s.Check(now, with.Operator, with.PIN)
	if err == nil && need.Manager && who.Role != staff.Manager {
		err = ErrNotManager
	}
	return who, err
}
