package command

import (
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/offline"
)

func runCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "The till's daemon", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runTerminal(cmd.Context()) },
	}
}

func (c *console) runTerminal(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	log, diary, err := service.Logger(c.talk, config.LogLevel)
	if err != nil {
		return err
	}
	files, err := c.configFiles()
	if err != nil {
		return err
	}
	debug.SetGCPercent(heapGrowth)
	r := &service.Reloading{Read: c.config, Files: files, InEffect: config, Diary: diary, Log: log}
	var reopened []time.Time
	for {
		err := runOnce(ctx, r)
		if errors.Is(err, terminal.ErrAnotherProgram) && ctx.Err() == nil && mayReopen(&reopened, time.Now()) {
			log.Info().Msg("the store has another program: opening the till for it")
			continue
		}
		if !errors.Is(err, offline.ErrUnsound) || ctx.Err() != nil || !mayReopen(&reopened, time.Now()) {
			return err
		}
		log.Error().Err(err).Msg("the till's files are not sound: opening them again")
	}
}

// heapGrowth is by how many percent of what is in use the heap grows before it is
// swept: a till has little in use and little to do, and 40 MiB in all.
const heapGrowth = 50

// runOnce opens a terminal and runs it to its end.
func runOnce(ctx context.Context, r *service.Reloading) (err error) {
	t, err := terminal.Open(ctx, r.InEffect, r.Log)
	if err != nil && ctx.Err() != nil {
		return nil // asked to stop before it stood
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	t.GiveRoom()
	service.UnmapProgram()
	r.Apply, r.Manager = t.Reload, t.Supervision()
	t.Backups.Files = r.Files
	return service.Serve(ctx, t, r)
}

const (
	// maxReopened is how often within reopenedWithin a till opens its files
	// again: beyond that the disk is to blame, and a person has to look.
	maxReopened    = 3
	reopenedWithin = 10 * time.Minute
)

func mayReopen(before *[]time.Time, now time.Time) bool {
	*before = slices.DeleteFunc(*before, func(at time.Time) bool { return now.Sub(at) > reopenedWithin })
	*before = append(*before, now)
	return len(*before) <= maxReopened
}
