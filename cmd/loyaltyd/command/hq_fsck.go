package command

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/audit"
)

func hqFsckCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "fsck",
		Short: "Decide every ledger row again and compare; exit 65 if anything differs; beside a running headquarters",
		Long: `Does what "verify" does, and decides each row of each ledger again from the entry as it came, under the program version it
names and from what the rows before it add up to. It pairs what left one account with what arrived at another, and claims with
the rows they were taken for, and counts what waits. It changes nothing. What headquarters once decided is a promise: a
difference is for a person to look at, "hq rebuild" does not touch it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqFsck(cmd.Context()) },
	}
}

// errDiffers is the answer where what was decided is not what is decided again.
var errDiffers = errors.New("headquarters has what its entries do not make")

func (c *console) hqFsck(ctx context.Context) error {
	_, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	progress, err := c.progressOf(ctx, look)
	if err != nil {
		return err
	}
	done, err := look.Fsck(ctx, progress)
	if err != nil {
		return err
	}
	progress(math.MaxInt)
	if c.json {
		err = c.print(done)
	} else {
		c.writeChecked(done)
	}
	if len(done.Findings) > 0 {
		return exit.Fail(exit.Data, "keep the database as it is and have somebody look: `loyaltyd hq rebuild --check` says which sums differ", errDiffers)
	}
	return err
}

func (c *console) writeChecked(done audit.Checked) {
	for _, finding := range done.Findings {
		fmt.Fprintln(c.out, finding)
	}
	fmt.Fprintf(c.out, "%s, %d decided again, %s\n", countOf(done.Rows, "ledger row"), done.Decided, countOf(len(done.Findings), "finding"))
	if done.Earlier > 0 {
		fmt.Fprintf(c.out, "%d were decided by rules of an earlier release and are not decided again\n", done.Earlier)
	}
	if done.Opaque > 0 {
		fmt.Fprintf(c.out, "%d are of a kind that this release does not decide again\n", done.Opaque)
	}
	fmt.Fprintf(c.out, "%d entries came in: %d not projected yet, %d in quarantine, %d parked until their sale comes\n",
		done.Entries, done.Unprojected, done.Quarantined, done.Parked)
	fmt.Fprintf(c.out, "%d transfers under way, %d referrals waiting\n", done.Underway, done.Referrals)
}

// progressOf draws how far a walk through headquarters is.
func (c *console) progressOf(ctx context.Context, look *hq.Look) (func(done int), error) {
	total, err := look.Rows(ctx)
	draw := c.progress()
	return func(done int) { draw(min(done, total), total) }, err
}
