package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
)

func memberMergeCommand(c *console) *cobra.Command {
	var asked householdRequest
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

func (h *headquarters) mergeMembers(r *http.Request, asked householdRequest) (m hq.MemberState, err error) {
	first, err := phone.Parse(asked.Phone, h.config.Region)
	if err != nil {
		return m, fail(exitData, "", fmt.Errorf("the first number: %w", err))
	}
	second, err := phone.Parse(asked.Of, h.config.Region)
	if err != nil {
		return m, fail(exitData, "", fmt.Errorf("the second number: %w", err))
	}
	reason := strings.Join(strings.Fields(asked.Reason), " ")
	if err := checkout.CheckReason(reason); err != nil {
		return m, err
	}
	m, err = h.MergeMembers(r.Context(), hq.MemberMerge{
		ID: asked.ID, Phone: first.E164(), Other: second.E164(), Reason: reason, Operator: asked.Manager,
	})
	if errors.Is(err, records.ErrNotFound) {
		return m, fail(exitFailed, "", err) // which of them
	}
	return m, err
}
