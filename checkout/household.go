package checkout

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Household names an account that somebody is added to, by somebody who is in it.
// She has shown that she is here, or a manager lets it be: a typed number adds
// nobody to anything.
type Household struct {
	Who      Who
	Approval *staff.Approval // nil where nobody keyed a PIN
}

// ErrOtherAccount says that a number has an account of its own: two accounts are
// not made one at a till.
var ErrOtherAccount = errors.New("this number has an account of its own")

// admit says whose account a newcomer joins, if she joins one, and by whose word.
// Its errors are loyalty.ErrUnknownMember, *TooManyLookups, and *ApprovalNeeded
// where neither card nor PIN was shown, with those of Staff.
func (t *Till) admit(ctx context.Context, now time.Time, j Joining, her *newcomer) error {
	if j.Household == nil {
		return nil
	}
	in := j.Household
	member, err := t.known(ctx, now, &in.Who, j.Operator)
	if err != nil {
		return err
	}
	if member.Account.IsZero() || member.Introduced {
		return loyalty.ErrUnknownMember
	}
	her.joins, her.proof = member.Account, in.Who.Proof
	if in.Who.Proof.Meets(ledger.Presented) {
		return nil
	}
	her.approver, err = ByManager(t.Staff, now, in.Approval)
	return err
}

// ByManager returns the manager who approved what only one may; its errors are
// *ApprovalNeeded and those of Staff.
func ByManager(s Staff, now time.Time, with *staff.Approval) (manager string, err error) {
	who, err := approve(s, now, ApprovalNeeded{Manager: true}, with)
	return who.ID, err
}
