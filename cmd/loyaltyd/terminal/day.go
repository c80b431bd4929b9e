package terminal

import (
	"context"
	"errors"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
	"github.com/loyaltyd/loyaltyd/receipt"
	"github.com/loyaltyd/loyaltyd/report"
)

// CloseRequest asks for a close.
type CloseRequest struct {
	Day string `json:"day"` // as ParseDay reads it; empty: the day that is ending
}

// ClosedDay is `day close --json`.
type ClosedDay struct {
	Report report.Day `json:"report"`
	// Folded says that all of the journal stands in the database. Where it does
	// not, somebody was reading, and nothing is lost by that.
	Folded     bool     `json:"folded"`
	Printed    int      `json:"printed"`     // papers
	NotPrinted []string `json:"not_printed"` // printers that did not take theirs
}

// closeDay closes a business day: makes its report, folds the journal and
// writes the mark, then prints and shows. It writes no entry: sales go on
// meanwhile and after it, and it may be repeated for another paper.
func (t *Terminal) closeDay(ctx context.Context, asked string) (ClosedDay, error) {
	t.closing.Lock()
	defer t.closing.Unlock()
	d, err := t.dayToClose(ctx, asked, time.Now())
	if err != nil {
		return ClosedDay{}, err
	}
	out := ClosedDay{Report: d}
	if out.Folded, err = t.Store.CloseDay(ctx); err != nil {
		return ClosedDay{}, err
	}
	notPrinted, _ := t.devices.Print(t.dayPaper(d)) // why is in the diary
	out.NotPrinted = append([]string{}, notPrinted...)
	out.Printed = len(t.devices.printers) - len(out.NotPrinted)
	t.tellDayClosed(out)
	return out, nil
}

// dayToClose reports the day that was asked for. Where none was it is today;
// before noon on a day without entries the one before, whose closing went past
// midnight.
func (t *Terminal) dayToClose(ctx context.Context, asked string, now time.Time) (report.Day, error) {
	till, err := ReportedTill(t.Identity)
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

func (t *Terminal) reportFor(ctx context.Context, till report.Till, asked string, now time.Time) (report.Day, error) {
	day, err := ParseDay(asked, now, till.Zone)
	if err != nil {
		return report.Day{}, err
	}
	d, err := report.OfDay(ctx, t.Store, till, day, ledger.MillisOf(now), nil)
	if err == nil && d.Entries == 0 && asked != "yesterday" {
		err = RefuseDay(ctx, t.Store.View, day, now, till.Zone)
	}
	return d, err
}

// dayPaper is the report for receipt printers.
func (t *Terminal) dayPaper(d report.Day) receipt.Slip {
	slip := receipt.Slip{Header: t.header, At: d.MadeAt.Time().In(t.header.Zone)}
	for _, line := range d.Paper(t.Till.Language) {
		slip.Rows = append(slip.Rows, receipt.Row(line))
	}
	return slip
}

// tellDayClosed tells the diary, and the display where nobody is being served.
func (t *Terminal) tellDayClosed(closed ClosedDay) {
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
func (t *Terminal) netOf(d report.Day) string {
	if len(d.All.Money) != 1 {
		return ""
	}
	return t.Till.Language.Money(d.All.Money[0].Currency, d.All.Money[0].Net)
}

// ReportedTill is whose report it is.
func ReportedTill(id datadir.Identity) (report.Till, error) {
	zone, err := time.LoadLocation(id.Store.TimeZone)
	if err != nil {
		return report.Till{}, exit.Fail(exit.Config, "correct the store's time zone at headquarters", err)
	}
	return report.Till{
		StoreID: id.Store.ID, Store: id.Store.Name, Terminal: id.Terminal, Name: id.Name, Zone: zone,
	}, nil
}

// ParseDay reads a business day as people say it.
func ParseDay(asked string, now time.Time, zone *time.Location) (ledger.Date, error) {
	switch asked {
	case "today":
		return ledger.DateAt(ledger.MillisOf(now), zone), nil
	case "yesterday":
		local := now.In(zone)
		return ledger.Date(time.Date(local.Year(), local.Month(), local.Day()-1, 12, 0, 0, 0, zone).Format(time.DateOnly)), nil
	}
	day, err := ledger.ParseDate(asked)
	if err != nil {
		return "", exit.Fail(exit.Usage, "write a date, today or yesterday", err)
	}
	return day, nil
}

// RefuseDay tells a quiet day, whose report is one of zeros, from one of which
// this journal can know nothing.
func RefuseDay(ctx context.Context, view *offline.View, day ledger.Date, now time.Time, zone *time.Location) error {
	first, _, err := view.DayRange(ctx)
	if err != nil {
		return err
	}
	err = report.CheckDay(day, ledger.DateAt(ledger.MillisOf(now), zone), first)
	no, unknown := errors.AsType[*report.NoDay](err)
	switch {
	case !unknown:
		return nil
	case !no.ToCome() && first != "":
		return exit.Fail(exit.Data, "what an earlier journal had is at headquarters", no)
	}
	return exit.Fail(exit.Data, "", no)
}
