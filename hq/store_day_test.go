package hq_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/report"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// storeDays reads what the feed says of the store's days from the beginning, as a till
// of this release asks.
func (t *till) storeDays() map[ledger.Date]ledger.StoreDay {
	t.Helper()
	told, after := map[ledger.Date]ledger.StoreDay{}, ledger.Position(0)
	for {
		var p wire.Page
		target := fmt.Sprintf("%s?cursor=%d.%d&%s=%d.%d", wire.FeedPath, t.cursor.Incarnation, t.cursor.Position, wire.DaysParam, t.cursor.Incarnation, after)
		if err := t.ask(http.MethodGet, target, nil, &p); err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Changes {
			after = max(after, c.Position)
			if c.StoreDay != nil {
				told[c.StoreDay.Day] = *c.StoreDay
			}
		}
		if !p.More {
			return told
		}
	}
}

// wrote is what tills wrote, for their own reports.
type wrote map[*till][]*ledger.Entry

func (w wrote) by(t *till, e *ledger.Entry) *ledger.Entry {
	w[t] = append(w[t], e)
	return e
}

// journal is a till's for its report.
type journal []*ledger.Entry

func (j journal) ReadDay(
	_ context.Context, day ledger.Date, each func(ledger.Place, []byte) error, _ func(done, total int),
) (ledger.Head, error) {
	for _, e := range j {
		if e.Day != day {
			continue
		}
		body, err := e.Encode()
		if err == nil {
			err = each(ledger.Place{}, body)
		}
		if err != nil {
			return ledger.Head{}, err
		}
	}
	return ledger.Head{}, nil
}

func (journal) KeptDay(context.Context, ledger.Date) ([]byte, error)  { return nil, nil }
func (journal) StoreDay(context.Context, ledger.Date) ([]byte, error) { return nil, nil }

// want is what the reports of tills add up to, without why something was changed.
func (w wrote) want(tb testing.TB, day ledger.Date, tills ...*till) ledger.StoreDay {
	tb.Helper()
	sum, n := report.NewAdding(), 0
	for _, t := range tills {
		text, err := report.Summary(tb.Context(), journal(w[t]), report.Till{Zone: time.UTC}, day, 1) // with each unit's program
		if err != nil {
			tb.Fatal(err)
		}
		var d report.Day
		if err := json.Unmarshal(text, &d); err != nil {
			tb.Fatal(err)
		}
		if d.Entries == 0 {
			continue
		}
		n++
		if err := sum.Totals(report.Totals{Entries: int64(d.Entries), AsOf: d.LastAt, Sums: d.All}); err != nil {
			tb.Fatal(err)
		}
	}
	all, err := sum.Sum()
	if err != nil {
		tb.Fatal(err)
	}
	text, err := json.Marshal(all)
	if err != nil {
		tb.Fatal(err)
	}
	return ledger.StoreDay{Day: day, Tills: n, Totals: text}
}

// tells has stores told of their days, and compares what a till hears with what the
// tills of its store wrote.
func (w *world) tells(r interface{ Errorf(string, ...any) }, when string, by wrote, tills ...*till) {
	w.Helper()
	w.pass(time.Minute)
	w.work()
	days := map[ledger.Date]ledger.StoreDay{}
	for _, t := range tills {
		for _, e := range by[t] {
			if e.Day != "" {
				days[e.Day] = by.want(w, e.Day, tills...)
			}
		}
	}
	told := tills[0].storeDays()
	text := cmp.Transformer("text", func(m json.RawMessage) string { return string(m) })
	if diff := cmp.Diff(days, told, text); diff != "" {
		r.Errorf("%s, what tills wrote (-) and the store is told (+):\n%s", when, diff)
	}
}

// nobodys is a sale of nobody.
func nobodys(points ledger.Points) *ledger.Entry {
	e := earning("", saleID(), points)
	e.ID = newEntryID()
	e.Subject, e.Proof = ledger.SaleSubject(e.ID), ""
	return e
}

