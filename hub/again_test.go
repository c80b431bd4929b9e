package hub_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A part whose answer was lost is the same when it is asked for again, and comes with
// the hub's next welcome where nobody asks.
func TestPartArrivesAgain(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	lose := func(r hqsync.Request) testkit.Fault {
		if r.Target == wire.HubRightsPath {
			return testkit.LoseAnswer
		}
		return testkit.None
	}
	s.lanes[0].Nearby.Disturb(lose)
	if s.askPart(0, 500) == nil {
		t.Fatal("the answer was not lost")
	}
	s.lanes[0].Nearby.Disturb(nil)
	s.must(s.askPart(0, 500))
	s.spendable(0, 500)
	s.lanes[0].Nearby.Disturb(lose)
	if s.askPart(0, 500) == nil {
		t.Fatal("the answer was not lost")
	}
	s.lanes[0].Nearby.Disturb(nil)
	s.meet()
	s.spendable(0, 1000)
}

// spendable wants a lane to be able to spend so much of ana's.
func (s *shop) spendable(lane int, want ledger.Points) {
	s.Helper()
	member, _, err := s.lanes[lane].Identify(context.Background(), ana)
	s.must(err)
	if got := member.Balance(testkit.Points).Spendable; got != want {
		s.Errorf("lane %d could spend %d, want %d", lane, got, want)
	}
}

// What headquarters counted before the lane told its hub is no news: nobody counts it
// twice.
func TestCountedBeforeTold(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	ctx := context.Background()
	s.join(0, ana)
	s.settle()
	s.sell(0, ana, 10_000)
	s.must(s.lanes[0].Meet(ctx))
	s.sell(0, ana, 10_000)
	_, err := s.lanes[0].Exchange.Once(ctx)
	s.must(err)
	s.must(s.hq.Work(ctx))
	s.must(s.hub.Sync(ctx))
	_, err = s.lanes[1].Exchange.Once(ctx)
	s.must(err)
	s.meet()
	s.shows(1, ana, s.told[ana])
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.News != 0 {
		t.Errorf("%d news are left", status.News)
	}
}

// A sale that is void again is seen to be at the other lanes.
func TestVoidIsSeen(t *testing.T) {
	t.Parallel()
	s := newCutShop(t, 2)
	s.sell(0, ana, 10_000)
	s.meet()
	s.shows(1, ana, 100)
	last, err := s.lanes[0].Store.LastSale(context.Background())
	s.must(err)
	_, err = s.lanes[0].Void(context.Background(), s.hq.Clock.Now(), checkout.Taking{
		Entry: s.lanes[0].NewEntry(), Of: ledger.SaleRef{Day: last.Day, ID: last.Sale.ID},
	})
	s.must(err)
	s.meet()
	s.shows(1, ana, 0)
	s.cut(false)
	s.settle()
	s.told[ana] = 0
	s.agree()
}

// What a lane that had told its hub nothing sold, and headquarters has, is told: the
// other lanes may not have heard it from headquarters before the uplink was cut.
func TestFirstToldLate(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	ctx := context.Background()
	s.join(0, ana)
	s.settle()
	s.sell(1, ana, 10_000)
	_, err := s.lanes[1].Exchange.Once(ctx)
	s.must(err)
	s.cut(true)
	s.meet()
	s.shows(0, ana, 100)
	s.cut(false)
	s.settle()
	s.agree()
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.News != 0 {
		t.Errorf("%d news are left", status.News)
	}
}
