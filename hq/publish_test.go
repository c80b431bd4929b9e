package hq_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// promised is the chain's program: a month's notice, and somebody who has it.
func promised(t testing.TB) *loyalty.Program {
	t.Helper()
	return testkit.Program(t, "notice: P0D", "notice: P30D", "effective: 2026-01-02", "effective: 2026-02-02")
}

// next is its next version, told on the day the world's clock stands at, with
// pieces replaced.
func next(t testing.TB, edits ...string) []byte {
	t.Helper()
	return testkit.Program(t, append([]string{
		"version: 1", "version: 2", "announced: 2026-01-02", "announced: 2026-11-22", "effective: 2026-01-02", "effective: 2026-12-22",
		"notice: P0D", "notice: P30D", "points: 1/100", "points: 1/200",
	}, edits...)...).Source()
}

// used is a headquarters that has posted something under its program.
func used(t testing.TB) *world {
	t.Helper()
	w := newWorldOf(t, promised(t))
	w.enrollSomebody()
	return w
}

func (w *world) enrollSomebody() {
	lane := w.newTill("Lane 1")
	lane.addMember("+905321234567", "")
	lane.push()
	w.work()
}

// readPrograms reads the feed as a till of this release does that knows of no
// program yet.
func (t *till) readPrograms() {
	t.Helper()
	target := fmt.Sprintf("%s?cursor=%d.%d&programs=0.0", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position)
	var p wire.Page
	if err := t.ask(http.MethodGet, target, nil, &p); err != nil || p.More {
		t.Fatalf("%v, more: %v", err, p.More)
	}
	if p.Next.Position < t.cursor.Position {
		t.Errorf("the cursor goes back from %+v to %+v", t.cursor, p.Next)
	}
	for _, c := range p.Changes {
		t.rows[string(c.Kind)+" "+c.Key] = c
	}
	t.cursor = p.Next
}

func versions(t testing.TB, w *world) (all []int) {
	t.Helper()
	published, _, err := w.hq.Programs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range published {
		all = append(all, p.Version)
	}
	return all
}

// What cannot follow the chain's program is refused in words, and nothing of it
// is kept.
func TestPublishRefuses(t *testing.T) {
	w := used(t)
	for _, c := range []struct {
		name  string
		edits []string
		says  string
	}{
		{"another program", []string{"program: starter", "program: other"}, `the chain's is "starter"`},
		{"a version that is not higher", []string{"version: 2", "version: 1"}, "version 1 was published with other text"},
		{"another currency", []string{"currency: TRY", "currency: EUR"}, "counts in EUR, and the stores in TRY"},
		{"told before today", []string{"announced: 2026-11-22", "announced: 2026-11-21"}, "today is 22 November 2026"},
		{"less notice than members were promised", []string{"notice: P30D", "notice: P1D", "effective: 2026-12-22", "effective: 2026-12-01"}, "promises members to tell them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			source := next(t, c.edits...)
			err := w.hq.Publish(context.Background(), source, "next.yaml")
			var refused *publication.NotPublishable
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v", err)
			}
			if _, previewed := w.hq.Preview(context.Background(), source, "next.yaml", false); previewed == nil || previewed.Error() != err.Error() {
				t.Errorf("and before: %v", previewed)
			}
		})
	}
	broken := strings.Replace(strings.Replace(string(next(t)), "points: 1/200", "points: 0.5", 1), "version: 2", "version: 0", 1)
	err := w.hq.Publish(context.Background(), []byte(broken), "next.yaml")
	if err == nil || !strings.Contains(err.Error(), "next.yaml:5:10: version 0") || !strings.Contains(err.Error(), "next.yaml:16:53: give") {
		t.Errorf("of a broken file it says %v", err)
	}
	large := append(next(t), strings.Repeat("# words\n", 32<<10)...)
	if err := w.hq.Publish(context.Background(), large, "next.yaml"); err == nil || !strings.Contains(err.Error(), "larger than 256 KiB") {
		t.Errorf("of a large file it says %v", err)
	}
	if diff := cmp.Diff([]int{1}, versions(t, w)); diff != "" {
		t.Errorf("kept: %s", diff)
	}
}

// What members are told in time is published once, and to every store, also one
// that comes later. What changes nothing for them needs no notice.
func TestPublish(t *testing.T) {
	w := used(t)
	lane := w.newTill("Lane 2")
	source := next(t)
	d, err := w.hq.Preview(context.Background(), source, "next.yaml", false)
	if err != nil || d.OldVersion != 1 || d.NewVersion != 2 || len(d.Changes) == 0 {
		t.Errorf("before: %+v, %v", d, err)
	}
	for range 2 {
		if err := w.hq.Publish(context.Background(), source, "next.yaml"); err != nil {
			t.Fatal(err)
		}
	}
	quiet := next(t, "version: 2", "version: 3", "effective: 2026-12-22", "effective: 2026-11-22", "notice: P30D", "notice: P0D",
		"points: 1/200", "points: 1/100", "cap: 2000", "cap: 1000")
	err = w.hq.Publish(context.Background(), quiet, "quiet.yaml")
	if err != nil {
		t.Errorf("nothing changes for members: %v", err)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, versions(t, w)); diff != "" {
		t.Errorf("published: %s", diff)
	}
	store := wire.Store{ID: "0002", Name: "Second", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}
	if err := w.hq.CreateStore(context.Background(), store); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.work()
	for _, till := range []*till{lane, w.newTillAt("0002", "Lane 1")} {
		till.url = w.url
		till.readPrograms()
		for _, key := range []string{"starter/1", "starter/2", "starter/3"} {
			row, told := till.rows["program "+key]
			if !told || !row.Program.SignedBy(ledger.NewKeyChain(w.hq.Chain(), w.hq.PublicKey())) {
				t.Errorf("%s is not told %s", till.Name, key)
			}
		}
	}
}

