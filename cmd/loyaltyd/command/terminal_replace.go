package command

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

func terminalCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "terminal", Short: "A till of the chain, as headquarters has it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	var yes bool
	replace := &cobra.Command{
		Use:   "replace TILL",
		Short: "Shut out a till whose machine is gone, and take another in as the same; a running headquarters does it",
		Long: `Ends a till's id for ever, and gives a one-time code by which another machine becomes a till of the same store and name. The
till is named by its name or its id. What the old one may still spend without asking is said before it is asked for: it
goes back to the members once it was silent for the grace of its program. What it had written and not sent is on its disk
alone; where that comes later all the same, it is held and posted only by "hq release".`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.terminalReplace(cmd.Context(), args[0], yes) },
	}
	replace.Flags().BoolVar(&yes, "yes", false, "replace it without asking")
	command.AddCommand(replace)
	return command
}

func (c *console) terminalReplace(ctx context.Context, name string, yes bool) error {
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	till, err := c.tillNamed(ctx, look, name, inUse)
	if err != nil {
		return err
	}
	if till.Fenced != "" && till.Terminal.String() != name {
		return exit.Fail(exit.Data, "give its id instead where the code was never used and another is wanted",
			fmt.Errorf("%s (%s) was shut out at %s already: %s", till.Name, till.Terminal, stamp.Of(till.FencedAt, c.zone), till.Fenced))
	}
	exposure, err := look.Exposure(ctx, inquiry.ExposureOf{Terminal: till.Terminal, Most: 1})
	if err != nil {
		return err
	}
	fmt.Fprintln(c.talk, lossAhead(till, exposure, c.zone))
	if !yes {
		if err := c.confirm(fmt.Sprintf("Shut out %s of store %s for ever?", till.Name, till.Store)); err != nil {
			return err
		}
	}
	var code headquarters.CodeAnswer
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/replacements", headquarters.ReplaceRequest{Terminal: till.Terminal}, &code); err != nil {
		return err
	}
	return c.tellCode(code, till.Name)
}

// lossAhead says what a till that is gone may cost.
func lossAhead(till inquiry.TerminalState, of inquiry.Exposure, zone *time.Location) string {
	text := fmt.Sprintf("%s of store %s was heard last at %s; its journal is here up to entry %d.%d, what it wrote after that is with its disk.",
		till.Name, till.Store, stamp.Of(till.SeenAt, zone), till.Epoch, till.Seq)
	if len(of.Open) == 0 {
		return text + "\nIt has nothing to spend without asking."
	}
	return text + fmt.Sprintf("\nIt may have spent %s without asking, in %d rights (loyaltyd hq rights --terminal %s): what it did not tell of is taken back once it was silent for the grace, the first of it on %s.",
		mayDraw(till), till.Rights, till.Terminal, stamp.Of(of.Open[0].ReclaimAt, zone))
}
