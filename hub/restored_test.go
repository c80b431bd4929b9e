package hub_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// putBack is a shop whose headquarters was put back to before anything stood at its hub,
// where ana has enough for rewards; what is hers comes again with the first lane.
func putBack(t *testing.T, meanwhile func(*shop)) *shop {
	t.Helper()
	s := newShop(t, 2)
	s.join(0, ana)
	s.settle()
	backup := s.hq.Backup()
	s.sell(0, ana, 240_000)
	s.settle()
	meanwhile(s)
	s.moveTo(s.hq.Restore(backup))
	return s
}

// A lane that came again to a restored headquarters takes a part of its hub, which did not
// yet, and spends it: that waits for the hub's right, and is paid.
func TestPartTakenBeforeTheHubComesAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := putBack(t, func(*shop) {})
	comeAgain := func() {
		s.come(s.lanes...)
		s.must(s.hq.Work(ctx))
	}
	comeAgain()
	s.sell(1, ana, 2_000, "five")
	comeAgain()
	s.settle()
	s.settle()
	s.agree()
}

// Nobody is waited for any more, and hub and lanes come all the same: a part of a right
// that is handed back waits until that is made again.
func TestPartOfARightThatIsMadeAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := putBack(t, func(s *shop) {
		s.sell(1, ana, 2_000, "five")
		s.settle()
	})
	s.must(s.hq.GoOn(ctx))
	s.hub.Uplink.Disturb(func(r hqsync.Request) testkit.Fault {
		if r.Target == wire.BatchPath { // its journal is on the way
			return testkit.LoseRequest
		}
		return testkit.None
	})
	if _, err := s.hub.Exchange.Once(ctx); err == nil {
		t.Fatal("the hub is through")
	}
	for _, lane := range []int{1, 0} { // she earned at the other
		s.come(s.lanes[lane])
		s.must(s.hq.Work(ctx))
	}
	s.hub.Uplink.Disturb(nil)
	s.settle()
	s.settle()
	s.agree()
}
