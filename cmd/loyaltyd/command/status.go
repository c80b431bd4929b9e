package command

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func statusCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "How the till stands: what is unsent, what is spendable, who was heard when",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context()) },
	}
}

func (c *console) status(ctx context.Context) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	if datadir.Look(config.DataDir).PureHeadquarters() {
		return usage(fmt.Errorf("%s is headquarters' folder: ask `loyaltyd hq status`", config.DataDir))
	}
	view, id, err := datadir.OpenView(ctx, config)
	if err != nil {
		return err
	}
	defer view.Close()
	st, err := view.Status(ctx)
	if err != nil {
		return err
	}
	status := terminal.NewStatus(st, id.Name, datadir.DaemonRuns(config.DataDir))
	status.Training = config.Training
	first, _ := datadir.LoadProgram(config) // OpenView has said what is wrong with it
	if status.Program, err = datadir.ReadProgramStatus(ctx, view, id, first, time.Now()); err != nil {
		return err
	}
	if status.Live, err = terminal.AskLive(ctx, config.DataDir); err != nil {
		return err
	}
	status.Running = status.Running || status.Live != nil // root may not try the lock
	if id.Own() {
		status.Own = datadir.ReadOwn(ctx, config)
	}
	if status.Backup, err = backups.ReadStatus(config, time.Now()); err != nil {
		return err
	}
	if c.json {
		return c.print(status)
	}
	amounts, err := datadir.Amounts(ctx, view, id, config)
	if err != nil {
		return err
	}
	c.writeStatus(status, amounts, id.ForgottenHint())
	return nil
}

// writeStatus tells how a till stands, and what to do where headquarters has
// forgotten it.
func (c *console) writeStatus(s terminal.Status, amounts loyalty.Amounts, forgotten string) {
	if s.Training {
		fmt.Fprintln(c.out, terminal.TrainingMark+": nothing of this is real, and nothing is sent")
	}
	daemon := "no daemon runs"
	if s.Running {
		daemon = "its daemon runs"
	}
	fmt.Fprintf(c.out, "%s (%s): %s\n", s.Name, s.Terminal, daemon)
	fmt.Fprintf(c.out, "%s in epoch %d, %d unsent", countOf(s.Entries, "entry"), s.Epoch, s.Unsent)
	if s.OldestUnsent != nil {
		fmt.Fprintf(c.out, ", the oldest of %s", stamp.At(*s.OldestUnsent, c.zone))
	}
	fmt.Fprintln(c.out)
	if s.LastContact == nil && !s.Training {
		fmt.Fprintln(c.out, "headquarters was never heard, or has told no time yet")
	} else if s.LastContact != nil {
		fmt.Fprintf(c.out, "headquarters was heard last at %s\n", stamp.At(*s.LastContact, c.zone))
	}
	if !s.Training {
		var up ledger.Place
		if s.Durable != nil {
			up = *s.Durable
		}
		fmt.Fprintln(c.out, "durable: "+terminal.DurableWords(up))
	}
	if s.Program != nil {
		c.writeProgram(*s.Program)
	}
	if s.Live != nil {
		c.writeLive(*s.Live, forgotten)
	}
	if s.Own != nil {
		c.writeOwn(*s.Own)
	}
	c.writeBackup(s.Backup)
	for _, rights := range s.OpenRights {
		what := amounts.Words(rights.Unit, rights.Rest)
		if limit, use := rights.Unit.Use(); use {
			what = fmt.Sprintf("%d of limit %s", rights.Rest, limit)
		}
		if s.Program != nil && rights.Program != s.Program.ID {
			what += " of " + rights.Program
		}
		fmt.Fprintf(c.out, "%s set aside for this till (rights: %d)\n", what, rights.Count)
	}
	if s.Fenced {
		what, todo := terminal.FencedWords(s.Live, c.zone)
		fmt.Fprintf(c.out, "FENCED: %s. It may not redeem, and what it sells is held at headquarters.\n%s.\n", what, todo)
		return
	}
	if s.NoRedeem != "" {
		fmt.Fprintf(c.out, "redeeming is refused: %s\n", s.NoRedeem)
	}
}

// writeLive says what the daemon answered.
func (c *console) writeLive(s terminal.Live, forgotten string) {
	fmt.Fprintf(c.out, "running since %s, release %s\n", stamp.At(s.Since, c.zone), s.Release)
	if s.Storage != "" {
		fmt.Fprintf(c.out, "STORAGE FAILS: %s\n", s.Storage)
	}
	switch {
	case s.Training:
	case s.Reach.Unknown:
		fmt.Fprintf(c.out, "HEADQUARTERS DOES NOT KNOW THIS TILL, since %s: it was put back from a backup made before the till was enrolled.\n",
			stamp.At(*s.Reach.Since, c.zone))
		fmt.Fprintf(c.out, "Nothing that the till sent is there. %s\n", forgotten)
	case s.Hub != nil:
		fmt.Fprintf(c.out, "%s%s\n", s.Reach.Words(c.zone), s.Hub.Through(s.Reach))
		fmt.Fprintln(c.out, s.Hub.Words(c.zone))
	default:
		fmt.Fprintln(c.out, s.Reach.Words(c.zone))
	}
	if s.Sending != nil {
		fmt.Fprintln(c.out, "sending entries: "+s.Sending.Words())
	}
	if s.Reading != nil {
		fmt.Fprintln(c.out, "reading members: "+s.Reading.Words())
	}
	for _, d := range s.Devices {
		fmt.Fprintf(c.out, "device %q: %s\n", d.Name, d.Words(c.zone))
	}
}
