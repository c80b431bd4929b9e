package main

import (
	"context"
	"errors"
	"runtime"

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
	giveRoom(len(t.devices.runners))
	return t.Run(ctx)
}

// giveRoom gives the scheduler a processor more for each serial port. Reading
// one is a system call that blocks, and on an idle machine the runtime can take
// up to 10 ms to notice that the processor it was made on is free: the answer to
// the key just read would wait for that.
func giveRoom(ports int) { runtime.GOMAXPROCS(runtime.NumCPU() + ports) }
