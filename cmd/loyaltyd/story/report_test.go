package story_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/shop"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// reporting is a till whose POS and whose manager are at work.
type reporting struct {
	t     *testing.T
	ctx   context.Context
	stage *stage.Stage
	lane  *stage.Lane
	pos   *pos
}

// reported is the day that is asked for, long enough ago that others follow it.
var reported = shop.Ago(10)

func newReporting(t *testing.T) *reporting {
	s := newStage(t)
	r := &reporting{t: t, ctx: testkit.Within(t, time.Minute), stage: s}
	if err := s.Open(r.ctx, "till"); err != nil {
		t.Fatal(err)
	}
	r.lane = s.Lanes[0]
	r.pos = newPOS(t, s, r.lane)
	return r
}

func (r *reporting) sell(day, operator, saleID string, amount int64) {
	r.t.Helper()
	r.pos.day, r.pos.operator = day, operator
	status, answer, err := r.pos.complete(saleID, amount, "")
	if status != http.StatusOK || err != nil {
		r.t.Fatalf("sale %s: %d %s, %v", saleID, status, answer, err)
	}
}

// command runs a command line on the till's folder, in this process.
func (r *reporting) command(args ...string) (code int, out, talk string) {
	r.t.Helper()
	return commandtest.Run(r.t, append(args, "--config", filepath.Join(r.stage.Dir, "till.yaml"))...)
}

func (r *reporting) report(args ...string) report.Day {
	r.t.Helper()
	code, out, talk := r.command(append(append([]string{"report", "day"}, args...), "--json")...)
	var d report.Day
	if err := json.Unmarshal([]byte(out), &d); code != exit.OK || err != nil {
		r.t.Fatalf("exit %d, %v: %s%s", code, err, out, talk)
	}
	return d
}

// amounts are an operator's sales and what they come to.
func amounts(d report.Day) map[string][2]int64 {
	out := map[string][2]int64{"all": {d.All.Sales, int64(d.All.Money[0].Sales)}}
	for _, o := range d.Operators {
		out[o.ID] = [2]int64{o.Sales, int64(o.Money[0].Sales)}
	}
	return out
}

// A manager asks for any day, beside the daemon and without a network, and
// after the daemon has ended; sales that come late to their day are in it.
func TestReportDay(t *testing.T) {
	r := newReporting(t)
	r.stage.Network.Cut()
	r.sell(reported, "ayse", "1", 1000)
	r.sell(shop.Ago(9), "ayse", "2", 500)
	r.sell(reported, "mehmet", "3", 2500)
	r.sell(shop.Ago(8), "ayse", "4", 1)
	r.sell(reported, "ayse", "5", 7) // late
	wal := filepath.Join(r.stage.Folder("till"), "journal.db-wal")
	before, err := os.Stat(wal)
	if err != nil {
		t.Fatal(err)
	}
	d := r.report(reported)
	want := map[string][2]int64{"all": {3, 3507}, "ayse": {2, 1007}, "mehmet": {1, 2500}}
	if diff := cmp.Diff(want, amounts(d)); diff != "" {
		t.Error(diff)
	}
	if d.First.Seq != 1 || d.Last.Seq != 5 || d.Head.Seq != 5 || d.Store == "" || d.TimeZone != "Europe/Istanbul" {
		t.Errorf("made from %+v", d)
	}
	if after, err := os.Stat(wal); err != nil || after.Size() != before.Size() {
		t.Errorf("a report changed the WAL: %v, %v", after, err)
	}
	_, table, _ := r.command("report", "day", reported)
	if !strings.Contains(table, "35.07 TRY") || !strings.Contains(table, report.ShortHash(d.Head.Hash)) {
		t.Errorf("the table says\n%s", table)
	}
	_, text, _ := r.command("report", "day", shop.Ago(9), "--format", "csv")
	if rows, err := csv.NewReader(strings.NewReader(text)).ReadAll(); err != nil || len(rows) != 2 || rows[1][3] != "ayse" {
		t.Errorf("the CSV says %v, %v", rows, err)
	}
	r.stage.Drain()
	if diff := cmp.Diff(want, amounts(r.report(reported))); diff != "" {
		t.Errorf("after the daemon: %s", diff)
	}
	if d := r.report(shop.Ago(7)); d.Entries != 0 { // between the first day and today
		t.Errorf("a quiet day has %d entries", d.Entries)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"2126-01-01"}, exit.Data, "still to come"},
		{[]string{shop.Ago(15)}, exit.Data, "begins on " + reported},
		{[]string{"5.1.2026"}, exit.Usage, "2026-11-22"},
		{[]string{"today", "--format", "xml"}, exit.Usage, "table, csv or json"},
		{[]string{"today", "--format", "csv", "--json"}, exit.Usage, "do not go together"},
	} {
		code, _, talk := r.command(append([]string{"report", "day"}, c.args...)...)
		if code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", c.args, code, talk, c.code, c.says)
		}
	}
	if code, _, talk := commandtest.Run(t, "report", "day", "--config", filepath.Join(r.stage.Dir, "hq.yaml")); code != exit.Usage {
		t.Errorf("at headquarters: exit %d, %s", code, talk)
	}
}

