package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func memberAdjustCommand(c *console) *cobra.Command {
	var asked headquarters.AdjustRequest
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

func (c *console) memberAdjust(ctx context.Context, asked headquarters.AdjustRequest, stdin bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	path := "/till/adjust"
	if datadir.Look(config.DataDir).PureHeadquarters() {
		path = "/hq/adjust"
	}
	asked.ID = newEntryID()
	var done headquarters.Adjusted
	ask := func() error { return desk.Ask(ctx, config.DataDir, http.MethodPost, path, asked, &done) }
	who := cmp.Or(asked.Approver, asked.Operator)
	if asked.Approver == "" {
		err = ask()
	}
	if who != "" && (asked.Approver != "" || exit.Code(err) == exit.Permission) {
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

var newEntryID func() ledger.EntryID = ledger.NewID
