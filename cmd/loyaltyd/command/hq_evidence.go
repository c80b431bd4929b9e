package command

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/ledger"
)

func hqEvidenceCommand(c *console) *cobra.Command {
	var from, to string
	command := &cobra.Command{
		Use:   "evidence TILL --day 2026-11-22 [--to DAY] > FILE",
		Short: "One file that proves to anybody what a till wrote on a day; also beside a running headquarters",
		Long: `Writes what a till wrote for one or more business days, with all that stands between: entries byte for byte, the till's
seals on them, and a statement that headquarters signs. It names no customer. "loyaltyd verify --evidence FILE" checks it on
any machine, without a database.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			first, err := ledger.ParseDate(from)
			if from == "" {
				err = errors.New("hq evidence needs --day, a business day")
			}
			if err != nil {
				return usage(err)
			}
			last, err := ledger.ParseDate(cmp.Or(to, from))
			if err != nil {
				return usage(err)
			}
			return c.hqEvidence(cmd.Context(), args[0], first, last)
		},
	}
	command.Flags().StringVar(&from, "day", "", "the business `day`, or the first of several")
	command.Flags().StringVar(&to, "to", "", "the last `day` (default the first)")
	return command
}

func (c *console) hqEvidence(ctx context.Context, name string, from, to ledger.Date) error {
	_, look, err := c.openLook(ctx)
	if err != nil {
		return err
	}
	defer look.Close()
	till, err := c.tillNamed(ctx, look, name, either)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.out)
	var check ledger.EvidenceCheck // what does not hold here would not anywhere
	err = look.Evidence(ctx, till.Terminal, from, to, func(line ledger.EvidenceLine) error {
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		if err := check.Take(text); err != nil {
			return err
		}
		_, err = out.Write(append(text, '\n'))
		return err
	})
	switch {
	case errors.Is(err, records.ErrNotFound):
		return exit.Fail(exit.Failed, "`loyaltyd hq terminals` says how far its journal came in", errors.New("nothing of this till and these days is here"))
	case errors.Is(err, ledger.ErrEvidence):
		return exit.Fail(exit.Failed, "`loyaltyd verify` says what of the folder was changed", err)
	case err != nil:
		return err
	}
	return errors.Join(check.End(), out.Flush())
}
