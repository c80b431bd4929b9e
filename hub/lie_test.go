package hub_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A lane takes no part that is not signed by its hub, of a right that is not
// signed by headquarters, or that would be more or last longer than that; it says
// so and spends nothing.
func TestLaneTakesNoLie(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	s.join(0, ana)
	s.sell(0, ana, 240_000)
	s.settle()
	s.cut(true)
	_, stranger, err := ed25519.GenerateKey(nil)
	s.must(err)
	before := s.told[ana]
	for name, lie := range map[string]func(g *ledger.GivenPart){
		"signed by a stranger":     func(g *ledger.GivenPart) { g.Part.Signature = ledger.Sign(stranger, ledger.SplitDomain, g.Part.Body) },
		"signed as something else": func(g *ledger.GivenPart) { g.Part.Signature = ledger.Sign(s.hub.Key(), ledger.SealDomain, g.Part.Body) },
		"of a right made up": func(g *ledger.GivenPart) {
			g.Grant.Signature = ledger.Sign(s.hub.Key(), ledger.EntryDomain, g.Grant.Body)
		},
		"of another right":      s.changed(func(r *ledger.Right) { r.Parent = newRight() }),
		"more than the right":   s.changed(func(r *ledger.Right) { r.Amount = 1_000_000 }),
		"longer than the right": s.changed(func(r *ledger.Right) { r.SpendUntil = r.SpendUntil.Add(time.Hour) }),
		"for longer taken back": s.changed(func(r *ledger.Right) { r.ReclaimAt = r.ReclaimAt.Add(time.Hour) }),
		"to another unit":       s.changed(func(r *ledger.Right) { r.Unit = "stars" }),
	} {
		t.Run(name, func(t *testing.T) {
			s.hub.Lie = func(given []ledger.GivenPart) []ledger.GivenPart {
				for i := range given {
					lie(&given[i])
				}
				return given
			}
			err := s.askPart(1, 100)
			if !errors.Is(err, ledger.ErrPart) {
				t.Errorf("the lane says %v", err)
			}
		})
	}
	if s.told[ana] != before {
		t.Error("something was spent")
	}
}

var newRight func() ledger.RightID = ledger.NewID

// changed is a lie about a part, signed by the hub.
func (s *shop) changed(change func(*ledger.Right)) func(*ledger.GivenPart) {
	return func(g *ledger.GivenPart) {
		e, err := ledger.Decode(g.Part.Body)
		s.must(err)
		change(e.Right)
		e.Postings = []ledger.Posting{{
			Unit: e.Right.Unit, Amount: e.Right.Amount, From: ledger.Escrow(e.Right.Parent), To: ledger.Escrow(e.Right.ID), Right: e.Right.ID,
		}}
		g.Part.Body, err = e.Encode()
		s.must(err)
		g.Part.Signature = ledger.Sign(s.hub.Key(), ledger.SplitDomain, g.Part.Body)
	}
}

// askPart has a lane ask its hub for a part of ana's.
func (s *shop) askPart(lane int, amount ledger.Points) error {
	s.Helper()
	member, err := s.lanes[lane].Store.Find(context.Background(), ledger.PhoneIdentifier, ana)
	s.must(err)
	return s.lanes[lane].Link.AskPart(context.Background(), member.Account, s.lanes[lane].Options.Program, testkit.Points, amount)
}

// A hub that gives the same points twice is found out by headquarters, which says so
// in words: what the right does not have is the program's loss.
func TestHubGivesMoreThanItHas(t *testing.T) {
	t.Parallel()
	s := newShop(t, 2)
	s.join(0, ana)
	s.sell(0, ana, 240_000) // 2000 of the 2400 points stand at the hub
	s.settle()
	s.cut(true)
	s.must(s.askPart(0, 2000))
	s.hub.Forge(s.lanes[1], 1000)
	s.sell(0, ana, 2_000, "five")
	s.sell(0, ana, 2_000, "five")
	s.sell(1, ana, 2_000, "five")
	s.cut(false)
	s.settle()
	told := s.hq.Told(event.Split)
	if len(told) == 0 || !strings.Contains(told[0].Reason, "left") {
		t.Errorf("headquarters says %+v", told)
	}
	exposure, err := s.hq.Exposure(context.Background(), inquiry.ExposureOf{Most: 10})
	s.must(err)
	if len(exposure.Losses) != 1 || exposure.Losses[0].Amount != 500 {
		t.Errorf("losses are %+v", exposure.Losses)
	}
	s.sound()
}

