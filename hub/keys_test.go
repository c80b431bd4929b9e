package hub_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Lanes that reach headquarters by their hub alone hear by it which keys followed
// those that they know, and take parts of what the old key granted and the new one.
func TestKeyRolloverByHub(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const bora = "+905321234568"
	s := newShop(t, 2)
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	for _, lane := range s.lanes {
		lane.Direct.Disturb(func(hqsync.Request) testkit.Fault { return testkit.LoseRequest })
	}
	_, err := s.hq.RotateKey(ctx, 0)
	s.must(err)
	s.hub.MoveTo(s.hq) // on a connection of its own
	s.join(1, bora)
	s.sell(1, bora, 240_000)
	s.settle()
	s.cut(true)
	for number, lane := range map[string]int{ana: 1, bora: 0} {
		s.sell(lane, number, 1_000, "five")
	}
	for i, lane := range s.lanes {
		kept, err := lane.Store.Keys(ctx)
		s.must(err)
		if line := ledger.NewKeyChain(lane.Identity().Chain, lane.Identity().Headquarters).Resume(kept); !line.Newest().Equal(s.hq.PublicKey()) {
			t.Errorf("lane %d does not know the new key", i)
		}
	}
	s.cut(false)
	s.settle()
	s.agree()
}

// A lane that heard nothing of a rotation before the uplink was cut follows it by what
// its hub heard: it takes a part of what the new key granted.
func TestKeyRolloverHeardByTheHubAlone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t, 2)
	s.join(0, ana)
	s.settle()
	_, err := s.hq.RotateKey(ctx, 0)
	s.must(err)
	s.hub.MoveTo(s.hq)
	s.sell(0, ana, 240_000)
	_, err = s.lanes[0].Exchange.Once(ctx)
	s.must(err)
	s.must(s.hq.Work(ctx)) // it grants with the new key
	s.must(s.hub.Sync(ctx))
	s.cut(true)
	s.meet()
	s.must(s.askPart(1, 500))
	s.sell(1, ana, 1_000, "five")
	s.cut(false)
	s.settle()
	s.agree()
}
