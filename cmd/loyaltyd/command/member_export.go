package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/report"
)

func memberExportCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "export NUMBER", Short: "All that is kept of her, in clear, as JSON; also beside a running headquarters",
		Long: `Writes all that headquarters keeps of one person: who she is and what she is found by, what she has and until when, what
tills hold for her, and all that happened, each entry as it was written. It is hers to have: keep the output as you would
keep her data. Of an account that several share it is what happened to all of it, with the others masked.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.memberExport(cmd.Context(), args[0]) },
	}
}

func (c *console) memberExport(ctx context.Context, typed string) error {
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	number, err := phone.Parse(typed, config.Region)
	if err != nil {
		return exit.Fail(exit.Data, "", err)
	}
	all, err := look.ExportMember(ctx, number.E164())
	if errors.Is(err, records.ErrNotFound) {
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	}
	if err != nil {
		return err
	}
	return c.print(all)
}

func membersCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "members", Short: "What is known of all members", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "export", Short: "What each account has, as CSV for the books; also beside a running headquarters",
		Long: `Writes a row for each account, program and unit, all as of one instant: what is available, set aside for tills, pending,
owed by her, and what that comes to. It names nobody. With --json each line is an object.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.membersExport(cmd.Context()) },
	})
	return command
}

// exportedBalance is a line of `members export --json`: it has what a row of the CSV has.
type exportedBalance struct {
	report.AccountBalance
	Balance ledger.Points `json:"balance"`
}

func (c *console) membersExport(ctx context.Context) error {
	_, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	out := bufio.NewWriter(c.out)
	if c.json {
		lines := json.NewEncoder(out)
		err = look.EachBalance(ctx, func(b report.AccountBalance) error {
			sum, err := b.Owed()
			if err != nil {
				return err
			}
			return lines.Encode(exportedBalance{b, sum})
		})
	} else {
		err = writeAccounts(ctx, look, out)
	}
	if err != nil {
		return exit.OnInterrupt(err, "what was written is not all of it: give the command again")
	}
	return out.Flush()
}

func writeAccounts(ctx context.Context, look *hq.Look, out *bufio.Writer) error {
	amounts, err := look.AmountsOf(ctx)
	if err != nil {
		return err
	}
	table, err := report.NewAccountsCSV(out, amounts)
	if err != nil {
		return err
	}
	if err := look.EachBalance(ctx, table.Add); err != nil {
		return err
	}
	return table.End()
}