// The chain's first program needs no notice, and where nothing was posted yet
// another may take its place.
func TestPublishFirst(t *testing.T) {
	w := newWorldOf(t, promised(t))
	other := next(t, "program: starter", "program: other", "announced: 2026-11-22", "announced: 2026-01-01")
	if err := w.hq.Publish(context.Background(), other, "other.yaml"); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.enrollSomebody()
	err := w.hq.Publish(context.Background(), next(t, "version: 2", "version: 5"), "next.yaml")
	if err == nil || !strings.Contains(err.Error(), `the chain's is "other"`) {
		t.Errorf("once it is used: %v", err)
	}
}

// A program that takes its place back before anything was posted is told last
// again, so that tills know which one their store has.
func TestPublishFirstAgain(t *testing.T) {
	w := newWorldOf(t, promised(t))
	other := next(t, "program: starter", "program: other", "announced: 2026-11-22", "announced: 2026-01-01")
	lane := w.newTill("Lane 1")
	for _, source := range [][]byte{other, promised(t).Source()} {
		w.work()
		if err := w.hq.Publish(context.Background(), source, "first.yaml"); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	lane.readPrograms()
	if again, was := lane.rows["program starter/1"], lane.rows["program other/2"]; again.Position <= was.Position {
		t.Errorf("told at %d, and the other at %d", again.Position, was.Position)
	}
	if stores, err := w.hq.Stores(context.Background()); err != nil || stores[0].Program != "starter" {
		t.Errorf("the store has %+v, %v", stores, err)
	}
}

// Rights are placed as the version in force says, from the day it takes effect.
func TestPolicyFollows(t *testing.T) {
	w := used(t)
	quiet := next(t, "effective: 2026-12-22", "effective: 2026-11-24", "notice: P30D", "notice: P0D", "points: 1/200", "points: 1/100",
		"share: 1/1, cap: 2000", "share: 1/1, cap: 500")
	if err := w.hq.Publish(context.Background(), quiet, "quiet.yaml"); err != nil {
		t.Fatal(err)
	}
	lane := w.newTill("Lane 2")
	earn := func(e164 string) {
		lane.earn(ledger.SubjectOf(lane.addMember(e164, "")), 1500)
		lane.push()
		w.work()
	}
	earn("+905321234561")
	for range 2 {
		w.pass(12 * time.Hour)
		w.work()
	}
	if n := w.told(event.InForce); n != 0 {
		t.Errorf("it is in force %d times before its day", n)
	}
	w.pass(12 * time.Hour)
	w.work()
	if n := w.told(event.InForce); n != 1 {
		t.Errorf("its coming into force was told %d times", n)
	}
	earn("+905321234562")
	if before, after := w.balance("+905321234561").Escrowed, w.balance("+905321234562").Escrowed; before != 1500 || after != 500 {
		t.Errorf("set aside are %d under the first version and %d under the second", before, after)
	}
	w.clean()
}

// A rule is stopped once, by a reason, and told.
func TestStopRule(t *testing.T) {
	w := used(t)
	lane := w.newTill("Lane 2")
	for _, c := range []struct{ rule, reason, says string }{
		{"none", "it gave too much", `no rule "none"`},
		{"base", " ", "why it is stopped"},
		{"base", strings.Repeat("x", 201), "why it is stopped"},
		{"base", "it gave too much", ""},
		{"base", "it gave too much", "stopped already"},
	} {
		err := w.hq.StopRule(context.Background(), ledger.Stop{Rule: c.rule, Reason: c.reason, Operator: "ayla"})
		if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%q for %q: %v", c.rule, c.reason, err)
		}
	}
	if w.told(event.RuleStopped) != 1 {
		t.Error("it was not told once")
	}
	_, stops, err := w.hq.Programs(context.Background())
	want := []ledger.Stop{{Program: "starter", Rule: "base", Version: 1, Reason: "it gave too much", Operator: "ayla", At: ledger.MillisOf(w.now())}}
	if diff := cmp.Diff(want, stops); diff != "" || err != nil {
		t.Errorf("kept: %s %v", diff, err)
	}
	w.work()
	lane.readPrograms()
	if row := lane.rows["stop starter/1/base"]; row.Stop == nil || !row.Stop.SignedBy(ledger.NewKeyChain(w.hq.Chain(), w.hq.PublicKey())) {
		t.Errorf("the store is told %+v", row)
	}
}

// A terminal of the release before is told nothing that it would not
// understand; once it is this release it hears of everything, from wherever its
// cursor stands.
func TestProgramsToOlderTerminals(t *testing.T) {
	w := used(t)
	lane := w.newTill("Lane 2")
	lane.pull()
	for _, row := range lane.rows {
		if row.Program != nil || row.Stop != nil {
			t.Errorf("it is told %s %s", row.Kind, row.Key)
		}
	}
	if lane.cursor.Position == 0 {
		t.Fatal("it has read nothing")
	}
	lane.readPrograms()
	if lane.rows["program starter/1"].Program == nil {
		t.Error("once it asks it is not told")
	}
}
