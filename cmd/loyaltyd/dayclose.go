package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/report"
)

func dayCommand(c *console) *cobra.Command {
	command := &cobra.Command{Use: "day", Short: "The business day", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	command.AddCommand(&cobra.Command{
		Use:   "close [DATE | today | yesterday]",
		Short: "Close the till's day: fold its journal, print the day's report with the chain's head; may be repeated",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.dayClose(cmd.Context(), append(args, "")[0])
		},
	})
	return command
}

// closeRequest asks for a close.
type closeRequest struct {
	Day string `json:"day"` // as parseDay reads it; empty: the day that is ending
}

// closedDay is `day close --json`.
type closedDay struct {
	Report report.Day `json:"report"`
	// Folded says that all of the journal stands in the database. Where it does
	// not, somebody was reading, and nothing is lost by that.
	Folded     bool     `json:"folded"`
	Printed    int      `json:"printed"`     // papers
	NotPrinted []string `json:"not_printed"` // printers that did not take theirs
}

func (c *console) dayClose(ctx context.Context, day string) error {
	config, err := c.config()
	if err != nil {
		return err
	}
	var closed closedDay
	if err := askDesk(ctx, config.DataDir, http.MethodPost, "/till/day/close", closeRequest{day}, &closed); err != nil {
		return err
	}
	if c.json {
		return c.print(closed)
	}
	if err := closed.Report.Table(c.out); err != nil {
		return err
	}
	c.tellClosed(closed)
	return nil
}

func (c *console) tellClosed(closed closedDay) {
	fmt.Fprintf(c.talk, "%s is closed, %d printed\n", closed.Report.Day, closed.Printed)
	for _, printer := range closed.NotPrinted {
		fmt.Fprintf(c.talk, "printer %q did not print; the close stands: see to it, then repeat `loyaltyd day close %s`\n",
			printer, closed.Report.Day)
	}
	if !closed.Folded {
		fmt.Fprintln(c.talk, "another program was reading the journal, so its log stays as it is; nothing is lost, and the next close folds it")
	}
}

// closeDay closes a business day: makes its report, folds the journal and
// writes the mark, then prints and shows. It writes no entry: sales go on
// meanwhile and after it, and it may be repeated for another paper.
func (t *terminal) closeDay(ctx context.Context, asked string) (closedDay, error) {
	t.closing.Lock()
	defer t.closing.Unlock()
	d, err := t.dayToClose(ctx, asked, time.Now())
	if err != nil {
		return closedDay{}, err
	}
	out := closedDay{Report: d}
	if out.Folded, err = t.store.CloseDay(ctx); err != nil {
		return closedDay{}, err
	}
	notPrinted, _ := t.devices.print(t.dayPaper(d)) // why is in the diary
	out.NotPrinted = append([]string{}, notPrinted...)
	out.Printed = len(t.devices.printers) - len(out.NotPrinted)
	t.tellDayClosed(out)
	return out, nil
}

// dayToClose reports the day that was asked for. Where none was it is today;
// before noon on a day without entries the one before, whose closing went past
// midnight.
func (t *terminal) dayToClose(ctx context.Context, asked string, now time.Time) (report.Day, error) {
	till, err := reportedTill(t.identity)
	if err != nil {
		return report.Day{}, err
	}
	till.Amounts = t.programs.At(now).Amounts()
	say := asked
	if say == "" {
		say = "today"
	}
	d, err := t.reportFor(ctx, till, say, now)
	if err != nil || asked != "" || d.Entries > 0 || now.In(till.Zone).Hour() >= 12 {
		return d, err
	}
	before, err := t.reportFor(ctx, till, "yesterday", now)
	if err != nil || before.Entries == 0 {
		return d, err
	}
	return before, nil
}

func (t *terminal) reportFor(ctx context.Context, till report.Till, asked string, now time.Time) (report.Day, error) {
	day, err := parseDay(asked, now, till.Zone)
	if err != nil {
		return report.Day{}, err
	}
	d, err := report.OfDay(ctx, t.store, till, day, ledger.MillisOf(now), nil)
	if err == nil && d.Entries == 0 && asked != "yesterday" {
		err = refuseDay(ctx, t.store.View, day, now, till.Zone)
	}
	return d, err
}

// dayPaper is the report for receipt printers.
func (t *terminal) dayPaper(d report.Day) receipt.Slip {
	slip := receipt.Slip{Header: t.header, At: d.MadeAt.Time().In(t.header.Zone)}
	for _, line := range d.Paper(t.till.Language) {
		slip.Rows = append(slip.Rows, receipt.Row(line))
	}
	return slip
}

// tellDayClosed tells the diary, and the display where nobody is being served.
func (t *terminal) tellDayClosed(closed closedDay) {
	d := closed.Report
	t.log.Info().Str("business_day_date", string(d.Day)).Int64("sales", d.All.Sales).Int("entries", d.Entries).
		Uint32("epoch", uint32(d.Head.Epoch)).Uint64("seq", uint64(d.Head.Seq)).Stringer("head", d.Head.Hash).
		Bool("folded", closed.Folded).Int("printed", closed.Printed).Msg("day closed")
	select {
	case t.closed <- d:
	default: // one is still to be shown
	}
}

// netOf is what a day's sales come to; empty where they are in several currencies.
func (t *terminal) netOf(d report.Day) string {
	if len(d.All.Money) != 1 {
		return ""
	}
	return t.till.Language.Money(d.All.Money[0].Currency, d.All.Money[0].Net)
}
