package command

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
)

func hqTerminalsCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use:   "terminals",
		Short: "The chain's tills: when each was heard, what it may spend without asking, and what is wrong with it",
		Long: `Lists all tills, those that were fenced among them, also beside a running headquarters. SEEN is when one last asked for
anything, ENTRIES how far its journal came in (number and epoch), MAY SPEND what it has in open rights: of units, and of uses of
limits where there are any. What it has written and not sent only the till itself knows (its "loyaltyd status").`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.hqTerminals(cmd.Context()) },
	}
}

func (c *console) hqTerminals(ctx context.Context) error {
	_, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	all, err := look.Terminals(ctx)
	if err != nil {
		return err
	}
	if c.json {
		return c.print(append([]inquiry.TerminalState{}, all...))
	}
	if len(all) == 0 {
		fmt.Fprintln(c.out, "there is no till yet: `loyaltyd hq code` takes one in")
		return nil
	}
	var list table
	list.row("STORE", "TILL", "SEEN", "ENTRIES", "RIGHTS", "MAY SPEND", "STATE")
	for _, t := range all {
		list.row(string(t.Store), t.Name, stamp.Of(t.SeenAt, c.zone), fmt.Sprintf("%d (epoch %d)", t.Seq, t.Epoch), strconv.Itoa(t.Rights), mayDraw(t), tillState(t, c.zone))
	}
	return list.write(c.out)
}

func mayDraw(t inquiry.TerminalState) string {
	text := t.Exposure.String()
	if t.OpenUses > 0 {
		text += fmt.Sprintf(" and %d of limits", t.OpenUses)
	}
	return text
}

// tillState says what of a till a person should know; "in step" is nothing.
func tillState(t inquiry.TerminalState, zone *time.Location) string {
	var words []string
	say := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	say(t.Hub, "hub")
	say(t.Fenced != "", "fenced %s: %s", stamp.Of(t.FencedAt, zone), t.Fenced)
	say(t.Awaited, "awaited since the restore")
	say(t.Unposted > 0, "%d entries to be posted", t.Unposted)
	say(t.Quarantined > 0, "%d in quarantine", t.Quarantined)
	say(t.Held > 0, "%d held", t.Held)
	say(t.MachineChanges > 0, "other machine %d times", t.MachineChanges)
	say(len(words) == 0 || t.Hub && len(words) == 1, "in step")
	return strings.Join(words, "; ")
}
