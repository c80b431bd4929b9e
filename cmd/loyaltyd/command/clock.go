package command

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
)

func clockCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "clock", Short: "The clock that what falls due is judged by", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "accept", Short: "Believe this machine's clock again after it jumped, once somebody looked at it",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.clockAccept(cmd.Context()) },
	})
	return command
}

func (c *console) clockAccept(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	f := datadir.Look(config.DataDir)
	var clock headquarters.AcceptedClock
	if f.Headquarters() {
		if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/clock", nil, &clock); err != nil {
			return err
		}
	}
	if !f.PureHeadquarters() {
		if clock, err = terminal.AcceptClock(ctx, config); err != nil {
			return err
		}
	}
	if c.json {
		return c.print(clock)
	}
	fmt.Fprintf(c.out, "the highest time seen was %s\nit is %s, and that is believed from now on\n",
		stamp.At(clock.Seen, c.zone), stamp.At(clock.Accepted, c.zone))
	return nil
}
