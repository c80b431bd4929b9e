package offline_test

import (
	"context"
	"errors"
	"flag"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// model is what a till may spend, in the simplest words.
type model struct {
	rights map[ledger.RightID]*modelRight
	holds  map[ledger.HoldID]ledger.Hold
}

type modelRight struct {
	amount, spent, held, returned ledger.Points
	recalled, closed              bool
}

func (m *model) free() (sum ledger.Points) {
	for _, r := range m.rights {
		if !r.closed && !r.recalled {
			sum += r.amount - r.spent - r.held - r.returned
		}
	}
	return sum
}

// giveBack is what a recall comes to once nothing is held.
func (m *model) giveBack(id ledger.RightID) {
	if r := m.rights[id]; r.recalled && !r.closed && r.held == 0 {
		r.returned, r.closed = r.amount-r.spent, true
	}
}

func (m *model) end(hold ledger.Hold, spent bool) {
	delete(m.holds, hold.ID)
	for _, part := range hold.Parts {
		r := m.rights[part.Right]
		r.held -= part.Amount
		if spent {
			r.spent += part.Amount
		}
		m.giveBack(part.Right)
	}
}

// However holds are placed, released and spent and rights added, recalled and
// lost with an epoch: what may be spent is what a few sums say, what was spent
// is within what was granted, and the journal agrees.
func TestRightsAddUp(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		checks.Value.Set("25") // each step is a commit past fsync
	}
	rapid.Check(t, func(rt *rapid.T) {
		tl := newTill(t)
		defer tl.Close()
		ana := tl.known(0, 100_000)
		m := &model{rights: map[ledger.RightID]*modelRight{}, holds: map[ledger.HoldID]ledger.Hold{}}
		anyHold := func(rt *rapid.T) ledger.Hold {
			var ids []ledger.HoldID
			for id := range m.holds {
				ids = append(ids, id)
			}
			if len(ids) == 0 {
				rt.Skip("no hold")
			}
			return m.holds[rapid.SampledFrom(ids).Draw(rt, "hold")]
		}
		rt.Repeat(map[string]func(*rapid.T){
			"grant": func(rt *rapid.T) {
				amount := ledger.Points(rapid.Int64Range(1, 100).Draw(rt, "amount"))
				m.rights[tl.addRight(ana, amount, time.Hour)] = &modelRight{amount: amount}
			},
			"hold": func(rt *rapid.T) {
				wish := tl.wish(ana, ledger.Points(rapid.Int64Range(1, 150).Draw(rt, "amount")))
				fits := wish.Amount <= m.free()
				hold, err := tl.PlaceHold(ctx, wish)
				var refused *loyalty.NoRedeem
				if fits != (err == nil) || err != nil && !errors.As(err, &refused) {
					rt.Fatalf("hold of %d with %d free: %v", wish.Amount, m.free(), err)
				}
				if err != nil {
					return
				}
				m.holds[hold.ID] = hold
				for _, part := range hold.Parts {
					m.rights[part.Right].held += part.Amount
				}
			},
			"release": func(rt *rapid.T) {
				hold := anyHold(rt)
				tl.must("release", tl.ReleaseHold(ctx, hold.ID))
				m.end(hold, false)
			},
			"spend": func(rt *rapid.T) {
				hold := anyHold(rt)
				tl.append(tl.redeem(ana, hold))
				m.end(hold, true)
			},
			"recall": func(rt *rapid.T) {
				for id, r := range m.rights {
					cursor, err := tl.Cursor(ctx)
					tl.must("cursor", err)
					tl.apply(ledger.Change{Position: cursor.Position + 1, Kind: ledger.RightChange, Right: &ledger.RightState{
						Terminal: tl.opts.Terminal, Right: id, Recall: true,
					}})
					r.recalled = true
					m.giveBack(id)
					return
				}
			},
			"epoch": func(rt *rapid.T) {
				if rapid.IntRange(0, 9).Draw(rt, "rare") > 0 {
					rt.Skip("rare")
				}
				tl.must("open epoch", tl.OpenEpoch(ctx, 0, ledger.Head{}))
				for _, r := range m.rights {
					r.held, r.closed = 0, true
				}
				clear(m.holds)
			},
			"": func(rt *rapid.T) {
				if got := tl.balance(ana).Spendable; got != m.free() {
					rt.Fatalf("spendable %d, want %d", got, m.free())
				}
			},
		})
		report, err := tl.Verify(ctx, nil)
		if err != nil || len(report.Findings) > 0 {
			rt.Fatalf("verify: %v, %v", report.Findings, err)
		}
	})
}
