package sync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// backedUp makes a backup, checks it and tells headquarters, as the daemon does.
func (s *shop) backedUp() (dir string) {
	s.t.Helper()
	ctx := context.Background()
	dir = s.Backup()
	look, err := hq.OpenReadOnly(ctx, hq.Options{Dir: dir, Now: s.Clock.Now})
	s.must(err)
	defer look.Close()
	found, err := look.Verify(ctx, nil)
	if err != nil || len(found) > 0 {
		s.t.Fatal(found, err)
	}
	copied, err := look.Copy(ctx)
	s.must(err)
	_, err = s.NoteCopy(ctx, copied)
	s.must(err)
	return dir
}

// passes lets time pass, and everybody hear of it.
func (s *shop) passes(d time.Duration) {
	s.t.Helper()
	s.Clock.Advance(d)
	s.must(s.ConfirmClock(context.Background()))
	s.greet(s.a)
	s.greet(s.b)
	s.settle(s.a, s.b)
}

// prune prunes all that may go at a till.
func (s *shop) prune(e *testkit.Enrolled) (gone int) {
	s.t.Helper()
	for {
		n, more, err := e.Store.Prune(context.Background(), func(context.Context, ledger.Date) ([]byte, error) { return []byte("kept"), nil })
		s.must(err)
		if gone += n; !more {
			return gone
		}
	}
}

// newPruned is a shop whose till a has forgotten what it sold a month ago, and what
// headquarters had in a backup by then. ancient is a backup from before all that.
func newPruned(t testing.TB) (s *shop, ancient string) {
	s = newShop(t)
	ancient = s.Backup()
	s.sell(s.a, 2_000, "five")
	s.sell(s.a, 10_000)
	s.settle(s.a, s.b)
	s.passes(31 * 24 * time.Hour)
	s.settle(s.a, s.b)
	s.backedUp()
	s.greet(s.a)
	if gone := s.prune(s.a); gone < 4 {
		t.Fatalf("%d bodies went", gone)
	}
	return s, ancient
}

// A till that forgot what a backup of headquarters has, and a headquarters put back
// from that backup, or from one before it that is not as old, agree on everything.
func TestPrunedAndRestored(t *testing.T) {
	t.Parallel()
	s, _ := newPruned(t)
	s.back()
	s.sell(s.a, 3_000)
	older := s.Backup()
	s.sell(s.a, 4_000)
	s.sell(s.b, 5_000)
	s.settle(s.a, s.b)
	newer := s.backedUp()
	s.greet(s.a)
	s.prune(s.a)
	s.sell(s.b, 6_000)
	for _, backup := range []string{newer, older} {
		s.restore(backup)
		s.greet(s.a)
		s.greet(s.b)
		s.settle(s.a, s.b)
		s.back()
		if lost := s.a.Store.Opening(); lost.Pruned+lost.Unreadable > 0 || lost.NewEpoch != nil {
			t.Errorf("%+v", lost)
		}
	}
}

// A headquarters put back to before what a till forgot lacks that for ever; all else
// comes, and the till says how much it is.
func TestPrunedAndRestoredTooFar(t *testing.T) {
	t.Parallel()
	s, ancient := newPruned(t)
	s.sell(s.a, 3_000)
	s.settle(s.a, s.b)
	s.restore(ancient)
	s.must(s.ConfirmClock(context.Background()))
	s.greet(s.a)
	s.greet(s.b)
	s.settle(s.a, s.b)
	s.greet(s.a)
	s.settle(s.a, s.b)
	if lost := s.a.Store.Opening(); lost.Pruned != 2 || lost.Unreadable != 0 {
		t.Errorf("%+v; want 2 pruned", lost)
	}
	member, err := s.MemberByPhone(context.Background(), e164)
	s.must(err)
	there := member.Balances[0].Available + member.Balances[0].Escrowed
	for name, e := range map[string]*testkit.Enrolled{"a": s.a, "b": s.b} {
		shown, _, err := e.Identify(context.Background(), e164)
		s.must(err)
		if got := shown.Balance("points").Shown; got != there {
			t.Errorf("till %s shows %d, headquarters has %d", name, got, there)
		}
		report, err := e.Store.Verify(context.Background(), nil)
		if err != nil || len(report.Findings) > 0 {
			t.Errorf("till %s: %v, %v", name, report.Findings, err)
		}
	}
	found, err := s.Verify(context.Background(), nil)
	if err != nil || len(found) > 0 {
		t.Errorf("headquarters: %v, %v", found, err)
	}
}

// Goods of a sale that the till forgot come back all the same: it is not known there,
// and headquarters, which has it, takes its points.
func TestReturnOfAPrunedSale(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	s := newShop(t)
	s.sell(s.a, 10_000)
	of := ledger.SaleRef{Day: ledger.DateAt(ledger.MillisOf(s.Clock.Now()), s.a.Zone), ID: fmt.Sprint("s", s.sales)}
	s.settle(s.a, s.b)
	s.passes(31 * 24 * time.Hour)
	s.settle(s.a, s.b)
	s.backedUp()
	s.greet(s.a)
	if s.prune(s.a) == 0 {
		t.Fatal("nothing was pruned")
	}
	taken, err := s.a.Return(ctx, s.Clock.Now(), checkout.Taking{Entry: s.a.NewEntry(), ID: "r1", Of: of, Wish: loyalty.Wish{Gross: 5_000}})
	if err != nil || taken.Sale != nil || taken.Entry.Told != nil {
		t.Fatalf("%+v, %v", taken, err)
	}
	again := checkout.Basket{
		Entry: s.a.NewEntry(), SaleID: of.ID, Day: of.Day, Currency: "TRY", Lines: []ledger.Line{{Net: 10_000, Gross: 10_000, Quantity: 1}},
		Who: checkout.Who{Phone: e164, Proof: ledger.Claimed},
	}
	if _, err := s.a.Complete(ctx, s.Clock.Now(), again); !errors.Is(err, checkout.ErrTooOld) {
		t.Errorf("the same sale once more: %v", err)
	}
	again.Asked = []byte("something else")
	if _, err := s.a.Complete(ctx, s.Clock.Now(), again); !errors.Is(err, checkout.ErrSaleConflict) {
		t.Errorf("another under its id: %v", err)
	}
	s.settle(s.a, s.b)
	s.earned -= 50
	s.back()
}
