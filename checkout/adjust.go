package checkout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/staff"
)

// Adjusting is a change by hand of what a member has.
type Adjusting struct {
	ID     string // made by the asker and kept through retries
	Who    Who
	Unit   ledger.Unit   // the main one where empty
	Amount ledger.Points // taken where below zero
	Reason string
	// Operator is who does it; who is signed on where empty.
	Operator string
	Approval *staff.Approval // nil where nobody keyed a PIN
	// Asked are the bytes of what asked for it without the approval, as in
	// Basket.
	Asked []byte
}

// BadAdjustment says what of an adjustment makes no sense.
type BadAdjustment struct {
	Path, Problem string
	Number        bool // the reason has somebody's number in it
}

func (e *BadAdjustment) Error() string { return e.Path + ": " + e.Problem }

// ErrAdjustConflict says that an adjust id stands for something else.
var ErrAdjustConflict = errors.New("another adjustment has this id")

// MaxAdjusted bounds what is changed by hand at once.
const MaxAdjusted ledger.Points = 100_000_000

// Adjust writes an adjustment durably and returns what may be told. The same one
// again gets the same entry. Up to ManagerAbove whoever is signed on may do it,
// or who keys her PIN; beyond, a manager's PIN is needed: *ApprovalNeeded. Its
// other errors are those above, loyalty.ErrUnknownMember, *TooManyLookups and
// those of Staff.
func (t *Till) Adjust(ctx context.Context, now time.Time, a Adjusting) (Completed, error) {
	program := t.Programs.At(now)
	if err := checkAdjusting(program, &a); err != nil {
		return Completed{}, err
	}
	adjustment := &ledger.Adjustment{ID: a.ID, Reason: a.Reason}
	defer t.completing.take(adjustment.Key())()
	stood, err := t.Store.Adjustment(ctx, a.ID)
	if err != nil {
		return Completed{}, err
	}
	if stood != nil {
		return t.stands(ctx, stood, a.Asked, ErrAdjustConflict)
	}
	member, err := t.known(ctx, now, &a.Who, a.Operator)
	if err != nil {
		return Completed{}, err
	}
	if member.Account.IsZero() || member.Introduced {
		return Completed{}, loyalty.ErrUnknownMember
	}
	e := t.entry(ledger.Adjust, t.NewEntry(), now)
	e.Subject, e.Program, e.Adjust = ledger.SubjectOf(member.Account), new(program.Ref()), adjustment
	e.Postings = []ledger.Posting{AdjustingPosting(a.Unit, a.Amount)}
	e.Operator, e.Approver, err = t.hands().Sign(now, a)
	if err != nil {
		return Completed{}, err
	}
	if err := t.judgeAdjusting(ctx, now, e, a.Approval, member); err != nil {
		return Completed{}, err
	}
	tellIn(e, member, a.Unit)
	body, err := e.Encode()
	if err != nil {
		return Completed{}, err
	}
	if err := t.Store.Append(ctx, ledger.Record{Entry: e, Body: body, Request: t.Keyed(a.Asked)}); err != nil {
		return Completed{}, fmt.Errorf("keep adjustment: %w", err)
	}
	return Completed{Entry: e, Name: member.Name}, nil
}

// judgeAdjusting looks at whether an operator gives to herself.
func (t *Till) judgeAdjusting(ctx context.Context, now time.Time, e *ledger.Entry, approval *staff.Approval, member loyalty.Member) error {
	conduct := t.house().Conduct
	own, err := t.isOwn(ctx, conduct, e.Operator, identity{member: member})
	if err != nil || !own {
		return err
	}
	j, err := t.settle(now, e.Operator, approval, map[string]Do{ledger.OwnNumber: conduct.OwnNumber})
	if e.Flags = j.flags; j.approver != "" {
		e.Approver = j.approver
	}
	return err
}

// AdjustingPosting gives so much of a unit by hand, or takes it where the amount
// is below zero.
func AdjustingPosting(unit ledger.Unit, amount ledger.Points) ledger.Posting {
	p := ledger.Posting{Unit: unit, Amount: amount, From: ledger.Adjusted, To: ledger.Available}
	if amount < 0 {
		p.Amount, p.From, p.To = -amount, ledger.Available, ledger.Adjusted
	}
	return p
}

// Hands are whose an adjustment may be, at a till or at headquarters.
type Hands struct {
	Staff        Staff         // nil where nobody is known
	ManagerAbove ledger.Points // of a unit, at once
	Otherwise    string        // who does it where nobody is named or signed on
}

func (t *Till) hands() Hands { return Hands{t.Staff, t.house().ManagerAbove, t.Operator} }

// Sign returns who does an adjustment and, where it needs one, the manager who
// approved it; or why nobody may.
func (h Hands) Sign(now time.Time, a Adjusting) (operator, approver string, err error) {
	onDuty := ""
	if h.Staff != nil {
		onDuty = h.Staff.OnDuty()
	}
	operator = cmp.Or(a.Operator, onDuty, h.Otherwise)
	need := ApprovalNeeded{Manager: max(a.Amount, -a.Amount) > h.ManagerAbove}
	staffed := h.Staff != nil && !h.Staff.Empty()
	if !need.Manager && (!staffed || operator == onDuty) {
		return operator, "", nil
	}
	who, err := approve(h.Staff, now, need, a.Approval)
	switch {
	case err != nil:
		return "", "", err
	case !need.Manager:
		return who.ID, "", nil
	case a.Operator == "" && onDuty == "":
		operator = who.ID
	}
	return operator, who.ID, nil
}

func checkAdjusting(p *loyalty.Program, a *Adjusting) error {
	a.Reason = strings.Join(strings.Fields(a.Reason), " ")
	if a.Unit == "" {
		a.Unit = p.MainUnit()
	}
	if a.ID == "" || len(a.ID) > 64 {
		return &BadAdjustment{Path: "adjust_id", Problem: "make an id for it and keep it through retries"}
	}
	return CheckAdjusting(p, a.Unit, a.Amount, a.Reason)
}

// CheckAdjusting says what of an adjustment makes no sense under a program, as a
// *BadAdjustment.
func CheckAdjusting(p *loyalty.Program, unit ledger.Unit, amount ledger.Points, reason string) error {
	known := false
	for _, have := range p.Units() {
		known = known || have == unit
	}
	switch {
	case !known:
		return &BadAdjustment{Path: "unit", Problem: loyalty.ErrNoUnit.Error()}
	case amount == 0 || amount > MaxAdjusted || amount < -MaxAdjusted:
		return &BadAdjustment{Path: "amount", Problem: fmt.Sprintf("write +500 or -200, up to %d", MaxAdjusted)}
	}
	return CheckReason(reason)
}

// CheckReason says what is wrong with why something is done by hand, as a
// *BadAdjustment.
func CheckReason(reason string) error {
	switch {
	case ledger.CheckReason(reason) != nil:
		return &BadAdjustment{Path: "reason", Problem: fmt.Sprintf("say why, in up to %d letters", ledger.MaxReason)}
	case namesNumber(reason):
		return &BadAdjustment{Path: "reason", Problem: "leave numbers of people out: a reason is kept in clear", Number: true}
	}
	return nil
}

// namesNumber reports whether a text holds so many digits together that they may
// be a telephone number, however it is written.
func namesNumber(text string) bool {
	digits := 0
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			if digits++; digits >= 9 {
				return true
			}
		case !strings.ContainsRune(" -./()+", r):
			digits = 0
		}
	}
	return false
}
