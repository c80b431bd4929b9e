package command

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

func hqReleaseCommand(c *console) *cobra.Command {
	var manager string
	var yes, stdin bool
	command := &cobra.Command{
		Use:   "release TILL --manager ID",
		Short: "Post what came from a till after it was shut out; a running headquarters does it",
		Long: `What a fenced or replaced till still sends is kept and posted to nobody, because a copy of it may have written it. This says
what is held of one, and posts it all once a manager approves: members it enrolled, sales, spends, each as its till told. A
spend of what was taken back from the till meanwhile is the program's loss. The till stays shut out; what it sends later is
held again. It is named by its name or its id ("hq terminals").`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.hqRelease(cmd.Context(), args[0], manager, yes, stdin)
		},
	}
	flags := command.Flags()
	flags.StringVar(&manager, "manager", "", "`id` of the manager who approves it")
	flags.BoolVar(&yes, "yes", false, "release it without asking")
	pinStdin(command, &stdin)
	return command
}

func (c *console) hqRelease(ctx context.Context, name, manager string, yes, stdin bool) error {
	config, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	till, err := c.tillNamed(ctx, look, name, hasHeld)
	if err != nil {
		return err
	}
	held, err := look.HeldOf(ctx, till.Terminal)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.talk, heldWords(till, held, c.zone))
	if held.Entries == 0 {
		if c.json {
			return c.print(headquarters.Released{})
		}
		return nil
	}
	if !yes {
		if err := c.confirm("Post all of it?"); err != nil {
			return err
		}
	}
	asked := headquarters.ReleaseRequest{Terminal: till.Terminal, Manager: manager}
	if manager != "" {
		if asked.PIN, err = c.readPIN(manager, stdin); err != nil {
			return err
		}
	}
	var done headquarters.Released
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/releases", asked, &done); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	fmt.Fprintf(c.out, "%d entries of %s released\n", done.Entries, till.Name)
	return nil
}

func heldWords(till inquiry.TerminalState, held hq.Held, zone *time.Location) string {
	if held.Entries == 0 {
		return "Nothing is held of " + till.Name + "."
	}
	text := fmt.Sprintf("%d entries of %s are held, written from %s to %s. They came after it was shut out at %s: %s.", held.Entries, till.Name,
		stamp.Of(held.From, zone), stamp.Of(held.To, zone), stamp.Of(till.FencedAt, zone), till.Fenced)
	for _, u := range held.Units {
		text += fmt.Sprintf("\n    %s: %d earned, %d spent", u.Unit, u.Earned, u.Spent)
	}
	return text
}
