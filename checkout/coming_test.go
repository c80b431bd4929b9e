package checkout_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// announced is the starter's next version: told two days after tests begin, and
// in force at New Year.
func announced(t testing.TB, edits ...string) *loyalty.Program {
	t.Helper()
	return testkit.Program(t, append([]string{
		"version: 1", "version: 2", "announced: 2026-01-02", "announced: 2026-11-24", "effective: 2026-01-02", "effective: 2027-01-01",
	}, edits...)...)
}

// rests lets a minute pass and gives what stood in the upper line, each once.
func (l *lane) rests() (lines []string) {
	seen := map[string]bool{}
	for range 60 {
		l.till.Clock.Advance(time.Second)
		l.Tick(l.t.Context(), l.till.Clock.Now())
		if upper := l.display.Last()[0]; !seen[upper] {
			seen[upper] = true
			lines = append(lines, upper)
		}
	}
	return lines
}

// A shop's messages take turns with its name, whole even where they are longer
// than the glass.
func TestMessages(t *testing.T) {
	l := newLane(t)
	l.Messages = []string{"Fresh bread at five", "Twice the points on all vegetables this week"}
	want := append([]string{"Corner Shop         ", "Fresh bread at five "}, l.Messages[1])
	got := l.rests()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	l.key("0")
	if upper := l.display.Last()[0]; upper != "Phone, then ENTER" {
		t.Errorf("a customer sees %q", upper)
	}
}

// From the day it is announced until it is in force, another version takes turns
// with the greeting, and ends each receipt. Nothing is told of one that changes
// nothing for members, and nothing takes the last sale off the display.
func TestComingRules(t *testing.T) {
	l := newLane(t)
	first := testkit.Program(t)
	note := func() []string {
		return l.till.Notes(&ledger.Entry{Sale: &ledger.Sale{}, At: ledger.MillisOf(l.till.Clock.Now())})
	}
	says := func(when string, notes []string, lines ...string) {
		t.Helper()
		if diff := cmp.Diff(notes, note()) + cmp.Diff(lines, l.rests()); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	l.till.Programs.Hold(first, announced(t, "points: 1/100", "points: 2/100"))
	says("before it is announced", nil, "Corner Shop         ")
	l.till.Clock.Advance(48 * time.Hour)
	says("announced", []string{"New rules from 1 January 2027, ask us"}, "Corner Shop         ", "New rules on 1 Jan  ")
	l.till.Programs.Hold(first, announced(t, "cap: 2000", "cap: 1000"))
	says("nothing changes for members", nil, "Corner Shop         ")
	l.till.Programs.Hold(first, announced(t, "points: 1/100", "points: 2/100"))
	l.key("05321234567=N1000=")
	restarted := *l.Counter
	l.Counter = &restarted
	l.Start(t.Context(), l.till.Clock.Now())
	says("after a restart", []string{"New rules from 1 January 2027, ask us"}, "Last sale      10.00")
	l.till.Clock.Advance(60 * 24 * time.Hour)
	l.key("x")
	says("in force", nil, "Corner Shop         ")
	if notes := l.till.Notes(&ledger.Entry{At: ledger.MillisOf(testkit.Noon.Add(72 * time.Hour)), Return: &ledger.Return{}}); notes != nil {
		t.Errorf("a return says %v", notes)
	}
}

// A keyed sale is decided by the version that was in force when she was known,
// though it is completed after midnight.
func TestKeyedSaleKeepsItsVersion(t *testing.T) {
	l := newLane(t)
	l.till.Programs.Hold(testkit.Program(t), announced(t, "points: 1/100", "points: 2/100"))
	l.till.Clock.Advance(time.Date(2027, 1, 1, 0, 0, 0, 0, l.till.Zone).Add(-10 * time.Second).Sub(l.till.Clock.Now()))
	l.key("05321234567=N")
	l.till.Clock.Advance(10 * time.Second)
	l.key("10000=")
	l.key("x05321234567=10000=")
	var versions []int
	for _, told := range l.told {
		versions = append(versions, told.Entry.Program.Version)
	}
	if diff := cmp.Diff([]int{1, 2}, versions); diff != "" {
		t.Errorf("decided by: %s", diff)
	}
}
