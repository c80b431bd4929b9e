package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/staff"
)

// adjustRequest asks a daemon to change by hand what a member has.
type adjustRequest struct {
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

// adjusted is `member adjust --json`.
type adjusted struct {
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

// say writes it in words.
func (a *adjusted) say(amounts loyalty.Amounts) {
	a.Words = fmt.Sprintf("%s: %s, now %s", a.Name, amounts.Signed(a.Unit, a.Amount), amounts.Number(a.Unit, a.Balance))
	if a.Owed > 0 {
		a.Words += fmt.Sprintf(", %s owed: what comes next pays it", amounts.Number(a.Unit, a.Owed))
	}
}

func memberAdjustCommand(c *console) *cobra.Command {
	var asked adjustRequest
	var amount string
	var stdin bool
	command := &cobra.Command{
		Use:   "adjust NUMBER --amount +500 --reason TEXT",
		Short: "Change by hand what she has, for a reason that is kept; a running daemon does it",
		Long: `Gives a member units (+500) or takes them (-200). It is an entry of its own, with its reason and who did it; "member
history" shows it. What is taken and not there is owed. More than adjust.manager_above at once needs a manager's PIN, which
is asked for; where operators are known, less needs one of them signed on, or --operator and her PIN.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			asked.Phone = args[0]
			if asked.Amount, err = parseAdjusted(amount); err != nil {
				return err
			}
			if strings.TrimSpace(asked.Reason) == "" {
				return usage(errors.New("member adjust needs --reason: it is kept, so name nobody in it"))
			}
			return c.memberAdjust(cmd.Context(), asked, stdin)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Program, "program", "", "`id` of the program whose unit it is (needed at headquarters where the chain has several)")
	flags.StringVar((*string)(&asked.Unit), "unit", "", "what to change (default the program's main `unit`)")
	flags.StringVar(&amount, "amount", "", "`+500` to give, -200 to take")
	flags.StringVar(&asked.Reason, "reason", "", "why, in a few `words`")
	flags.StringVar(&asked.Operator, "operator", "", "`id` of who does it (default who is signed on)")
	flags.StringVar(&asked.Approver, "manager", "", "`id` of the manager who approves it")
	pinStdin(command, &stdin)
	return command
}

func parseAdjusted(text string) (ledger.Points, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n == 0 || text[0] != '+' && text[0] != '-' {
		return 0, usage(fmt.Errorf("--amount %q: write +500 to give, -200 to take", text))
	}
	return ledger.Points(n), nil
}

func (c *console) memberAdjust(ctx context.Context, asked adjustRequest, stdin bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	path := "/till/adjust"
	if lookAt(config.DataDir).pureHeadquarters() {
		path = "/hq/adjust"
	}
	asked.ID = newEntryID()
	var done adjusted
	ask := func() error { return askDesk(ctx, config.DataDir, http.MethodPost, path, asked, &done) }
	who := cmp.Or(asked.Approver, asked.Operator)
	if asked.Approver == "" {
		err = ask()
	}
	if who != "" && (asked.Approver != "" || exitCode(err) == exitPermission) {
		asked.Approver = who
		if asked.PIN, err = c.readPIN(who, stdin); err != nil {
			return err
		}
		err = ask()
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintln(c.out, done.Words)
	return nil
}

// approval takes the PIN that came along out of what was asked.
func (r *adjustRequest) approval() (*staff.Approval, error) {
	pin := r.PIN
	r.PIN = ""
	return approvalBy(r.Approver, pin)
}

// adjust is asked of a till.
func (t *terminal) adjust(r *http.Request) (any, error) {
	var asked adjustRequest
	if err := readAsked(r, &asked); err != nil {
		return nil, err
	}
	approval, err := asked.approval()
	if err != nil {
		return nil, staffFailure(err)
	}
	if has := t.programs.At(time.Now()).Ref().ID; asked.Program != "" && asked.Program != has {
		return nil, fail(exitUsage, "adjust it at headquarters", fmt.Errorf("this till's program is %q", has))
	}
	asked.Approver, asked.Program = "", ""
	text, err := json.Marshal(asked)
	if err != nil {
		return nil, err
	}
	done, err := t.till.Adjust(r.Context(), time.Now(), checkout.Adjusting{
		ID: asked.ID.String(), Who: checkout.Who{Phone: asked.Phone, Proof: ledger.Claimed}, Unit: asked.Unit, Amount: asked.Amount,
		Reason: asked.Reason, Operator: asked.Operator, Approval: approval, Asked: text,
	})
	if errors.Is(err, loyalty.ErrUnknownMember) {
		return nil, fail(exitFailed, "", err)
	}
	if errors.Is(err, checkout.ErrNoNumber) {
		return nil, fail(exitData, "", err)
	}
	if err != nil {
		return nil, staffFailure(err)
	}
	out := adjustedBy(done.Entry, done.Name)
	out.Balance, out.Owed = done.Entry.Told.Balance, done.Entry.Told.Owed
	out.say(t.programs.Of(done.Entry).Amounts())
	t.log.Info().Stringer("entry_id", done.Entry.ID).Str("operator_id", out.Operator).Str("approver_id", out.Approver).
		Str("unit", string(out.Unit)).Int64("amount", int64(out.Amount)).Msg("member adjusted")
	return out, nil
}

func adjustedBy(e *ledger.Entry, name string) adjusted {
	p := e.Postings[0]
	out := adjusted{Entry: e.ID, Name: name, Unit: p.Unit, Amount: p.Amount, Operator: e.Operator, Approver: e.Approver}
	if p.From == ledger.Available {
		out.Amount = -p.Amount
	}
	return out
}

// adjust is asked of headquarters, whose own entry it becomes.
func (h *headquarters) adjust(r *http.Request, hands checkout.Hands) (any, error) {
	var asked adjustRequest
	if err := readAsked(r, &asked); err != nil {
		return nil, err
	}
	approval, err := asked.approval()
	if err != nil {
		return nil, staffFailure(err)
	}
	number, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return nil, fail(exitData, "", err)
	}
	current, err := h.programNamed(asked.Program)
	if err != nil {
		return nil, err
	}
	unit, reason := cmp.Or(asked.Unit, current.MainUnit()), strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckAdjusting(current, unit, asked.Amount, reason); err != nil {
		return nil, staffFailure(err)
	}
	operator, approver, err := hands.Sign(time.Now(), checkout.Adjusting{Amount: asked.Amount, Operator: asked.Operator, Approval: approval})
	if err != nil {
		return nil, staffFailure(err)
	}
	done, err := h.Adjust(r.Context(), hq.Adjustment{
		ID: asked.ID, Phone: number.E164(), Program: current.Ref().ID, Posting: checkout.AdjustingPosting(unit, asked.Amount), Reason: reason,
		Operator: operator, Approver: approver,
	})
	if errors.Is(err, records.ErrNotFound) {
		return nil, fail(exitFailed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return nil, err
	}
	out := adjustedBy(done.Entry, done.Name)
	out.Balance, out.Owed = done.Balance.Available+done.Balance.Escrowed, done.Balance.Receivable
	out.say(current.Amounts())
	h.log.Info().Stringer("entry_id", done.Entry.ID).Str("operator_id", out.Operator).Str("approver_id", out.Approver).
		Str("unit", string(out.Unit)).Int64("amount", int64(out.Amount)).Msg("member adjusted")
	return out, nil
}

// programNamed is the program whose units are meant: the one that is named, or
// the only one.
func (h *headquarters) programNamed(id string) (*loyalty.Program, error) {
	all := h.ChainPrograms()
	if id == "" && len(all) == 1 {
		id = all[0]
	}
	current, _ := h.InForce(id)
	switch {
	case current != nil:
		return current, nil
	case len(all) == 0:
		return nil, staffFailure(records.ErrNotFound)
	case id == "":
		return nil, fail(exitUsage, "name one with --program", fmt.Errorf("the chain has several programs: %s", strings.Join(all, ", ")))
	}
	return nil, fail(exitData, "", fmt.Errorf("there is no program %q: the chain has %s", id, strings.Join(all, ", ")))
}

var newEntryID func() ledger.EntryID = ledger.NewID
