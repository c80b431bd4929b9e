package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

func reportCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "report", Short: "What this till wrote", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	format := "table"
	day := &cobra.Command{
		Use:   "day [DATE | today | yesterday]",
		Short: "A business day's sales, points and enrollments, by operator; beside the daemon and offline",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.reportDay(cmd.Context(), append(args, "today")[0], format)
		},
	}
	day.Flags().StringVar(&format, "format", format, "table, csv or json")
	formats := cobra.FixedCompletions([]string{"table", "csv", "json"}, cobra.ShellCompDirectiveNoFileComp)
	if err := day.RegisterFlagCompletionFunc("format", formats); err != nil {
		panic(err) // the flag stands a line above
	}
	command.AddCommand(day)
	return command
}

func (c *console) reportDay(ctx context.Context, asked, format string) error {
	encode, err := c.encoder(format)
	if err != nil {
		return err
	}
	config, err := c.config()
	if err != nil {
		return err
	}
	if err := refuseHeadquarters(config); err != nil {
		return err
	}
	view, id, err := datadir.OpenView(ctx, config)
	if err != nil {
		return err
	}
	defer view.Close()
	till, err := terminal.ReportedTill(id)
	if err != nil {
		return err
	}
	if till.Amounts, err = datadir.Amounts(ctx, view, id, config); err != nil {
		return err
	}
	now := time.Now()
	day, err := terminal.ParseDay(asked, now, till.Zone)
	if err != nil {
		return err
	}
	d, err := report.OfDay(ctx, view, till, day, ledger.MillisOf(now), c.progress())
	if err != nil {
		return err
	}
	if d.Entries == 0 {
		if err := terminal.RefuseDay(ctx, view, day, now, till.Zone); err != nil {
			return err
		}
	}
	return encode(d, c.out)
}

// encoder gives what writes a report in a format.
func (c *console) encoder(format string) (func(report.Day, io.Writer) error, error) {
	switch {
	case format == "json" || format == "table" && c.json:
		return report.Day.JSON, nil
	case format == "csv" && !c.json:
		return report.Day.CSV, nil
	case format == "table":
		return report.Day.Table, nil
	case format == "csv":
		return nil, usage(errors.New("--json and --format csv do not go together"))
	}
	return nil, usage(fmt.Errorf("--format %q: choose table, csv or json", format))
}

// refuseHeadquarters says that a folder holds no till.
func refuseHeadquarters(config configs.Config) error {
	if datadir.Look(config.DataDir).PureHeadquarters() {
		return usage(fmt.Errorf("%s is headquarters' folder: the report of a day is a till's", config.DataDir))
	}
	return nil
}
