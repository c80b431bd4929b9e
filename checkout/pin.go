package checkout

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Proving is the till's own store as far as members' PINs need it.
type Proving interface {
	// HasPIN reports whether this till knows a PIN of a member's.
	HasPIN(ctx context.Context, account ledger.AccountID, member ledger.MemberID) (bool, error)
	// CheckPIN says whether a PIN is a member's: nil where it is, pin.ErrWrong where it
	// is another, pin.ErrNone where this till knows none, *pin.TooManyTries after too
	// many wrong ones. Each is counted durably before it is judged.
	CheckPIN(ctx context.Context, now time.Time, account ledger.AccountID, member ledger.MemberID, keyed pin.PIN) error
}

// PINRefused says that a member's PIN proves nothing; why is pin.ErrWrong, pin.ErrNone
// or a *pin.TooManyTries.
type PINRefused struct{ Why error }

func (e *PINRefused) Error() string { return "the member's PIN: " + e.Why.Error() }

// Unwrap gives why.
func (e *PINRefused) Unwrap() error { return e.Why }

// proven is how surely a member is here: as she is said to be, as far as that counts,
// or verified where her PIN was keyed too. Its errors are *PINRefused, ErrWhichMember and those of the disk.
func (t *Till) proven(ctx context.Context, now time.Time, member loyalty.Member, who Who) (ledger.Proof, error) {
	switch {
	case who.PIN.IsZero():
		return t.counts(now, member, who), nil
	case member.Account.IsZero():
		return "", &PINRefused{pin.ErrNone}
	case member.ID.IsZero():
		return "", ErrWhichMember
	}
	err := t.Store.CheckPIN(ctx, now, member.Account, member.ID, who.PIN)
	if errors.Is(err, pin.ErrWrong) || errors.Is(err, pin.ErrNone) || errors.As(err, new(*pin.TooManyTries)) {
		return "", &PINRefused{err}
	}
	if err == nil {
		t.SawProof(now, member)
	}
	return ledger.Verified, err
}

// NewPIN is a PIN that a member sets.
type NewPIN struct {
	Who      Who
	PIN      pin.PIN
	Operator string          // the till's where empty
	Approval *staff.Approval // of a manager, where an *ApprovalNeeded asked for it
}

// SetPIN gives a member a PIN, under an id the caller keeps through every retry. It holds
// here when it returns, and at the tills of her stores once headquarters has it. The
// first one is set by who has shown that she is here; another in its place by who keyed
// the one before, or shows her app; else a manager must let it be. Its errors are
// pin.ErrWeak, ErrWhichMember, loyalty.ErrUnknownMember, *PINRefused, *ApprovalNeeded
// and those of Staff.
func (t *Till) SetPIN(ctx context.Context, now time.Time, id ledger.EntryID, n NewPIN) (loyalty.Member, error) {
	if n.PIN.Weak() {
		return loyalty.Member{}, pin.ErrWeak
	}
	member, err := t.known(ctx, now, &n.Who, n.Operator)
	switch {
	case err != nil:
		return loyalty.Member{}, err
	case member.Account.IsZero(), member.Introduced:
		return loyalty.Member{}, loyalty.ErrUnknownMember
	case member.ID.IsZero():
		return loyalty.Member{}, ErrWhichMember
	}
	e := t.entry(ledger.Profile, id, now)
	e.Subject, e.Member, e.Operator, e.Proof = ledger.SubjectOf(member.Account), member.Here(), t.signedOn(n.Operator), n.Who.Proof
	may, err := t.maySetPIN(ctx, member, n.Who.Proof)
	if err != nil {
		return loyalty.Member{}, err
	}
	if !may {
		if e.Approver, err = ByManager(t.Staff, now, n.Approval); err != nil {
			return loyalty.Member{}, err
		}
	}
	hash := pin.Make([]byte(n.PIN.Reveal())).Text()
	record := ledger.Record{Entry: e, PIN: hash}
	if record.Attachment, err = t.attach(e, ledger.Person{PIN: hash}); err != nil {
		return loyalty.Member{}, err
	}
	if record.Body, err = e.Encode(); err != nil {
		return loyalty.Member{}, err
	}
	if err := t.Store.Append(ctx, record); err != nil {
		return loyalty.Member{}, fmt.Errorf("keep PIN: %w", err)
	}
	return member, nil
}

// maySetPIN reports whether a member may set a PIN without a manager: who finds her card
// is not to have its PIN too.
func (t *Till) maySetPIN(ctx context.Context, member loyalty.Member, proof ledger.Proof) (bool, error) {
	has, err := t.Store.HasPIN(ctx, member.Account, member.ID)
	if has {
		return proof.Meets(ledger.Verified), err
	}
	return proof.Meets(ledger.Presented), err
}