// What a store is told of a day is what the reports of its tills add up to: of sales to
// members and to nobody, of what came back and was changed by hand, on the day that
// each entry is of. Another store's are its own; a till of the release before is told
// nothing.
func TestStoreDay(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.newTill("a"), w.newTill("b"), w.newStoresTill("0002")
	by := wrote{}
	her := ledger.SubjectOf(a.addMember(ayse, ""))
	cipher, sum := a.person(mehmet, "")
	by.by(a, a.append(&ledger.Entry{
		Kind: ledger.Enroll, Day: "2026-11-22", Subject: ledger.SubjectOf(newAccountID()), Proof: ledger.Claimed, Attachment: sum,
	}, cipher, nil))
	sale := by.by(a, a.sell(her, "S-1"))
	by.by(a, a.earn(her, 2000))
	a.sync()
	w.pass(time.Minute)
	by.by(b, b.append(nobodys(7), nil, nil))
	by.by(b, b.elsewhere(a, sale, ledger.ReturnedLine{Line: 0}))
	tomorrow := earning(her, saleID(), 30)
	tomorrow.Day = "2026-11-23"
	by.by(b, b.append(tomorrow, nil, nil))
	by.by(b, b.append(&ledger.Entry{
		Kind: ledger.Adjust, Subject: her, Day: "2026-11-23", Program: &program, Approver: "9",
		Adjust:   &ledger.Adjustment{ID: "A-1", Reason: "Ayşe of 12 Rose Street"},
		Postings: []ledger.Posting{{Unit: unit, Amount: 50, From: ledger.Adjusted, To: ledger.Available}},
	}, nil, nil))
	by.by(a, a.redeem(her, "S-2", 100, a.theRight().ID))
	by.by(a, a.comeBack(sale, nil, loyalty.Wish{All: true}))
	by.by(c, c.earn(her, 11))
	for _, till := range []*till{a, b, c} {
		till.push()
	}
	w.tells(t, "all", by, a, b)
	w.tells(t, "the other store", by, c)
	a.pull()
	for _, row := range a.rows {
		if row.StoreDay != nil {
			t.Error("a till of the release before is told of it")
		}
	}
	if text := string(a.storeDays()["2026-11-23"].Totals); !strings.Contains(text, `"given":50`) || strings.Contains(text, "Rose") {
		t.Errorf("told %s", text)
	}
	w.clean()
	w.rebuilds()
	w.tells(t, "rebuilt", by, a, b)
	db := w.behind()
	defer db.Close()
	for _, table := range []string{"till_day", "counted", "feed_day"} { // as a release before left it
		if _, err := db.Exec(noneOf(table)); err != nil {
			t.Fatal(err)
		}
	}
	w.restart()
	by.by(a, a.earn(her, 12))
	a.mustHello(wire.InStep)
	a.push()
	w.tells(t, "after an upgrade", by, a, b)
	w.clean()
}

// What comes while headquarters does not believe its clock is told once a person confirmed
// it, also where the clock went back from a time at which stores were told.
func TestStoreDayUnsoundClock(t *testing.T) {
	w := newWorld(t)
	a := w.newTill("a")
	by := wrote{}
	her := ledger.SubjectOf(a.addMember(ayse, ""))
	a.sync()
	w.work()
	w.pass(12 * 24 * time.Hour)
	late := earning(her, saleID(), 30)
	late.Day = "2026-12-04"
	by.by(a, a.append(late, nil, nil))
	a.push()
	w.work()
	if told := a.storeDays()[late.Day]; told.Tills > 0 {
		t.Errorf("by a clock that is not believed: %+v", told)
	}
	confirm := func() {
		if err := w.hq.ConfirmClock(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	confirm()
	w.tells(t, "confirmed", by, a)
	w.pass(time.Hour)
	by.by(a, a.earn(her, 40))
	a.push()
	w.tells(t, "an hour ahead", by, a)
	w.pass(-time.Hour)
	confirm()
	by.by(a, a.earn(her, 50))
	a.push()
	w.tells(t, "put right", by, a)
}

// Whatever tills sell and take back, in whichever order their journals come, however
// often they come, begin anew and are cut short, each entry counts once: a return that
// waits for its sale, with it; what a fenced till sends, once it is released.
func TestStoreDayProperty(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		s := &dayStory{world: w, by: wrote{}, tills: []*till{w.newTill("a"), w.newTill("b"), w.newTill("c")}}
		s.her = ledger.SubjectOf(s.tills[0].addMember(ayse, ""))
		s.tills[0].sync()
		for range rapid.IntRange(1, 30).Draw(r, "steps") {
			s.step(r)
		}
		s.settle(r)
	})
}

type dayStory struct {
	*world
	by    wrote
	tills []*till
	her   ledger.Subject
	sold  []*ledger.Entry
	at    []*till // where
}

