package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func hqRestoredCommand(c *console) *cobra.Command {
	var goOn, begin bool
	command := &cobra.Command{
		Use: "restored", Short: "Whom a restored headquarters still waits for, and how to go on without them", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if begin {
				return c.beginIncarnation(cmd.Context())
			}
			return c.hqRestored(cmd.Context(), goOn)
		},
	}
	command.Flags().BoolVar(&begin, "begin", false, "a PostgreSQL database was put back from a backup: before headquarters answers again")
	command.Flags().BoolVar(&goOn, "go-on", false, "set points aside at tills again without waiting any longer")
	return command
}

func (c *console) hqRestored(ctx context.Context, goOn bool) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	method := http.MethodGet
	if goOn {
		method = http.MethodPost
	}
	var state hq.Recovery
	if err := desk.Ask(ctx, config.DataDir, method, "/hq/recovery", nil, &state); err != nil {
		return err
	}
	if c.json {
		return c.print(state)
	}
	c.writeRecovery(state)
	return nil
}

// beginIncarnation is what `loyaltyd restore` does for a folder, for a database
// that PostgreSQL's own tools put back.
func (c *console) beginIncarnation(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	options := datadir.HQOptions(config)
	if options.Database == "" {
		return usage(errors.New("hq restored --begin is for hq.database: `loyaltyd restore` puts a folder back"))
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	incarnation, err := custody.Restore(ctx, options.Home(), time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(c.talk, "incarnation %d begins: start headquarters; its tills send what came after the backup\n", incarnation)
	return nil
}

func (c *console) writeRecovery(r hq.Recovery) {
	if r.RestoredAt == 0 {
		fmt.Fprintln(c.out, "this headquarters was never restored from a backup")
		return
	}
	fmt.Fprintf(c.out, "restored from a backup at %s\n", stamp.Of(r.RestoredAt, c.zone))
	if r.WaitsUntil == 0 {
		fmt.Fprintln(c.out, "it does not wait: points are set aside at tills as ever")
	} else {
		fmt.Fprintf(c.out, "it sets no points aside at tills until all below are heard, at the latest until %s\n",
			stamp.Of(r.WaitsUntil, c.zone))
	}
	if r.HandedBack > 0 {
		fmt.Fprintf(c.out, "%d rights were handed back and wait for their points\n", r.HandedBack)
	}
	if r.Listed > 0 {
		fmt.Fprintf(c.out, "%d members are found by what the tills know of them; their numbers and names were lost\n", r.Listed)
	}
	for _, p := range r.Parted {
		fmt.Fprintf(c.out, "%s and %s had one account, %s, which was made after the backup: `loyaltyd member merge` says it again\n",
			p.Name, p.Other, p.Account)
	}
	for _, t := range r.Awaited {
		how := "not heard"
		if t.Greeted {
			how = "sending"
		}
		fmt.Fprintf(c.out, "%s (%s): %s; %d points known to be set aside there", t.Name, t.Terminal, how, t.Exposure)
		if r.MostUnknown > 0 {
			fmt.Fprintf(c.out, ", at most %d in all", r.MostUnknown)
		}
		fmt.Fprintln(c.out)
	}
	if r.WaitsUntil > 0 {
		fmt.Fprintln(c.talk, "a till that is lost for good: loyaltyd hq restored --go-on. What it spent of points that are then set aside elsewhere is the program's loss.")
	}
}
