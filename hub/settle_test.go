package hub_test

import (
	"context"
	"testing"

	"github.com/loyaltyd/loyaltyd/hub"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An entry of an account that turns out to be another's is no news any more where
// headquarters' row of the other counts it, whichever of the two is heard of first.
func TestForwardAfterTheRow(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newCutShop(t, 1)
	s.sell(0, ana, 10_000)
	s.meet()
	head, err := s.lanes[0].Store.Head(ctx)
	s.must(err)
	of, _, err := s.lanes[0].Identify(ctx, ana)
	s.must(err)
	survivor := s.lanes[0].NewAccount()
	changes := []ledger.Change{
		{Kind: ledger.AccountChange, Account: &ledger.AccountState{
			Account: survivor, AsOf: ledger.MillisOf(s.hq.Clock.Now()),
			Applied: []ledger.Place{{Terminal: s.lanes[0].Options.Terminal, Epoch: head.Epoch, Branch: head.Branch, Seq: head.Seq}},
		}},
		{Kind: ledger.ForwardChange, Forward: &ledger.Forward{From: of.Account, To: survivor}},
	}
	at, err := s.hub.Store.Cursor(ctx)
	s.must(err)
	for i := range changes {
		at.Position++
		changes[i].Position = at.Position
		s.must(hub.Outbox{Outbox: s.hub.Store, Hub: s.hub.Hub}.Apply(ctx, changes[i:i+1], at))
	}
	status, err := s.hub.Status(ctx)
	s.must(err)
	if status.News != 0 {
		t.Errorf("%d news are left", status.News)
	}
}
