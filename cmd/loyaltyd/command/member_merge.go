package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/headquarters"
)

func memberMergeCommand(c *console) *cobra.Command {
	var asked headquarters.HouseholdRequest
	var stdin bool
	command := &cobra.Command{
		Use: "merge NUMBER NUMBER --reason TEXT", Short: "Make two accounts one for ever; a running headquarters does it",
		Long: `Makes the accounts of two members one: both numbers and all cards lead to it, and it has the points, debts, limits, tier and
history of both from now on, under every program. Which of the two it becomes makes no difference to her. It cannot be undone.
A manager keys her PIN for it: a typed number merges nothing by itself. Tills that hear of it later lose nothing.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(asked.Reason) == "" {
				return usage(errors.New("member merge needs --reason: it is kept, so name nobody in it"))
			}
			asked.ID, asked.Phone, asked.Of = newEntryID(), args[0], args[1]
			return c.askHousehold(cmd.Context(), "/hq/member/merge", asked, stdin)
		},
	}
	flags := command.Flags()
	flags.StringVar(&asked.Reason, "reason", "", "why, in a few `words`")
	flags.StringVar(&asked.Manager, "manager", "", "`id` of the manager who approves it")
	pinStdin(command, &stdin)
	return command
}
