package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

// eraseRequest asks headquarters to erase a member.
type eraseRequest struct {
	ID      ledger.EntryID   `json:"id"`
	Phone   string           `json:"phone,omitempty"` // as typed
	Account ledger.AccountID `json:"account,omitzero"`
	Reason  string           `json:"reason"`
	Manager string           `json:"manager"`
	PIN     string           `json:"pin"`
}

// erased is `member erase --json`.
type erased struct {
	hq.Erased
	// Backup is why the keys beside the backups still have her; empty where they do not.
	Backup string `json:"backup,omitempty"`
}

func memberEraseCommand(c *console) *cobra.Command {
	var asked eraseRequest
	var yes, stdin bool
	command := &cobra.Command{
		Use:   "erase NUMBER|ID --reason TEXT --manager ID",
		Short: "Erase who a member is, for ever and everywhere; a running headquarters does it",
		Long: `Erases who a member is: her number, name, cards and all that she is found by, here, at every till when it is next in touch,
and in the backups made here. It says first what goes and what stays. What happened stays, for the books, under an id that names
nobody; points that nobody else shares end. It cannot be undone. Her number may be enrolled anew, as somebody else.
A manager keys her PIN for it. ID is her member's id, or that of an account in which she is alone ("member show").`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(asked.Reason) == "" {
				return usage(errors.New("member erase needs --reason: it is kept, so name nobody in it"))
			}
			asked.ID = newEntryID()
			return c.memberErase(cmd.Context(), args[0], asked, yes, stdin)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Reason, "reason", "", "why, in a few `words`")
	flags.StringVar(&asked.Manager, "manager", "", "`id` of the manager who approves it")
	flags.BoolVar(&yes, "yes", false, "erase without asking")
	pinStdin(command, &stdin)
	return command
}

func (c *console) memberErase(ctx context.Context, typed string, asked eraseRequest, yes, stdin bool) error {
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	if err := asked.Account.UnmarshalText([]byte(typed)); err != nil {
		asked.Account, asked.Phone = ledger.AccountID{}, typed
	}
	whom, err := asked.whom(config)
	if err != nil {
		return err
	}
	plan, err := look.ToErase(ctx, whom)
	if err != nil {
		return eraseFailure(err)
	}
	amounts, err := look.Amounts(ctx)
	if err != nil {
		return err
	}
	fmt.Fprint(c.talk, planWords(plan, amounts, time.Now(), c.zone), outsideWords(config))
	if !yes {
		if err := c.confirm("Erase her?"); err != nil {
			return err
		}
	}
	if asked.Manager != "" {
		if asked.PIN, err = c.readPIN(asked.Manager, stdin); err != nil {
			return err
		}
	}
	var done erased
	if err := askDesk(ctx, config.DataDir, http.MethodPost, "/hq/member/erase", asked, &done); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintf(c.out, "erased: member %s\n", done.Member)
	if done.Backup != "" {
		fmt.Fprintf(c.talk, "the backups still have her keys: %s; it is tried again until they do not\n", done.Backup)
	}
	return nil
}

// whom is who is meant.
func (a eraseRequest) whom(config configs.Config) (hq.Whom, error) {
	if a.Phone == "" {
		return hq.Whom{Account: a.Account}, nil
	}
	number, err := phone.Parse(a.Phone, config.Region)
	if err != nil {
		return hq.Whom{}, fail(exitData, "", err)
	}
	return hq.Whom{Phone: number.E164()}, nil
}

func eraseFailure(err error) error {
	switch {
	case errors.Is(err, records.ErrNotFound):
		return fail(exitFailed, "", loyalty.ErrUnknownMember)
	case errors.Is(err, hq.ErrWhichMember):
		return fail(exitData, "`loyaltyd member household show` lists their ids", err)
	}
	return err
}

// planWords say what goes, what stays and what is out of reach.
func planWords(plan hq.ErasurePlan, amounts loyalty.Amounts, now time.Time, zone *time.Location) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, member %s of account %s\n", plan.Name, plan.Member, plan.Account)
	goes := "what tills know of her: headquarters has neither number nor name"
	if plan.Number {
		goes = "her number, name and month of birth"
	}
	if plan.Cards > 0 {
		goes += fmt.Sprintf(", %d cards", plan.Cards)
	}
	if len(plan.Segments) > 0 {
		goes += fmt.Sprintf(", %d segments", len(plan.Segments))
	}
	fmt.Fprintf(&t, "goes:    %s, and all that she is found by\n", goes)
	for _, b := range plan.Balances {
		if all := b.Available + b.Escrowed + b.Pending; all > 0 && !plan.Stays {
			fmt.Fprintf(&t, "ends:    %s\n", amounts.Words(b.Unit, all))
		}
	}
	fmt.Fprintf(&t, "stays:   %d entries of what happened, which name nobody, and all totals\n", plan.Rows)
	if plan.Stays {
		fmt.Fprintf(&t, "stays:   the account, with all that it has: %d others are in it\n", len(plan.Household)-1)
	}
	for _, till := range plan.Terminals {
		if silent := now.Sub(till.SeenAt.Time()); silent > silentAfter {
			fmt.Fprintf(&t, "later:   till %s of store %s, silent since %s: it erases her when it is back\n", till.Name, till.Store, stampOf(till.SeenAt, zone))
		}
	}
	return t.String()
}

// outsideWords say what no erasure reaches.
func outsideWords(config configs.Config) string {
	if hqOptions(config).Database != "" {
		return "outside: paper, exports, and what PostgreSQL's tools made: backups of the database, archives of its log\n"
	}
	return "outside: paper, exports, and copies of backups kept elsewhere\n"
}

// silentAfter is from when on a till that was not heard is told of by its name.
const silentAfter = 10 * time.Minute

// eraseRoutes are what headquarters is asked about erasures.
func eraseRoutes(running func() (*headquarters, error), desk *staffDesk) deskRoutes {
	return deskRoutes{"POST /hq/member/erase": func(r *http.Request) (any, error) {
		h, err := running()
		if err != nil {
			return nil, err
		}
		var asked eraseRequest
		if err := readAsked(r, &asked); err != nil {
			return nil, err
		}
		if err := desk.approves(asked.Manager, asked.PIN); err != nil {
			return nil, err
		}
		return h.eraseMember(r.Context(), asked)
	}}
}

func (h *headquarters) eraseMember(ctx context.Context, asked eraseRequest) (done erased, err error) {
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckReason(reason); err != nil {
		return done, staffFailure(err)
	}
	whom, err := asked.whom(h.config)
	if err != nil {
		return done, err
	}
	done.Erased, err = h.EraseMember(ctx, hq.MemberErasure{ID: asked.ID, Whom: whom, Reason: reason, Operator: asked.Manager})
	if err != nil {
		return done, eraseFailure(err)
	}
	h.log.Info().Stringer("account", done.Account).Str("approver_id", asked.Manager).Msg("member erased")
	if err := rewritePersons(ctx, h.config); err != nil {
		h.log.Error().Err(err).Msg("keys beside the backups could not be written: they have who was erased")
		done.Backup = err.Error()
	}
	return done, nil
}
