package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
)

func hqBackedUpCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "backed-up DATABASE",
		Short: "Check a backup of a PostgreSQL database that was put back beside it, and let tills forget what it has",
		Long: `Backups of PostgreSQL are made by its own tools. Put one back into a database of its own (createdb, pg_restore), and name that
here as hq.database names the one in use. It is only read: every hash, signature and sum is checked, as "verify" does. Where
nothing is found, headquarters writes down that what it has is durable: tills may then forget bodies older than 30 days. Keep the
backup; the database that it was checked in may go.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.hqBackedUp(cmd.Context(), args[0]) },
	}
}

func (c *console) hqBackedUp(ctx context.Context, database string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if config.HQ.Database == "" {
		return usage(errors.New("hq backed-up is for hq.database: `loyaltyd backup` checks its own backups and says so by itself"))
	}
	same, err := postgres.Same(ctx, string(config.HQ.Database), database)
	if err != nil {
		return err
	}
	if same { // tills would forget what is nowhere else
		return exit.Fail(exit.Usage, "put a backup back into a database of its own, and name that",
			errors.New("this is the database in use, and no backup of it"))
	}
	restored := config
	restored.HQ.Database = configs.DatabaseURL(database)
	copied, err := c.checkCopy(ctx, datadir.HQOptions(restored))
	if err != nil {
		return err
	}
	noted, err := backups.NoteCopy(ctx, config, copied)
	if errors.Is(err, hq.ErrOtherLife) {
		return exit.Fail(exit.Data, "make a new backup of the database in use", err)
	}
	if err != nil {
		return err
	}
	if c.json {
		return c.print(backups.NotedCopy{Journals: noted})
	}
	fmt.Fprintf(c.out, "journals of %d tills are durable up to where this backup has them\n", noted)
	return nil
}

// checkCopy checks a headquarters that nobody runs, and says what it has.
func (c *console) checkCopy(ctx context.Context, options hq.Options) (copied hq.Copy, err error) {
	look, err := hq.OpenReadOnly(ctx, options)
	if err != nil {
		return copied, err
	}
	defer func() { err = errors.Join(err, look.Close()) }()
	progress := c.progress()
	found, err := look.Verify(ctx, func(rows int) { progress(rows, 0) })
	if err != nil {
		return copied, err
	}
	for _, finding := range found {
		fmt.Fprintln(c.talk, finding)
	}
	if len(found) > 0 {
		return copied, exit.Fail(exit.Failed, "make another backup; if it has the same, `loyaltyd verify` says what the database in use has",
			fmt.Errorf("%d findings: nothing of this backup is called durable", len(found)))
	}
	return look.Copy(ctx)
}
