package sync_test

import (
	"context"
	"errors"
	"testing"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A till that was enrolled after the backup is told that it is not known. Enrolled
// again it is who it was: its member, its sales and what it spent of rights from
// after the backup come once each, whatever its journal went through.
func TestForgottenTill(t *testing.T) {
	for name, disturb := range map[string]func(s *shop){
		"one epoch": func(*shop) {},
		"two epochs": func(s *shop) {
			s.must(s.b.Store.OpenEpoch(context.Background(), 1, s.head(s.b)))
			s.greet(s.b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			backup, other := s.Backup(), s.b
			s.b = s.till()
			s.settle(s.a, s.b)
			s.sell(s.b, 300_000) // rights are placed here from now on
			s.settle(s.a, s.b)
			s.sell(s.b, 4_000, "five")
			s.settle(s.a, s.b)
			s.sell(s.b, 4_000, "five")
			disturb(s)
			s.settle(s.a, s.b)
			s.sell(s.b, 2_000) // which nobody was sent yet

			s.restore(backup)
			if _, err := s.b.Exchange.Greet(context.Background()); !errors.Is(err, hqsync.ErrUnknown) {
				t.Fatalf("not told: %v", err)
			}
			s.must(s.EnrollAgain(s.b))
			var refusal *wire.Refusal
			if err := s.EnrollAgain(s.a); !errors.As(err, &refusal) || refusal.Code != wire.CodeInvalid {
				t.Errorf("one that is known was enrolled again: %v", err)
			}
			s.Move(other)
			for _, e := range []*testkit.Enrolled{s.a, other, s.b} {
				s.greet(e)
			}
			s.settle(s.a, other, s.b)
			if state := s.recovery(); state.WaitsUntil != 0 || len(state.Awaited)+state.HandedBack != 0 {
				t.Errorf("with all heard: %+v", state)
			}
			s.back()
		})
	}
}
