package sync_test

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// nextVersion gives twice the points from Wednesday on, told on Sunday.
func nextVersion(t testing.TB, edits ...string) []byte {
	t.Helper()
	return testkit.Program(t, append([]string{
		"version: 1", "version: 2", "announced: 2026-01-02", "announced: 2026-11-22", "effective: 2026-01-02", "effective: 2026-11-25",
		"notice: P0D", "notice: P3D", "points: 1/100", "points: 2/100",
	}, edits...)...).Source()
}

// pass lets time go by at headquarters, which does not stand still meanwhile.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	for step := 12 * time.Hour; d > 0; d -= step {
		w.Clock.Advance(min(step, d))
		w.must(w.Work(context.Background()))
	}
}

// sellUnder sells to ana and wants one version to decide it.
func (w *world) sellUnder(e *testkit.Enrolled, version int, began time.Time) *ledger.Entry {
	w.t.Helper()
	w.sales++
	id := e.NewEntry()
	completed, err := e.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: id, SaleID: id.String(), Currency: "TRY", Began: began,
		Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}},
		Who:   checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	w.must(err)
	got := completed.Entry
	if got.Program.Version != version || got.Postings[0].Amount != ledger.Points(100*version) {
		w.t.Errorf("at %s it is decided by version %d and earns %d; want version %d", w.Clock.Now().UTC(), got.Program.Version, got.Postings[0].Amount, version)
	}
	w.earned += got.Postings[0].Amount
	return got
}

func (w *world) midnight(e *testkit.Enrolled) time.Time {
	return time.Date(2026, 11, 25, 0, 0, 0, 0, e.Zone)
}

// A version that was published with notice is held by both tills, outlives a
// restart, and begins at the store's midnight without anybody to ask. A sale
// that began before is decided by the version it began with. Headquarters posts
// all of it, and takes back what the earlier version gave.
func TestNextVersion(t *testing.T) {
	w := newWorld(t)
	a, b := w.till(), w.till()
	account := w.takeIn(a)
	w.drain(a)
	w.must(w.Publish(context.Background(), nextVersion(t), "next.yaml"))
	w.pull(a)
	w.pull(b)
	early := w.sellUnder(a, 1, time.Time{})
	w.drain(a)
	w.must(a.Store.Close())
	a = w.Reopen(a)
	for _, e := range []*testkit.Enrolled{a, b} {
		now := w.Clock.Now()
		if current, next := e.Programs.At(now), e.Programs.Next(now); current.Ref().Version != 1 || next == nil || next.Ref().Version != 2 {
			t.Fatalf("in force is %v, next %v", current.Ref(), next)
		}
	}

	w.pass(w.midnight(a).Sub(w.Clock.Now()) - time.Second)
	began := w.Clock.Now()
	w.sellUnder(a, 1, time.Time{})
	w.sellUnder(b, 1, time.Time{})
	w.Clock.Advance(time.Second)
	w.sellUnder(a, 2, time.Time{})
	w.sellUnder(b, 2, time.Time{})
	w.sellUnder(b, 1, began)

	w.greet(a)
	w.drain(a)
	w.drain(b)
	w.agrees(7)
	for _, e := range []*testkit.Enrolled{a, b} {
		_, err := e.Return(context.Background(), w.Clock.Now(), checkout.Taking{
			Entry: e.NewEntry(), ID: "r" + e.Options.Terminal.String(),
			Of:   ledger.SaleRef{Terminal: a.Options.Terminal, Day: early.Day, ID: early.Sale.ID},
			Wish: loyalty.Wish{Gross: 5_000}, Asked: []byte("half"),
		})
		w.must(err)
		w.drain(e)
	}
	w.earned -= 100 // in two halves, at two tills
	w.agrees(9)
	w.pull(a)
	w.pull(b)
	for _, e := range []*testkit.Enrolled{a, b} {
		member, err := e.Store.Member(context.Background(), account)
		w.must(err)
		if got := member.Balance(testkit.Points).Shown; got != w.earned {
			t.Errorf("a till shows %d, told was %d", got, w.earned)
		}
	}
	w.sound()
}

func (w *world) sound() {
	w.t.Helper()
	found, err := findings(w.Fsck(context.Background(), nil))
	w.must(err)
	for _, f := range found {
		w.t.Error("verify: ", f)
	}
}

// A hold keeps the version under which it was placed, and so its price.
func TestHoldKeepsItsVersion(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	account := w.takeIn(e)
	w.sell(e, 60_000)
	w.drain(e)
	w.must(w.Publish(context.Background(), nextVersion(t, "cost: {points: 500}", "cost: {points: 600}"), "next.yaml"))
	w.pull(e)
	w.pass(w.midnight(e).Sub(w.Clock.Now()) - time.Minute)
	w.greet(e)
	w.pull(e) // which tells the time
	hold, err := e.Hold(context.Background(), w.Clock.Now(), checkout.Reserve{ID: e.NewHold(), SaleID: "late", Account: account, Reward: "five", Proof: ledger.Claimed})
	w.must(err)
	w.Clock.Advance(2 * time.Minute)
	completed, err := e.Complete(context.Background(), w.Clock.Now(), checkout.Basket{
		Entry: e.NewEntry(), SaleID: "late", Currency: "TRY", Holds: []ledger.HoldID{hold.ID},
		Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}}, Who: checkout.Who{Account: account, Proof: ledger.Claimed},
	})
	w.must(err)
	if got := completed.Entry; got.Program.Version != 1 || got.Sale.Total != 9_500 {
		t.Errorf("version %d, to pay %d", got.Program.Version, got.Sale.Total)
	}
}

