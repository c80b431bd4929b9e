package headquarters

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/operators"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/staff"
)

// AdjustRequest asks a daemon to change by hand what a member has.
type AdjustRequest struct {
	ID       ledger.EntryID `json:"id"`
	Phone    string         `json:"phone"`             // as typed
	Program  string         `json:"program,omitempty"` // at headquarters, where the chain has several
	Unit     ledger.Unit    `json:"unit"`
	Amount   ledger.Points  `json:"amount"`
	Reason   string         `json:"reason"`
	Operator string         `json:"operator"`
	Approver string         `json:"approver"`
	PIN      string         `json:"pin"` // the approver's
}

// Adjusted is `member adjust --json`.
type Adjusted struct {
	Entry    ledger.EntryID `json:"entry"`
	Name     string         `json:"name"`
	Unit     ledger.Unit    `json:"unit"`
	Amount   ledger.Points  `json:"amount"`
	Balance  ledger.Points  `json:"balance"`
	Owed     ledger.Points  `json:"owed"`
	Operator string         `json:"operator_id"`
	Approver string         `json:"approver_id,omitempty"`
	Words    string         `json:"words"` // all of it, for people
}

// Say writes it in words.
func (a *Adjusted) Say(amounts loyalty.Amounts) {
	a.Words = fmt.Sprintf("%s: %s, now %s", a.Name, amounts.Signed(a.Unit, a.Amount), amounts.Number(a.Unit, a.Balance))
	if a.Owed > 0 {
		a.Words += fmt.Sprintf(", %s owed: what comes next pays it", amounts.Number(a.Unit, a.Owed))
	}
}

// Approval takes the PIN that came along out of what was asked.
func (r *AdjustRequest) Approval() (*staff.Approval, error) {
	pin := r.PIN
	r.PIN = ""
	return operators.ApprovalBy(r.Approver, pin)
}

// AdjustedBy is what an entry changed.
func AdjustedBy(e *ledger.Entry, name string) Adjusted {
	p := e.Postings[0]
	out := Adjusted{Entry: e.ID, Name: name, Unit: p.Unit, Amount: p.Amount, Operator: e.Operator, Approver: e.Approver}
	if p.From == ledger.Available {
		out.Amount = -p.Amount
	}
	return out
}

// adjust is asked of headquarters, whose own entry it becomes.
func (h *Local) adjust(r *http.Request, hands checkout.Hands) (any, error) {
	var asked AdjustRequest
	if err := desk.Read(r, &asked); err != nil {
		return nil, err
	}
	approval, err := asked.Approval()
	if err != nil {
		return nil, operators.Failure(err)
	}
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return nil, exit.Fail(exit.Data, "", err)
	}
	current, err := h.programNamed(asked.Program)
	if err != nil {
		return nil, err
	}
	unit, reason := cmp.Or(asked.Unit, current.MainUnit()), strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckAdjusting(current, unit, asked.Amount, reason); err != nil {
		return nil, operators.Failure(err)
	}
	operator, approver, err := hands.Sign(time.Now(), checkout.Adjusting{Amount: asked.Amount, Operator: asked.Operator, Approval: approval})
	if err != nil {
		return nil, operators.Failure(err)
	}
	done, err := h.Adjust(r.Context(), hq.Adjustment{
		ID: asked.ID, Phone: number.E164(), Program: current.Ref().ID, Posting: checkout.AdjustingPosting(unit, asked.Amount), Reason: reason,
		Operator: operator, Approver: approver,
	})
	if errors.Is(err, records.ErrNotFound) {
		return nil, exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return nil, err
	}
	out := AdjustedBy(done.Entry, done.Name)
	out.Balance, out.Owed = done.Balance.Available+done.Balance.Escrowed, done.Balance.Receivable
	out.Say(current.Amounts())
	h.log.Info().Stringer("entry_id", done.Entry.ID).Str("operator_id", out.Operator).Str("approver_id", out.Approver).
		Str("unit", string(out.Unit)).Int64("amount", int64(out.Amount)).Msg("member adjusted")
	return out, nil
}

// programNamed is the program whose units are meant: the one that is named, or
// the only one.
func (h *Local) programNamed(id string) (*loyalty.Program, error) {
	all := h.ChainPrograms()
	if id == "" && len(all) == 1 {
		id = all[0]
	}
	current, _ := h.InForce(id)
	switch {
	case current != nil:
		return current, nil
	case len(all) == 0:
		return nil, operators.Failure(records.ErrNotFound)
	case id == "":
		return nil, exit.Fail(exit.Usage, "name one with --program", fmt.Errorf("the chain has several programs: %s", strings.Join(all, ", ")))
	}
	return nil, exit.Fail(exit.Data, "", fmt.Errorf("there is no program %q: the chain has %s", id, strings.Join(all, ", ")))
}
