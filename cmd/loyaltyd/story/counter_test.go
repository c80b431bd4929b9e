package story_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A day at the counter of a shop without a POS, at a real daemon with a keypad,
// a scanner, a display and a printer: a sale, its copy, a return and a void, a
// printer without paper, and the day's close from the menu.
func TestCounterStory(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.OpenShop(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	press := func(keys, words string) {
		t.Helper()
		if err := lane.Press(ctx, keys, words); err != nil {
			t.Fatal(err)
		}
	}
	printed := 0
	prints := func(words ...string) {
		t.Helper()
		printed++
		paper := nextPaper(ctx, t, lane.Printer, printed)
		for _, word := range words {
			if !strings.Contains(paper, word) {
				t.Errorf("paper %d has no %q:\n%s", printed, word, paper)
			}
		}
	}

	press("05320000001\r", "New?")
	press("C", "Amount, then")
	press("12345\r", "+123")
	prints("TOTAL TRY", "123.45", "Earned", "***0001")
	press("D", "is being printed")
	prints("*** COPY ***", "123.45", "***0001")
	number := receiptNumber(t, lane.Printer.Receipts()[0].Text)

	if err := lane.Scanner.Scan("]Q1tel:+905320000001"); err != nil {
		t.Fatal(err)
	}
	press("", "Amount, then")
	press("2000\r", "+20")
	prints("20.00")
	press("E", "Receipt, then")
	press(number+"\r", "123.45")
	press("2345\r", "Refund 23.45")
	prints("RETURN", "Of receipt "+number, "23.45", "Taken back", "***0001")
	press("B", "Undo sale")
	press("\r", "Refund 20.00")
	prints("VOID", "20.00")
	press("B", "Already voided")
	press(number+"D", "Copy of")
	press("\r", "is being printed")
	prints("*** COPY ***", "Receipt "+number, "123.45")

	press("\x1b", stage.Ready)
	if err := lane.Scanner.Scan("5901234123457"); err != nil {
		t.Fatal(err)
	}
	press("", "Product: use POS")
	lane.Printer.SetPaper(sim.PaperOut)
	press("05320000001\r", "Amount, then")
	press("500\r", "No paper: COPY")
	press("\x1b", stage.Ready)
	press("D", "No paper: COPY")
	lane.Printer.SetPaper(sim.PaperLoaded)
	for !copied(lane.Printer, "5.00") { // as soon as the printer says that it prints
		press("\x1b", stage.Ready)
		press("D", "Copy")
	}

	press("F", "1 Day close")
	press("1", "Day closed")
}

// nextPaper waits for the printer's n-th receipt.
func nextPaper(ctx context.Context, t *testing.T, printer *sim.Printer, n int) string {
	t.Helper()
	if err := printer.Wait(ctx, func(all []sim.Receipt) bool { return len(all) >= n }); err != nil {
		t.Fatalf("paper %d: %v", n, err)
	}
	return printer.Receipts()[n-1].Text
}

// copied reports whether a copy with these words was printed.
func copied(printer *sim.Printer, words string) bool {
	for _, paper := range printer.Receipts() {
		if strings.Contains(paper.Text, "*** COPY ***") && strings.Contains(paper.Text, "  "+words) {
			return true
		}
	}
	return false
}

func receiptNumber(t testing.TB, paper string) string {
	t.Helper()
	_, rest, ok := strings.Cut(paper, "Receipt ")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		t.Fatalf("no receipt number in\n%s", paper)
	}
	return fields[0]
}