// What is not signed by headquarters is passed over, once, and holds up nothing:
// the version that stands goes on.
func TestForgedPublication(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(*ledger.Change)
		forged  int
		version int
	}{
		{"another text", func(c *ledger.Change) {
			c.Program.Source = []byte(strings.Replace(string(c.Program.Source), "2/100", "9/100", 1))
		}, 1, 1},
		{"no signature", func(c *ledger.Change) { c.Program.Signature = nil }, 1, 1},
		{"as it is", func(*ledger.Change) {}, 0, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			e := w.till()
			w.takeIn(e)
			w.pull(e)
			w.must(w.Publish(context.Background(), nextVersion(t), "next.yaml"))
			w.must(w.Work(context.Background()))
			w.spoil(c.spoil)
			w.pull(e)
			w.pull(e)
			if len(e.Forged) != c.forged {
				t.Errorf("passed over %v", e.Forged)
			}
			w.Clock.Advance(w.midnight(e).Sub(w.Clock.Now()))
			w.sellUnder(e, c.version, time.Time{})
		})
	}
}

// spoil changes the feed's row of version 2 behind headquarters' back.
func (w *world) spoil(change func(*ledger.Change)) {
	w.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(w.Dir, "hq.db"))
	w.must(err)
	defer db.Close()
	var text []byte
	w.must(db.QueryRow(`SELECT change FROM feed WHERE kind = 'program' AND key = 'starter/2'`).Scan(&text))
	var row ledger.Change
	w.must(json.Unmarshal(text, &row))
	change(&row)
	text, err = json.Marshal(row)
	w.must(err)
	_, err = db.Exec(`UPDATE feed SET change = ? WHERE kind = 'program' AND key = 'starter/2'`, text)
	w.must(err)
}

// A headquarters that was put back from before a publication takes nothing of it
// away from the tills, and has it again by their word: what was sold under it is
// posted under it.
func TestVersionOutlivesHeadquarters(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.drain(e)
	backup := w.Backup()
	w.must(w.Publish(context.Background(), nextVersion(t), "next.yaml"))
	w.must(w.StopRule(context.Background(), ledger.Stop{Rule: "base", Reason: "it gave too much", Operator: "ayla"}))
	w.pull(e)
	w.Clock.Advance(w.midnight(e).Sub(w.Clock.Now()))
	w.Headquarters = w.Restore(backup)
	w.Move(e)
	for range 2 { // the second time nothing is new
		w.greet(e)
	}
	w.drain(e)
	w.pull(e)
	published, stops, err := w.Programs(context.Background())
	w.must(err)
	if len(published) != 2 || published[1].Version != 2 || len(stops) != 1 || len(w.Told(event.HandedBack)) != 1 {
		t.Errorf("it has %+v and %+v again", published, stops)
	}
	if current, _ := w.InForce("starter"); current.Ref().Version != 2 {
		t.Errorf("in force is version %d", current.Ref().Version)
	}
	w.must(w.Publish(context.Background(), nextVersion(t), "next.yaml")) // the same bytes
	w.sound()
}

// A till hands back nothing that headquarters did not publish, and is not held up
// by it.
func TestOnlyItsOwnIsTakenBack(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.drain(e)
	w.pull(e)
	backup := w.Backup()
	_, other, err := ed25519.GenerateKey(nil)
	w.must(err)
	source := nextVersion(t)
	forged := ledger.Change{Position: 1000, Kind: ledger.ProgramChange, Key: "starter/2",
		Program: &ledger.SignedProgram{Source: source, Signature: ledger.Sign(other, ledger.ProgramDomain, source)}}
	cursor, err := e.Store.Cursor(context.Background())
	w.must(err)
	w.must(e.Store.Apply(context.Background(), []ledger.Change{forged}, ledger.Cursor{Incarnation: cursor.Incarnation, Position: 1000}))
	w.Headquarters = w.Restore(backup)
	w.Move(e)
	w.greet(e)
	if published, _, err := w.Programs(context.Background()); err != nil || len(published) != 1 {
		t.Errorf("it has %+v, %v", published, err)
	}
}

// A rule that was stopped gives nothing once the till has heard of it, and
// outlives a restart; what was sold before stands.
func TestStoppedRule(t *testing.T) {
	w := newWorld(t)
	e := w.till()
	w.takeIn(e)
	w.pull(e)
	w.sellUnder(e, 1, time.Time{})
	w.must(w.StopRule(context.Background(), ledger.Stop{Rule: "base", Reason: "it gave too much", Operator: "ayla"}))
	w.sellUnder(e, 1, time.Time{}) // it has not heard yet
	w.pull(e)
	w.must(e.Store.Close())
	e = w.Reopen(e)
	quote, err := e.Quote(context.Background(), w.Clock.Now(), checkout.Basket{
		Currency: "TRY", Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}}, Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	})
	w.must(err)
	if len(quote.Earned) != 0 || len(quote.Missed) != 1 || quote.Missed[0] != (loyalty.Missed{Rule: "base", Reason: "stopped"}) {
		t.Errorf("earned %v, missed %v", quote.Earned, quote.Missed)
	}
	w.greet(e)
	w.drain(e)
	w.agrees(3)
	w.sound()
}
