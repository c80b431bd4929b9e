package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
)

func syncCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "sync", Short: "The exchange with headquarters", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use: "now", Short: "Exchange with headquarters now and say how it went, through the daemon or without one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.syncNow(cmd.Context()) },
	})
	return command
}

// syncLimit bounds an exchange: a till that was offline for long has much to
// say.
const syncLimit = 2 * time.Minute

func (c *console) syncNow(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, syncLimit)
	defer cancel()
	var done terminal.ExchangeReport
	err = desk.Ask(ctx, config.DataDir, http.MethodPost, "/till/sync", nil, &done)
	if errors.Is(err, desk.ErrNoDaemon) {
		done, err = terminal.SyncAlone(ctx, config)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintf(c.out, "%s sent, %s received, %d unsent\n", countOf(done.Sent, "entry"), countOf(done.Received, "change"), done.Unsent)
	return nil
}
