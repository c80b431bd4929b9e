package command

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
)

func dayCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "day", Short: "The business day", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use:   "close [DATE | today | yesterday]",
		Short: "Close the till's day: fold its journal, print the day's report with the chain's head; may be repeated",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.dayClose(cmd.Context(), append(args, "")[0])
		},
	})
	return command
}

func (c *console) dayClose(ctx context.Context, day string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var closed terminal.ClosedDay
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/till/day/close", terminal.CloseRequest{Day: day}, &closed); err != nil {
		return err
	}
	if c.json {
		return c.print(closed)
	}
	if err := closed.Report.Table(c.out); err != nil {
		return err
	}
	c.tellClosed(closed)
	return nil
}

func (c *console) tellClosed(closed terminal.ClosedDay) {
	fmt.Fprintf(c.talk, "%s is closed, %d printed\n", closed.Report.Day, closed.Printed)
	for _, printer := range closed.NotPrinted {
		fmt.Fprintf(c.talk, "printer %q did not print; the close stands: see to it, then repeat `loyaltyd day close %s`\n",
			printer, closed.Report.Day)
	}
	if !closed.Folded {
		fmt.Fprintln(c.talk, "another program was reading the journal, so its log stays as it is; nothing is lost, and the next close folds it")
	}
}