// What is asked of a hub, or brought by one, by whom it is not meant for, is refused
// with words: a lane of another store, a stranger, a till that says to be a hub.
func TestStrangers(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	ctx := context.Background()
	s.must(s.hq.CreateStore(ctx, wire.Store{ID: "s2", Name: "Other", Currency: "TRY", TimeZone: "Europe/Istanbul", Region: "TR"}))
	other := s.hq.EnrollAt("s2", s.hq.Address)
	_, err := other.Exchange.Greet(ctx)
	s.must(err)
	other.UseHub(s.hub)
	if err := other.Meet(ctx); err == nil || !strings.Contains(err.Error(), "not of the hub's store") {
		t.Errorf("a lane of another store is told %v", err)
	}
	if told := s.hub.Told(); len(told) == 0 || !strings.Contains(told[len(told)-1], "not of the store") {
		t.Errorf("the hub says %q", told)
	}
	var refusal *wire.Refusal
	if _, err := s.lanes[0].Exchange.Lanes(ctx); !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "only a store's hub") {
		t.Errorf("a till that asks as a hub is told %v", err)
	}
	_, err = other.Complete(ctx, s.hq.Clock.Now(), checkout.Basket{
		Entry: other.NewEntry(), SaleID: "o1", Currency: "TRY", Lines: []ledger.Line{{Net: 100, Gross: 100, Quantity: 1}},
	})
	s.must(err)
	stretch, err := other.Store.Unsent(ctx, 10, 1<<20)
	s.must(err)
	batch, err := wire.EncodeBatch(stretch.Seal, other.Identity().Key, stretch.Bodies, stretch.Attachments)
	s.must(err)
	if err := s.hub.Exchange.Relay(ctx, batch); !errors.As(err, &refusal) || !strings.Contains(refusal.Detail, "another store") {
		t.Errorf("a batch of another store: %v", err)
	}
	s.lanes[0].Link = hqsync.NewHubLink(s.lanes[0].Exchange, ledger.Fingerprint(s.hq.PublicKey()), s.lanes[0].Store, s.lanes[0].Nearby)
	if err := s.lanes[0].Meet(ctx); !errors.Is(err, wire.ErrSignature) {
		t.Errorf("a hub with another key: %v", err)
	}
}

// A batch that a hub changed, or one that it keeps back and brings again, changes
// nothing.
func TestHubChangesAndRepeats(t *testing.T) {
	t.Parallel()
	s := newShop(t, 1)
	ctx := context.Background()
	s.join(0, ana)
	s.sell(0, ana, 10_000)
	lane := s.lanes[0]
	stretch, err := lane.Store.Unsent(ctx, 10, 1<<20)
	s.must(err)
	batch, err := wire.EncodeBatch(stretch.Seal, lane.Identity().Key, stretch.Bodies, stretch.Attachments)
	s.must(err)
	changed := []byte(strings.Replace(string(batch), `"amount":100`, `"amount":900`, 1))
	if string(changed) == string(batch) {
		t.Fatal("nothing was changed")
	}
	if err := s.hub.Exchange.Relay(ctx, changed); err == nil {
		t.Error("headquarters took a batch that its lane did not seal")
	}
	for range 3 {
		s.must(s.hub.Exchange.Relay(ctx, batch))
	}
	s.settle()
	s.must(s.hub.Exchange.Relay(ctx, batch))
	s.settle()
	s.agree()
}
