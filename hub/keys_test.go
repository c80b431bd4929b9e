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
