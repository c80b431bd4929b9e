package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

func memberConfirmCommand(c *console) *cobra.Command {
	var asked headquarters.ConfirmRequest
	command := &cobra.Command{
		Use:   "confirm NUMBER --sale ENTRY --reason TEXT",
		Short: "Confirm that a sale is hers which waits for more proof; headquarters does it",
		Long: `A sale with less proof than the program wants waits until she confirms it, for as long as the program says. Whoever has
seen who she is confirms it here, by the entry that its receipt tells: the twelve digits at its end, or the whole id. It is
an entry of its own, with who did it and why. What cannot be confirmed is said, and the exit code is 1.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Phone = args[0]
			if asked.Sale == "" || strings.TrimSpace(asked.Reason) == "" {
				return usage(errors.New("member confirm needs --sale and --reason: the reason is kept, so name nobody in it"))
			}
			asked.Operator = whoRuns(asked.Operator)
			return c.memberConfirm(cmd.Context(), asked)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Sale, "sale", "", "`ENTRY` that stands on the receipt")
	flags.StringVar(&asked.Reason, "reason", "", "how it is known that she is who she says, in a few `words`")
	flags.StringVar(&asked.Operator, "operator", "", "`who` has seen it (default the system's name of who runs the command)")
	return command
}

func (c *console) memberConfirm(ctx context.Context, asked headquarters.ConfirmRequest) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var done headquarters.Confirmed
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/confirm", asked, &done); err != nil {
		return err
	}
	if c.json {
		return c.print(done)
	}
	_, err = fmt.Fprintf(c.out, "sale %s is hers; her tills hear of it with the next sync\n", done.Sale)
	return err
}
