package report_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// However entries of a day are parted, and in whichever order they are added, they come
// to what the till's own report says, without why something was changed by hand.
func TestTotals(t *testing.T) {
	for name, s := range map[string]*shelf{"busy": busy(), "hands": hands(), "cash": cashed(), "gifts": gifts()} {
		want := ofDay(t, s, "2026-11-22", "2026-11-22 14:05")
		var entries []*ledger.Entry
		for _, e := range s.entries {
			if e.Day == "2026-11-22" {
				entries = append(entries, e)
			}
		}
		for cut := range len(entries) + 1 {
			first, last := totalsOf(t, entries[:cut]), totalsOf(t, reversed(entries[cut:]))
			both := report.NewAdding()
			if err := both.Totals(last); err != nil {
				t.Fatal(err)
			}
			if err := both.Totals(first); err != nil {
				t.Fatal(err)
			}
			got, err := both.Sum()
			if err != nil {
				t.Fatal(err)
			}
			noWhy := cmp.Options{cmpopts.IgnoreFields(report.Adjusted{}, "Reasons"), cmpopts.IgnoreFields(report.Units{}, "Program")}
			if diff := cmp.Diff(want.All, got.Sums, noWhy); diff != "" || got.Entries != int64(want.Entries) || got.AsOf != want.LastAt {
				t.Errorf("%s, cut at %d: %d entries as of %d: %s", name, cut, got.Entries, got.AsOf, diff)
			}
			for _, u := range got.Units {
				if u.Adjusted.Reasons != nil {
					t.Errorf("%s: says why: %v", name, u.Adjusted.Reasons)
				}
			}
			if !slices.Equal(written(t, got), written(t, totalsOf(t, entries))) {
				t.Errorf("%s, cut at %d: not the same bytes", name, cut)
			}
		}
	}
}

// What does not fit is an error, whichever is added first.
func TestTotalsOverflow(t *testing.T) {
	much := report.Totals{Sums: report.Sums{Units: []report.Units{{Unit: points, Earned: math.MaxInt64}}}}
	little := report.Totals{Sums: report.Sums{Units: []report.Units{{Unit: points, Earned: 1}}}}
	for _, both := range [][]report.Totals{{much, little}, {little, much}} {
		a := report.NewAdding()
		if err := a.Totals(both[0]); err != nil {
			t.Error(err)
		}
		if err := a.Totals(both[1]); err == nil {
			t.Error("it fits")
		}
	}
}

func totalsOf(t *testing.T, entries []*ledger.Entry) report.Totals {
	t.Helper()
	a := report.NewAdding()
	for _, e := range entries {
		if err := a.Entry(e, e.At); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := a.Sum()
	if err != nil {
		t.Fatal(err)
	}
	var read report.Totals
	if err := json.Unmarshal(written(t, sum), &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func written(t *testing.T, totals report.Totals) []byte {
	t.Helper()
	text, err := json.Marshal(totals)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func reversed(entries []*ledger.Entry) []*ledger.Entry {
	out := slices.Clone(entries)
	slices.Reverse(out)
	return out
}

// beside adds what was heard of the store's day, of so many tills: each told what the
// entries of the shelf tell.
func beside(t *testing.T, s *shelf, tills int) *shelf {
	t.Helper()
	var entries []*ledger.Entry
	for _, e := range s.entries {
		if e.Day == "2026-11-22" {
			entries = append(entries, e)
		}
	}
	all := report.NewAdding()
	for range tills {
		if err := all.Totals(totalsOf(t, entries)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := all.Sum()
	if err != nil {
		t.Fatal(err)
	}
	if s.store, err = json.Marshal(ledger.StoreDay{Day: "2026-11-22", Tills: tills, Totals: written(t, sum)}); err != nil {
		t.Fatal(err)
	}
	return s
}

// The store's totals are shown where other tills told of the day, or this one did not;
// JSON always has what was heard.
func TestStoreTotalsShown(t *testing.T) {
	for _, c := range []struct {
		name  string
		shelf *shelf
		shown bool
	}{
		{"two tills", beside(t, busy(), 2), true},
		{"this till alone", beside(t, busy(), 1), false},
		{"another till alone", &shelf{store: beside(t, busy(), 1).store}, true},
		{"not told, it does not fit", &shelf{entries: busy().entries, store: []byte(`{"business_day_date":"2026-11-22","tills":2}`)}, false},
		{"of a later release", &shelf{store: []byte(`{"business_day_date":"2026-11-22","tills":2,"mood":1,"totals":{"entries":1,"weather":"fair"}}`)}, true},
		{"of a later release, that writes totals otherwise", &shelf{entries: busy().entries, store: []byte(`{"business_day_date":"2026-11-22","tills":2,"totals":{"entries":{"all":1}}}`)}, false},
		{"of a later release, that writes days otherwise", &shelf{entries: busy().entries, store: []byte(`{"business_day_date":"2026-11-22","tills":["a","b"]}`)}, false},
		{"nothing heard", busy(), false},
	} {
		d := ofDay(t, c.shelf, "2026-11-22", "2026-11-22 14:05")
		var table bytes.Buffer
		if err := d.Table(&table); err != nil {
			t.Fatal(err)
		}
		if shown := strings.Contains(table.String(), "of the store, as of"); shown != c.shown || d.TellsMore() != c.shown {
			t.Errorf("%s: %s", c.name, &table)
		}
	}
	text, err := report.Summary(t.Context(), beside(t, busy(), 2), shop, "2026-11-22", 1)
	if err != nil || strings.Contains(string(text), "all_tills") {
		t.Errorf("what is kept of the day has what was heard, which changes: %s, %v", text, err)
	}
}
