package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

func hqRebuildCommand(c *console) *cobra.Command {
	var check bool
	command := &cobra.Command{
		Use:   "rebuild [--check]",
		Short: "Write balances, lots, rights and what else ledgers add up to anew, where a table has something else",
		Long: `Folds the rows of every ledger in order, decides nothing again, and compares what they make with the tables, byte for byte.
What differs is written anew, account by account, and told. The folder's daemon is stopped for it; on PostgreSQL others that
serve the same database go on answering, and wait with their work. With --check nothing is written, a running headquarters is
left alone, and anything that differs is exit 65. A ledger whose own rows were changed is left as it is: restore a backup.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if check {
				return c.hqRebuildCheck(cmd.Context())
			}
			return c.hqRebuild(cmd.Context())
		},
	}
	command.Flags().BoolVar(&check, "check", false, "compare only; exit 65 if anything differs")
	return command
}

// rebuilt is `hq rebuild --json`.
type rebuilt struct {
	Rows        int             `json:"rows"`        // of ledgers
	Differences []audit.Finding `json:"differences"` // that were, before they were written anew
}

func (c *console) hqRebuildCheck(ctx context.Context) error {
	_, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	done := rebuilt{}
	progress, err := c.countRows(ctx, look.LedgerRows, &done)
	if err != nil {
		return err
	}
	found, err := look.Differences(ctx, progress)
	if err != nil {
		return err
	}
	if err := c.tellRebuilt(&done, found); err != nil || len(found) == 0 {
		return err
	}
	return exit.Fail(exit.Data, "`loyaltyd hq rebuild` writes anew what differs, once the daemon is stopped", errDiffers)
}

func (c *console) hqRebuild(ctx context.Context) (err error) {
	config, err := c.config()
	if err != nil {
		return err
	}
	if err := datadir.Look(config.DataDir).RefuseReading(); err != nil {
		return err
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return err
	}
	defer lock.Close()
	h, err := hq.Open(ctx, datadir.HQOptions(config))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	done := rebuilt{}
	progress, err := c.countRows(ctx, h.LedgerRows, &done)
	if err != nil {
		return err
	}
	found, err := h.Rebuild(ctx, progress)
	told := c.tellRebuilt(&done, found) // also what was written anew before an error
	if err != nil {
		return exit.OnInterrupt(err, "what was written anew stays: give the command again for the rest")
	}
	if told != nil || len(found) == 0 {
		return told
	}
	left, err := h.Differences(ctx, nil)
	if len(left) > 0 {
		return exit.Fail(exit.Data, "what is left is of ledgers that were changed themselves: restore a backup", errDiffers)
	}
	return err
}

// countRows draws how far a walk through ledgers is, and keeps how many rows there
// were.
func (c *console) countRows(ctx context.Context, count func(context.Context) (int, error), done *rebuilt) (func(int), error) {
	total, err := count(ctx)
	draw := c.progress()
	return func(n int) {
		done.Rows = n
		draw(min(n, total), total)
	}, err
}

func (c *console) tellRebuilt(done *rebuilt, found []audit.Finding) error {
	done.Differences = append([]audit.Finding{}, found...)
	if c.json {
		return c.print(done)
	}
	for _, f := range found {
		fmt.Fprintln(c.out, f)
	}
	fmt.Fprintf(c.out, "%s, %s\n", countOf(done.Rows, "ledger row"), countOf(len(found), "difference"))
	return nil
}
