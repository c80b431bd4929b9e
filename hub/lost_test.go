package hub_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A hub that never comes back, with what it had to tell: the lanes' own journals
// have the parts they spent, and headquarters pays them from its rights.
func TestHubNeverComesBack(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	s.cut(true)
	s.sell(1, ana, 2_000, "five")
	s.hub.Kill()
	s.cut(false)
	for range 3 {
		for _, lane := range s.lanes {
			_, err := lane.Exchange.Once(context.Background())
			s.must(err)
		}
		s.must(s.hq.Work(context.Background()))
	}
	s.agree()
}

// A lane that is lost after it told its hub: the hub brings headquarters what it
// sold.
func TestLaneIsLost(t *testing.T) {
	t.Parallel()
	s := newCutShop(t, 2)
	s.sell(0, ana, 10_000)
	s.meet()
	status, err := s.hub.Status(context.Background())
	s.must(err)
	if status.Relayed != 2 || status.News != 1 { // the enroll too, which headquarters has
		t.Errorf("the hub says %+v", status)
	}
	s.must(s.lanes[0].Store.Close())
	s.lanes = s.lanes[1:]
	s.cut(false)
	s.settle()
	s.agree()
	if status, err = s.hub.Status(context.Background()); err != nil || status.Relayed != 0 || status.News != 0 {
		t.Errorf("afterwards the hub says %+v, %v", status, err)
	}
}

// A part ends when its right would: headquarters asks for it, the lane gives it back,
// and what of it was not spent is hers again.
func TestPartEnds(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	ctx := context.Background()
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	s.must(s.askPart(0, 1000))
	s.must(s.askPart(1, 1000))
	s.sell(0, ana, 2_000, "five")
	s.settle()
	s.hq.Clock.Advance(3*24*time.Hour + time.Minute)
	s.must(s.hq.ConfirmClock(ctx))
	s.settle()
	exposure, err := s.hq.Exposure(ctx, inquiry.ExposureOf{Most: 100})
	s.must(err)
	for _, r := range exposure.Open {
		if r.SpendUntil < ledger.MillisOf(s.hq.Clock.Now()) {
			t.Errorf("open past its end: %+v", r)
		}
	}
	s.agree()
}

// Headquarters counts what stands at a hub and the parts of it in the exposure, each
// by its own terminal.
func TestExposureHasParts(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	ctx := context.Background()
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	s.must(s.askPart(1, 500))
	s.settle()
	exposure, err := s.hq.Exposure(ctx, inquiry.ExposureOf{Most: 100})
	s.must(err)
	rest := map[string]ledger.Points{}
	for _, r := range exposure.Open {
		rest[r.Terminal] += r.Rest
		if r.Terminal == s.lanes[1].Options.Terminal.String() && r.PartOf.IsZero() {
			t.Errorf("a part does not say of which right: %+v", r)
		}
	}
	if hub, lane := rest[s.hub.Terminal().String()], rest[s.lanes[1].Options.Terminal.String()]; hub != 1500 || lane != 500 {
		t.Errorf("%d stand at the hub, %d at the lane", hub, lane)
	}
}

// Headquarters is put back to before it had placed anything at the hub: what hub and
// lanes have comes back, the parts among it, and nothing is lost.
func TestHeadquartersPutBack(t *testing.T) {
	t.Parallel()
	for name, lanesFirst := range map[string]bool{"hub first": false, "lanes first": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, 2)
			ctx := context.Background()
			s.join(0, ana)
			s.sell(0, ana, 240_000)
			s.come(s.lanes...)
			backup := s.hq.Backup()
			s.settle()
			s.sell(1, ana, 2_000, "five")
			s.settle()
			s.sell(0, ana, 2_000, "five")
			s.moveTo(s.hq.Restore(backup))
			if lanesFirst {
				s.come(s.lanes...)
				s.must(s.hq.Work(ctx))
			}
			s.settle()
			s.settle()
			s.agree()
		})
	}
}

// What a lane told while the hub's clock was years ahead is brought to headquarters once
// that is set right, and not years later.
func TestToldByAClockAhead(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newCutShop(t, 1)
	s.sell(0, ana, 10_000)
	s.meet()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(s.hub.Dir(), hub.DatabaseFile))
	s.must(err)
	_, err = db.Exec(`UPDATE batch SET at_ms = at_ms + ?`, (5 * 365 * 24 * time.Hour).Milliseconds())
	s.must(err)
	s.must(db.Close())
	s.must(s.lanes[0].Store.Close())
	s.lanes = s.lanes[1:]
	s.cut(false)
	s.must(s.hub.Relay(ctx))
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.Relayed != 0 {
		t.Errorf("%d entries of a lane that is lost are left at the hub", status.Relayed)
	}
	s.settle()
	s.agree()
}
