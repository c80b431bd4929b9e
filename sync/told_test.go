package sync_test

import (
	"context"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// An answer that a machine reads after it slept tells the time of when it fell asleep: no
// clock is set by that, and nobody was heard. The next one does.
func TestTimeOfALateAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		sleeps time.Duration
		taken  bool
	}{
		"at once":     {0, true},
		"a slow line": {70 * time.Second, true},
		"a night":     {10 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			till := testkit.NewTill(t, testkit.Program(t))
			told := ledger.MillisOf(till.Clock.Now())
			late := &slept{till: till, sleeps: c.sleeps, page: wire.Page{At: told, Next: ledger.Cursor{Incarnation: 1}}}
			identity := late.identity()
			identity.Terminal = till.Options.Terminal
			exchange := hqsync.NewExchange(identity, till.Store, late, till.Clock.Now, nil)
			if _, err := exchange.Pull(t.Context(), 0); (err == nil) != c.taken {
				t.Fatal(err)
			}
			want := ledger.MillisOf(till.Clock.Now())
			if c.taken {
				want = told
			}
			if at, _ := till.Store.Present(); at != want {
				t.Errorf("the till has %s, want %s", at.Time(), want.Time())
			}
			if status, err := till.Store.Status(t.Context()); err != nil || status.LastContact != told {
				t.Errorf("it heard of headquarters last at %s, %v", status.LastContact.Time(), err)
			}
		})
	}
}

// slept is headquarters that answers a till whose machine then sleeps.
type slept struct {
	scripted
	till   *testkit.Till
	sleeps time.Duration
	page   wire.Page
}

func (s *slept) Do(_ context.Context, r hqsync.Request) (hqsync.Answer, error) {
	s.till.Clock.Advance(s.sleeps)
	return s.answer(r, s.page, nil)
}
