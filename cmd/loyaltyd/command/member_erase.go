package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func memberEraseCommand(c *console) *cobra.Command {
	var asked headquarters.EraseRequest
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

func (c *console) memberErase(ctx context.Context, typed string, asked headquarters.EraseRequest, yes, stdin bool) error {
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	if err := asked.Account.UnmarshalText([]byte(typed)); err != nil {
		asked.Account, asked.Phone = ledger.AccountID{}, typed
	}
	whom, err := asked.Whom(config)
	if err != nil {
		return err
	}
	plan, err := look.ToErase(ctx, whom)
	if err != nil {
		return headquarters.EraseFailure(err)
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
	var done headquarters.Erased
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/member/erase", asked, &done); err != nil {
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

// planWords say what goes, what stays and what is out of reach.
func planWords(plan hq.ErasurePlan, amounts loyalty.Amounts, now time.Time, zone *time.Location) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s, member %s of account %s\n", plan.Name, plan.Member, plan.Account)
	goes := "what tills know of her: headquarters has neither number nor name"
	if plan.Number {
		goes = "her number, name and month of birth"
	}
	if plan.Cards > 0 {
		goes += ", " + countOf(plan.Cards, "card")
	}
	if len(plan.Segments) > 0 {
		goes += ", " + countOf(len(plan.Segments), "segment")
	}
	fmt.Fprintf(&t, "goes:    %s, and all that she is found by\n", goes)
	for _, b := range plan.Balances {
		if all := b.Available + b.Escrowed + b.Pending; all > 0 && !plan.Stays {
			fmt.Fprintf(&t, "ends:    %s\n", amounts.Words(b.Unit, all))
		}
	}
	fmt.Fprintf(&t, "stays:   %s of what happened, naming nobody, and all totals\n", countOf(plan.Rows, "entry"))
	if plan.Stays {
		fmt.Fprintf(&t, "stays:   the account, with all that it has, for %s\n", countOf(len(plan.Household)-1, "other"))
	}
	for _, till := range plan.Terminals {
		if silent := now.Sub(till.SeenAt.Time()); silent > silentAfter {
			fmt.Fprintf(&t, "later:   till %s of store %s, silent since %s: it erases her when it is back\n", till.Name, till.Store, stamp.Of(till.SeenAt, zone))
		}
	}
	return t.String()
}

// outsideWords say what no erasure reaches.
func outsideWords(config configs.Config) string {
	if datadir.HQOptions(config).Database != "" {
		return "outside: paper, exports, and what PostgreSQL's tools made: backups of the database, archives of its log\n"
	}
	return "outside: paper, exports, and copies of backups kept elsewhere\n"
}

// silentAfter is from when on a till that was not heard is told of by its name.
const silentAfter = 10 * time.Minute
