package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/offline"
)

func hubCommand(c *console) *cobra.Command {
	command := &cobra.Command{
		Use: "hub", Short: "The daemon of a store's hub, and how it stands", Args: cobra.NoArgs,
		Long: `The daemon of a store's hub: what headquarters sets aside for the store's members stands at it, its lanes hear of each
other through it, and spend from it, with or without internet. "loyaltyd hq code --hub" at headquarters makes the code
that enrolls it, in a folder of its own; "loyaltyd hub status" prints what its lanes have in hub.address.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runHub(cmd.Context()) },
	}
	command.AddCommand(&cobra.Command{
		Use: "status", Short: "Its address for lanes, who was heard, and what headquarters does not have yet", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hubStatus(cmd.Context()) },
	})
	return command
}

func (c *console) runHub(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	log, diary, err := service.Logger(c.talk, config.LogLevel)
	if err != nil {
		return err
	}
	r := &service.Reloading{Read: c.config, InEffect: config, Diary: diary, Log: log}
	var reopened []time.Time
	for {
		err := c.runHubOnce(ctx, config, log, r)
		again := errors.Is(err, terminal.ErrAnotherProgram) || errors.Is(err, offline.ErrUnsound)
		if !again || ctx.Err() != nil || !mayReopen(&reopened, time.Now()) {
			return err
		}
		log.Warn().Err(err).Msg("opening the hub again")
	}
}

func (c *console) runHubOnce(ctx context.Context, config configs.Config, log zerolog.Logger, r *service.Reloading) (err error) {
	d, err := terminal.OpenHub(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if d.Backups.Files, err = c.configFiles(); err != nil {
		return err
	}
	r.Manager = d.Supervision()
	return service.Serve(ctx, d, r)
}

func (c *console) hubStatus(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if _, err := datadir.ReadHubIdentity(config.DataDir); err != nil {
		return err
	}
	var status terminal.HubStatus
	if err := desk.Ask(ctx, config.DataDir, http.MethodGet, "/hub/status", nil, &status); err != nil {
		return err
	}
	if c.json {
		return c.print(status)
	}
	c.writeHub(status)
	return nil
}

func (c *console) writeHub(s terminal.HubStatus) {
	fmt.Fprintf(c.out, "lanes reach it with hub.address: %s\n", s.Address)
	if s.Note != "" {
		fmt.Fprintln(c.out, s.Note)
	}
	fmt.Fprintln(c.out, s.Reach.Words(c.zone))
	fmt.Fprintf(c.out, "%d entries of lanes kept for headquarters, %d told to other lanes and not counted there yet\n", s.Relayed, s.News)
	if s.Introduced > 0 {
		fmt.Fprintf(c.out, "%d numbers and cards of newcomers told to other lanes, until headquarters tells of them\n", s.Introduced)
	}
	if s.Refused > 0 {
		fmt.Fprintf(c.out, "%d entries headquarters did not take from here: their lane brings them, and it is tried again every hour\n", s.Refused)
	}
	for _, lane := range s.Lanes {
		if lane.HeardAt == 0 {
			fmt.Fprintf(c.out, "%s (%s): told nothing yet\n", lane.Name, lane.Terminal)
			continue
		}
		fmt.Fprintf(c.out, "%s (%s): told something last at %s, %d entries kept\n",
			lane.Name, lane.Terminal, stamp.At(lane.HeardAt.Time(), c.zone), lane.Relayed)
	}
}