// A day is closed: its paper comes with the head, the display says so, and what
// is sold after it belongs to its day all the same. Without paper the close
// stands and is repeated. Years later the paper's head is found again.
func TestDayClose(t *testing.T) {
	r := newReporting(t)
	if code, _, talk := r.command("day", "close", "2126-01-01"); code != exit.Data || !strings.Contains(talk, "still to come") {
		t.Errorf("a day to come: exit %d, %s", code, talk)
	}
	r.stage.Network.Cut() // an ack would write after the close
	r.sell(reported, "ayse", "1", 1000)
	closed := r.close()
	if !closed.Folded || closed.Printed != 1 || len(closed.NotPrinted) > 0 || closed.Report.All.Sales != 1 {
		t.Errorf("closed: %+v", closed)
	}
	r.printed(1, "Head", fmt.Sprintf("%d.1", closed.Report.Head.Epoch), report.ShortHash(closed.Report.Head.Hash), "10.00 TRY")
	if err := r.lane.Press(r.ctx, "", "Day closed"); err != nil {
		t.Error(err)
	}
	upper, lower := r.lane.Display.Lines()
	if upper != "Day closed     "+reported[5:] || lower != "1 sales        10.00" {
		t.Errorf("the display shows %q and %q", upper, lower)
	}
	if info, err := os.Stat(filepath.Join(r.stage.Folder("till"), "journal.db-wal")); err != nil || info.Size() != 0 {
		t.Errorf("the WAL is %v, %v", info, err)
	}
	r.sell(reported, "ayse", "2", 500)
	r.lane.Printer.SetPaper(sim.PaperOut)
	var out terminal.ClosedDay
	for len(out.NotPrinted) == 0 { // until the till has noticed
		out = r.close()
	}
	if out.Report.All.Sales != 2 {
		t.Errorf("without paper: %+v", out)
	}
	code, _, talk := r.command("day", "close", reported)
	if code != exit.OK || !strings.Contains(talk, "the close stands") {
		t.Errorf("without paper: exit %d, %s", code, talk)
	}
	r.stage.Drain()
	if code, _, talk := r.command("day", "close"); code != exit.Unavailable || !strings.Contains(talk, "loyaltyd run") {
		t.Errorf("without a daemon: exit %d, %s", code, talk)
	}
	r.findsHeads(closed.Report.Head)
}

func (r *reporting) close() (closed terminal.ClosedDay) {
	r.t.Helper()
	if err := r.stage.Ask(r.ctx, &closed, "till", "day", "close", reported); err != nil {
		r.t.Fatal(err)
	}
	return closed
}

// printed waits until so many papers came out, the last with these words.
func (r *reporting) printed(papers int, words ...string) {
	r.t.Helper()
	err := r.lane.Printer.Wait(r.ctx, func(all []sim.Receipt) bool { return len(all) == papers })
	if err != nil {
		r.t.Fatal(err)
	}
	text := r.lane.Printer.Receipts()[papers-1].Text
	for _, word := range words {
		if !strings.Contains(text, word) {
			r.t.Errorf("the paper has no %q:\n%s", word, text)
		}
	}
}

func (r *reporting) findsHeads(head ledger.Head) {
	r.t.Helper()
	whole, short := head.Hash.String(), report.ShortHash(head.Hash)
	for _, c := range []struct {
		typed string
		code  int
		says  string
	}{
		{whole, exit.OK, fmt.Sprintf("is entry %d.1, of %s: nothing up to there was changed", head.Epoch, reported)},
		{short, exit.OK, "nothing up to there was changed"},
		{strings.ToUpper(short), exit.OK, "nothing up to there was changed"},
		{"0123456789abcdef", exit.Failed, "no entry of this journal has that head"},
		{whole[:15], exit.Usage, "16 to 64"},
		{"paper", exit.Usage, "16 to 64"},
	} {
		code, out, talk := r.command("verify", "--head", c.typed)
		if code != c.code || !strings.Contains(out+talk, c.says) {
			r.t.Errorf("--head %s: exit %d, %s%s; want %d and %q", c.typed, code, out, talk, c.code, c.says)
		}
	}
}
