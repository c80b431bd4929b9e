package ledger

import (
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"
)

// MaxReason is how many letters a reason may have.
const MaxReason = 200

// Adjustment says why a member's units were changed by hand. The entry names
// who did it and, beyond what she may do alone, who approved it.
type Adjustment struct {
	// ID is whatever the asker keeps through retries; empty where headquarters
	// made the entry.
	ID     string `json:"id,omitempty"`
	Reason string `json:"reason"`
}

// Key names what may be adjusted only once; empty where it has no id.
func (a *Adjustment) Key() string {
	if a.ID == "" {
		return ""
	}
	return "adjust:" + a.ID
}

// checkAdjust wants one posting, to a member or from her, and a reason.
func (e *Entry) checkAdjust() error {
	if _, ok := e.Subject.Account(); !ok || e.Adjust == nil {
		return errors.New("adjustment of nobody")
	}
	if len(e.Adjust.ID) > 64 {
		return errors.New("adjustment: an id has up to 64 characters")
	}
	if err := CheckReason(e.Adjust.Reason); err != nil {
		return fmt.Errorf("adjustment: %w", err)
	}
	if len(e.Postings) != 1 || e.Program == nil {
		return errors.New("adjustment: it is one posting under a program")
	}
	p := e.Postings[0]
	given, taken := p.From == Adjusted && p.To == Available, p.From == Available && p.To == Adjusted
	if !given && !taken {
		return fmt.Errorf("adjustment from %s to %s", p.From, p.To)
	}
	return nil
}

// CheckReason says whether a text is a reason: some letters, on one line.
func CheckReason(reason string) error {
	letter := false
	for _, r := range reason {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError {
			return errors.New("a reason is one line of text")
		}
		letter = letter || unicode.IsLetter(r)
	}
	if !letter || utf8.RuneCountInString(reason) > MaxReason {
		return fmt.Errorf("a reason has letters, up to %d", MaxReason)
	}
	return nil
}

// maxFlags bounds how many rules of conduct an entry can have met.
const maxFlags = 8

// Rules of conduct that an entry can have met, as its flags name them.
const (
	SameMember  = "same_member"  // one member on many sales of one operator
	OwnNumber   = "own_number"   // the operator herself is the member
	AfterTender = "after_tender" // the member was named once it was paid
	// UnknownOperator: the POS named an operator who is not known at the till, where
	// operators are.
	UnknownOperator = "unknown_operator"
)

func (e *Entry) checkConduct() error {
	if len(e.Flags) > maxFlags || len(e.Approver) > 32 {
		return fmt.Errorf("entry has %d flags, of at most %d, or an approver of more than 32 letters", len(e.Flags), maxFlags)
	}
	for _, flag := range e.Flags {
		if !isName(flag) {
			return fmt.Errorf("flag %q is no name", flag)
		}
	}
	return nil
}
