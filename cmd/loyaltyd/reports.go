package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/report"
)

// The store and its read-only view are what reports are made of.
var (
	_ report.Source = (*offline.Store)(nil)
	_ report.Source = (*offline.View)(nil)
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
	view, id, err := openView(ctx, config)
	if err != nil {
		return err
	}
	defer view.Close()
	till, err := reportedTill(id)
	if err != nil {
		return err
	}
	if till.Amounts, err = tillAmounts(ctx, view, id, config); err != nil {
		return err
	}
	now := time.Now()
	day, err := parseDay(asked, now, till.Zone)
	if err != nil {
		return err
	}
	d, err := report.OfDay(ctx, view, till, day, ledger.MillisOf(now), progressOn(c.talk))
	if err != nil {
		return err
	}
	if d.Entries == 0 {
		if err := refuseDay(ctx, view, day, now, till.Zone); err != nil {
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
	if lookAt(config.DataDir).pureHeadquarters() {
		return usage(fmt.Errorf("%s is headquarters' folder: the report of a day is a till's", config.DataDir))
	}
	return nil
}

// reportedTill is whose report it is.
func reportedTill(id identity) (report.Till, error) {
	zone, err := time.LoadLocation(id.Store.TimeZone)
	if err != nil {
		return report.Till{}, fail(exitConfig, "correct the store's time zone at headquarters", err)
	}
	return report.Till{
		StoreID: id.Store.ID, Store: id.Store.Name, Terminal: id.Terminal, Name: id.Name, Zone: zone,
	}, nil
}

// parseDay reads a business day as people say it.
func parseDay(asked string, now time.Time, zone *time.Location) (ledger.Date, error) {
	switch asked {
	case "today":
		return ledger.DateAt(ledger.MillisOf(now), zone), nil
	case "yesterday":
		local := now.In(zone)
		return ledger.Date(time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, zone).Format(time.DateOnly)), nil
	}
	day, err := ledger.ParseDate(asked)
	if err != nil {
		return "", fail(exitUsage, "write a date, today or yesterday", err)
	}
	return day, nil
}

// refuseDay tells a quiet day, whose report is one of zeros, from one of which
// this journal can know nothing.
func refuseDay(ctx context.Context, view *offline.View, day ledger.Date, now time.Time, zone *time.Location) error {
	today := ledger.DateAt(ledger.MillisOf(now), zone)
	if day > today {
		return fail(exitData, "", fmt.Errorf("%s is still to come: today is %s", day, today))
	}
	first, _, err := view.DayRange(ctx)
	switch {
	case err != nil:
		return err
	case first == "" && day < today:
		return fail(exitData, "", fmt.Errorf("nothing is known of %s: this till's journal is empty", day))
	case first != "" && day < first:
		return fail(exitData, "what an earlier journal had is at headquarters",
			fmt.Errorf("nothing is known of %s: this till's journal begins on %s", day, first))
	}
	return nil
}
