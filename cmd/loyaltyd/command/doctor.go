package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/doctor"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/machine"
)

func doctorCommand(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "doctor", Short: "Look at everything that can be wrong here, and say what to do; exit 1 if anything is to be done",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.doctor(cmd.Context()) },
	}
}

func (c *console) doctor(ctx context.Context) error {
	loaded, err := c.loadConfig()
	findings := doctor.Examine(ctx, machine.This, loaded, err)
	todo := 0
	for _, f := range findings {
		if f.Result == doctor.Wrong {
			todo++
		}
	}
	if c.json {
		if err := c.print(map[string]any{"checks": findings, "todo": todo}); err != nil {
			return err
		}
	} else {
		c.writeFindings(findings)
	}
	switch todo {
	case 0:
		return nil
	case 1:
		return exit.Fail(exit.Failed, "", errors.New("one thing has to be done"))
	}
	return exit.Fail(exit.Failed, "", fmt.Errorf("%d things have to be done", todo))
}

func (c *console) writeFindings(findings []doctor.Finding) {
	for _, f := range findings {
		fmt.Fprintf(c.out, "%-5s  %-13s  %s\n", f.Result, f.Check, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(c.out, "%s\n", indented(f.Fix))
		}
	}
}

func indented(text string) string {
	const margin = "                      do: "
	return margin + strings.ReplaceAll(text, "\n", "\n"+strings.Repeat(" ", len(margin)))
}
