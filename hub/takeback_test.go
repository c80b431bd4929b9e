package hub_test

import (
	"context"
	"testing"
	"time"
)

// What a lane told its hub that is fenced before headquarters has it is held there, and
// shown nowhere once the hub hears of it.
func TestFencedLaneIsTakenBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newCutShop(t, 2)
	s.sell(0, ana, 10_000)
	s.meet()
	s.shows(1, ana, 100)
	_, err := s.hq.ReplaceTerminal(ctx, s.lanes[0].Options.Terminal, time.Hour)
	s.must(err)
	s.hub.Uplink.Disturb(nil)
	s.must(s.hub.Sync(ctx))
	s.must(s.lanes[1].Meet(ctx))
	s.shows(1, ana, 0)
	if status, err := s.hub.Status(ctx); err != nil || status.News != 0 {
		t.Errorf("the hub says %+v, %v", status, err)
	}
}
