package report_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// Wherever the entries of a day are cut in two, of which the first are summed up and
// gone, its report says what it said of all of them, and that some are gone.
func TestSummary(t *testing.T) {
	for name, whole := range map[string]*shelf{"busy": busy(), "hands": hands(), "cash": cashed(), "gifts": gifts()} {
		want := ofDay(t, whole, "2026-11-22", "2026-12-25 08:00")
		for cut := range len(whole.entries) + 1 {
			first := &shelf{entries: whole.entries[:cut]}
			summary, err := report.Summary(context.Background(), first, shop, "2026-11-22", ledger.Millis(1_800_000_000_000))
			if err != nil {
				t.Fatal(err)
			}
			got := ofDay(t, &shelf{entries: whole.entries[cut:], kept: summary}, "2026-11-22", "2026-12-25 08:00")
			var text bytes.Buffer
			if err := got.Table(&text); err != nil {
				t.Fatal(err)
			}
			if got.First != nil && !strings.Contains(text.String(), "Summed up") {
				t.Errorf("%s, cut at %d: it does not say so:\n%s", name, cut, &text)
			}
			opts := cmp.Options{
				cmpopts.IgnoreFields(report.Day{}, "Head", "First", "Last", "SummedUp"), cmpopts.IgnoreUnexported(report.Day{}),
			}
			if diff := cmp.Diff(want, got, opts); diff != "" {
				t.Errorf("%s, cut at %d: %s", name, cut, diff)
			}
		}
	}
}

// What cannot be read of a summary is an error, and no report of zeros.
func TestSummaryUnreadable(t *testing.T) {
	s := busy()
	s.kept = []byte(`{"all": 7`)
	if _, err := report.OfDay(context.Background(), s, shop, "2026-11-22", 1, nil); err == nil {
		t.Error("it was read")
	}
}
