package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/service"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
)

func hqCommand(c *console) *cobra.Command {
	command := &cobra.Command{
		Use: "hq", Short: "Headquarters' daemon, and what is asked of it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.runHeadquarters(cmd.Context()) },
	}
	command.AddCommand(hqCodeCommand(c), hqStoresCommand(c), hqStoreCommand(c), hqTerminalsCommand(c), hqRightsCommand(c), hqReleaseCommand(c),
		hqEvidenceCommand(c), hqKeyCommand(c), hqAppCommand(c), hqFsckCommand(c), hqRebuildCommand(c), hqStatusCommand(c), hqRetireCommand(c), hqImportCommand(c),
		hqRestoredCommand(c), hqBackedUpCommand(c))
	return command
}

func (c *console) runHeadquarters(ctx context.Context) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	log, diary, err := service.Logger(c.talk, config.LogLevel)
	if err != nil {
		return err
	}
	h, err := headquarters.Open(ctx, config, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	if h.Backups.Files, err = c.configFiles(); err != nil {
		return err
	}
	return service.Serve(ctx, h, &service.Reloading{
		Read: c.config, InEffect: config, Diary: diary, Log: log, Apply: h.Reload, Manager: h.Supervision(),
	})
}

func hqCodeCommand(c *console) *cobra.Command {
	var asked headquarters.CodeRequest
	command := &cobra.Command{
		Use: "code --name NAME [--store ID] [--hub]", Short: "A one-time code that enrolls a terminal", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqCode(cmd.Context(), asked) },
	}
	flags := command.Flags()
	flags.StringVar(&asked.Store, "store", "", "the store's `id` (default the till's own, where it is asked); a new one is made")
	flags.StringVar(&asked.StoreName, "store-name", "", "what a new store is called on receipts")
	flags.StringVar(&asked.Name, "name", "", "what the terminal is called")
	flags.BoolVar(&asked.Hub, "hub", false, "of the store's hub, and no till")
	return command
}

func (c *console) hqCode(ctx context.Context, asked headquarters.CodeRequest) error {
	if asked.Name == "" {
		return usage(errors.New("hq code needs --name: what the new terminal is called"))
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	var code headquarters.CodeAnswer
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/codes", asked, &code); err != nil {
		return err
	}
	return c.tellCode(code, asked.Name)
}

// tellCode writes a code, and what to do with it on a terminal of that name.
func (c *console) tellCode(code headquarters.CodeAnswer, name string) error {
	if c.json {
		return c.print(code)
	}
	fmt.Fprintln(c.out, code.Code)
	fmt.Fprintf(c.talk, "good once, until %s: loyaltyd enroll 'CODE' on %s, which will reach headquarters at %s\n",
		stamp.At(code.Expires, c.zone), name, code.URL)
	if code.Note != "" {
		fmt.Fprintln(c.talk, code.Note)
	}
	return nil
}

func hqStatusCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Where headquarters listens, what its key is, where its database is and who works on it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			config, err := c.config()
			if err != nil {
				return err
			}
			var status headquarters.Status
			if err := desk.Ask(cmd.Context(), config.DataDir, http.MethodGet, "/hq/status", nil, &status); err != nil {
				return err
			}
			if status.Backup, err = backups.ReadStatus(config, time.Now()); err != nil {
				return err
			}
			if c.json {
				return c.print(status)
			}
			c.writeHQStatus(status)
			return nil
		},
	}
}

func (c *console) writeHQStatus(s headquarters.Status) {
	if s.Listen != "" {
		fmt.Fprintf(c.out, "listens on %s, reached as %s, key %s\n", s.Listen, s.URL, s.Fingerprint)
	} else {
		fmt.Fprintf(c.out, "key %s\n", s.Fingerprint)
	}
	if s.Note != "" {
		fmt.Fprintln(c.out, s.Note)
	}
	fmt.Fprintln(c.out, storageWords(s))
	fmt.Fprintln(c.out, "durable: "+headquarters.DurabilityWords(s.Durability, c.zone))
	c.writeBackup(s.Backup)
}

// storageWords says where the database is and who works on it.
func storageWords(s headquarters.Status) string {
	if s.Problem != "" {
		return "the database does not answer: " + s.Problem
	}
	text := fmt.Sprintf("%s, %s, schema %d", s.Storage.Engine, s.Storage.Address, s.Storage.Schema)
	switch {
	case s.Storage.Worker == "" && !s.Storage.Works:
		text += "; no process has the work at the moment"
	case s.Storage.Worker != "" && s.Storage.Works:
		text += "; this process does the work"
	case s.Storage.Worker != "":
		text += "; the work is done by " + s.Storage.Worker
	}
	if s.Storage.Replicas > 0 {
		text += fmt.Sprintf("; %d replicas, %d of them synchronous", s.Storage.Replicas, s.Storage.Synchronous)
	}
	return text
}
