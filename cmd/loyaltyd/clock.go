package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/cobra"
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
	f := lookAt(config.DataDir)
	var clock acceptedClock
	if f.headquarters() {
		if err := askDesk(ctx, config.DataDir, http.MethodPost, "/hq/clock", nil, &clock); err != nil {
			return err
		}
	}
	if !f.pureHeadquarters() {
		if clock, err = acceptTillClock(ctx, config); err != nil {
			return err
		}
	}
	if c.json {
		return c.print(clock)
	}
	fmt.Fprintf(c.out, "the highest time seen was %s\nit is %s, and that is believed from now on\n",
		stamp(clock.Seen, c.zone), stamp(clock.Accepted, c.zone))
	return nil
}
