package command

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

func programStopCommand(c *console) *cobra.Command {
	var asked headquarters.StopRequest
	var yes bool
	command := &cobra.Command{
		Use:   "stop RULE --reason TEXT",
		Short: "End a bonus rule at once, in all versions published so far",
		Long: `Asks the headquarters that runs on the data folder to stop a rule of its program: sales that are completed once a till
has heard of it get nothing by it. What was sold before stands, and so does what tills sell that have not heard yet. Who
stopped it, when and why is kept for ever. A version that is published later and has such a rule promises it anew.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			asked.Rule = args[0]
			return c.programStop(cmd.Context(), asked, yes)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Program, "program", "", "the program's `id` (needed where several have such a rule)")
	flags.StringVar(&asked.Reason, "reason", "", "why, in a `sentence`")
	flags.StringVar(&asked.Operator, "operator", "", "`who` stops it (default the system's name of who runs the command)")
	flags.BoolVar(&yes, "yes", false, "stop it without asking")
	return command
}

// whoRuns is who is named, or the system's name of who runs the command.
func whoRuns(named string) string {
	if named != "" {
		return named
	}
	if who, err := user.Current(); err == nil {
		return who.Username
	}
	return "-"
}

func (c *console) programStop(ctx context.Context, asked headquarters.StopRequest, yes bool) error {
	if asked.Reason == "" {
		return usage(errors.New("program stop needs --reason: why the rule is stopped"))
	}
	asked.Operator = whoRuns(asked.Operator)
	config, err := c.config()
	if err != nil {
		return err
	}
	if !yes {
		if err := c.confirm(fmt.Sprintf("Stop rule %s at once? Members were promised it.", asked.Rule)); err != nil {
			return err
		}
	}
	var stopped headquarters.StopRequest
	if err := desk.Ask(ctx, config.DataDir, http.MethodPost, "/hq/stops", asked, &stopped); err != nil {
		return err
	}
	if c.json {
		return c.print(stopped)
	}
	_, err = fmt.Fprintf(c.out, "rule %s is stopped; tills that are offline hear of it later\n", stopped.Rule)
	return err
}
