package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
)

func runCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "The till's daemon", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runTerminal(cmd.Context()) },
	}
}

func (c *console) runTerminal(ctx context.Context) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	log, err := logger(c.talk, config.LogLevel)
	if err != nil {
		return err
	}
	t, err := openTerminal(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	return t.Run(ctx)
}
