package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
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

// acceptedClock is `clock accept --json`.
type acceptedClock struct {
	Seen     time.Time `json:"seen"` // the highest time until now, by which the clock was judged
	Accepted time.Time `json:"accepted"`
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

// acceptTillClock asks the till's daemon, or does it where none runs.
func acceptTillClock(ctx context.Context, config configs.Config) (clock acceptedClock, err error) {
	err = askDesk(ctx, config.DataDir, http.MethodPost, "/till/clock", nil, &clock)
	if !errors.Is(err, errNoDaemon) {
		return clock, err
	}
	t := &terminal{config: config, log: zerolog.Nop()}
	defer func() { err = errors.Join(err, t.Close()) }()
	if t.identity, err = readIdentity(config.DataDir); err != nil {
		return clock, err
	}
	if t.lock, err = sqlitedb.LockFolder(config.DataDir); err != nil {
		return clock, err
	}
	t.program, t.programProblem = loadProgram(config)
	if err := t.openPrograms(ctx); err != nil {
		return clock, err
	}
	return t.acceptClock(ctx)
}

func (t *terminal) acceptClock(ctx context.Context) (acceptedClock, error) {
	seen, accepted, err := t.store.AcceptClock(ctx)
	return acceptedClock{seen.Time(), accepted.Time()}, err
}
