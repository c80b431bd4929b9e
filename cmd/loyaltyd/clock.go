package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func clockCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "clock", Short: "The clock that what falls due is judged by", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "accept", Short: "Believe headquarters' clock again after it jumped, once somebody looked at it",
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
	if !lookAt(config.DataDir).headquarters() {
		return usage(errors.New("a till's clock is set right by headquarters, at the next word from it"))
	}
	var done struct{}
	if err := askDesk(ctx, config.DataDir, http.MethodPost, "/hq/clock", nil, &done); err != nil {
		return err
	}
	fmt.Fprintf(c.talk, "it is %s\n", time.Now().Format(time.RFC1123))
	return nil
}