func (s *dayStory) step(r *rapid.T) {
	t := rapid.SampledFrom(s.tills).Draw(r, "till")
	switch rapid.SampledFrom([]string{"sale", "sale", "nobody", "again", "elsewhere", "elsewhere", "push", "work", "repeat", "epoch", "restart", "stop", "pass"}).Draw(r, "step") {
	case "sale":
		s.sells(t, earning(s.her, saleID(), ledger.Points(rapid.IntRange(1, 900).Draw(r, "points"))), r)
	case "nobody":
		s.sells(t, nobodys(ledger.Points(rapid.IntRange(1, 900).Draw(r, "points"))), r)
	case "again": // the POS asks once more, of a till that forgot: it does not count
		if i := slices.Index(s.at, t); i >= 0 {
			t.append(&ledger.Entry{Kind: ledger.Sold, Day: s.sold[i].Day, Subject: s.her, Proof: ledger.Claimed, Program: &program, Sale: s.sold[i].Sale}, nil, nil)
		}
	case "elsewhere":
		if len(s.sold) > 0 {
			i := rapid.IntRange(0, len(s.sold)-1).Draw(r, "sale")
			s.by.by(t, t.elsewhere(s.at[i], s.sold[i], ledger.ReturnedLine{Line: 0, Gross: 1}))
		}
	case "push":
		t.push()
	case "work":
		s.work()
	case "repeat":
		if len(t.lines) > 0 {
			t.send(t.batch(0, rapid.IntRange(1, len(t.lines)).Draw(r, "lines"))) // whatever comes back, it was sent
			t.mustHello(wire.InStep)
		}
	case "epoch": // all of it comes again under another place
		t.push()
		lines := t.lines
		t.openEpoch(t.head.Epoch+1, t.head.Hash)
		t.mustHello(wire.InStep)
		for i, l := range lines {
			at := ledger.Place{Terminal: t.Terminal, Epoch: t.head.Epoch - 1, Seq: ledger.Seq(i + 1)}
			t.appendBody(l.body, l.attachment, &at)
		}
	case "restart":
		s.restart()
	case "stop":
		s.stopped(rapid.SampledFrom([]string{"till_day", "counted", "projected"}).Draw(r, "table"), t)
	case "pass":
		s.pass(time.Hour)
	}
}

func (s *dayStory) sells(t *till, e *ledger.Entry, r *rapid.T) {
	e.Day = rapid.SampledFrom([]ledger.Date{"2026-11-21", "2026-11-22", "2026-11-23"}).Draw(r, "day")
	e.Sale.Lines = []ledger.Line{{Net: 1000, Gross: 1000, Quantity: 1}}
	s.sold, s.at = append(s.sold, s.by.by(t, t.append(e, nil, nil))), append(s.at, t)
}

// stopped has work cut short where it writes a table.
func (s *dayStory) stopped(table string, t *till) {
	t.push()
	again := s.stop("INSERT", table)
	s.hq.Work(s.Context()) // it fails
	again()
}

// settle brings all there, of one till as held first.
func (s *dayStory) settle(r *rapid.T) {
	held := s.tills[2]
	for _, t := range s.tills[:2] {
		t.push()
	}
	if rapid.Bool().Draw(r, "held") {
		if _, err := s.hq.ReplaceTerminal(s.Context(), held.Terminal, time.Hour); err != nil {
			s.Fatal(err)
		}
		held.mustHello(wire.Fenced)
	}
	held.push()
	s.work()
	if _, err := s.hq.ReleaseHeld(s.Context(), held.Terminal, "9"); err != nil {
		s.Fatal(err)
	}
	s.tells(r, "at the end", s.by, s.tills...)
	for _, f := range s.verify() {
		r.Errorf("verify: %s", f)
	}
}

// A till's day that nobody can read holds up neither what the till sells nor what stores
// are told: its store hears that there is no sum, until it is made anew of the entries.
func TestStoreDayThatNobodyCanRead(t *testing.T) {
	w := newWorld(t)
	a, b := w.newTill("a"), w.newTill("b")
	by := wrote{}
	her := ledger.SubjectOf(a.addMember(ayse, ""))
	by.by(a, a.earn(her, 700))
	a.sync()
	by.by(b, b.earn(her, 40))
	b.sync()
	w.tells(t, "whole", by, a, b)
	w.sql(`UPDATE till_day SET totals = zeroblob(2) WHERE terminal = $1`, b.Terminal.String())
	by.by(a, a.earn(her, 5))
	a.push()
	w.pass(time.Minute)
	w.work()
	if told := a.storeDays()["2026-11-22"]; told.Totals != nil {
		t.Errorf("of what cannot be added up the store was told %s", told.Totals)
	}
	by.by(b, b.earn(her, 60))
	b.push()
	w.work()
	if m := w.balance(ayse); m.Available+m.Escrowed != 805 {
		t.Errorf("she has %+v", m)
	}
	if len(w.verify()) == 0 {
		t.Error("verify finds nothing")
	}
	w.rebuild()
	w.tells(t, "made anew", by, a, b)
	w.clean()
}
