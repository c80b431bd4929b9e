package sync_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/report"
)

// reported is a till's report of the day, made offline.
func (p *pinned) reported(e *testkit.Enrolled) report.Day {
	p.t.Helper()
	zone, err := time.LoadLocation("Europe/Istanbul")
	p.must(err)
	now := ledger.MillisOf(p.Clock.Now())
	d, err := report.OfDay(context.Background(), e.Store, report.Till{Zone: zone}, ledger.DateAt(now, zone), now, nil)
	p.must(err)
	return d
}

// hearDays has everything sent, and told at the next time that stores are.
func (p *pinned) hearDays() {
	p.t.Helper()
	p.all()
	p.Clock.Advance(time.Minute)
	p.all()
}

// Tills of a store hear what all of them told of the day: what their own reports add up
// to, as far as it was sent, and of no other store. The only one of a store hears its
// own.
func TestStoreDayTravels(t *testing.T) {
	p := newPinned(t)
	p.sell(p.a, 100)
	p.sell(p.b, 250)
	p.sell(p.c, 70)
	p.hearDays()
	p.sell(p.b, 40) // is not sent yet
	a, b, c := p.reported(p.a), p.reported(p.b), p.reported(p.c)
	if a.AllTills == nil || a.AllTills.Tills != 2 || a.AllTills.Sales != 2 || a.AllTills.Enrolled != 1 || !a.TellsMore() {
		t.Fatalf("told %+v", a.AllTills)
	}
	if diff := cmp.Diff(a.AllTills, b.AllTills); diff != "" {
		t.Errorf("two tills of a store hear (-) and (+): %s", diff)
	}
	if sent := max(a.LastAt, b.FirstAt); a.AllTills.AsOf != sent {
		t.Errorf("as of %d, the last that was sent is of %d", a.AllTills.AsOf, sent)
	}
	if c.AllTills == nil || c.AllTills.Tills != 1 || c.TellsMore() || cmp.Diff(c.All, c.AllTills.Sums) != "" {
		t.Errorf("the only till of a store wrote %+v, and is told %+v", c.All, c.AllTills)
	}
	p.hearDays()
	if a, b := p.reported(p.a), p.reported(p.b); a.AllTills.Sales != a.All.Sales+b.All.Sales || a.AllTills.Money[0].Sales != a.All.Money[0].Sales+b.All.Money[0].Sales {
		t.Errorf("told %+v; they wrote %+v and %+v", a.AllTills, a.All, b.All)
	}
	p.clean("after all", p.a, p.b, p.c)
}
