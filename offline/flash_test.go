package offline_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Whoever reads while sales are written, counted by headquarters and settled
// sees a balance that only grows, and never less than was told; a member
// enrolled here is never unknown again while the feed brings her.
func TestReadersSeeNothingFlashBack(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	tl := newTill(t)
	ana := newAccountID()
	const phone = "+905321234567"
	tl.append(tl.enroll(ana, phone))
	beside := tl.beside()
	var told atomic.Int64
	done := make(chan struct{})
	var reading sync.WaitGroup
	for _, find := range []func() (loyalty.Member, error){
		func() (loyalty.Member, error) { return tl.Find(ctx, ledger.PhoneIdentifier, phone) },
		func() (loyalty.Member, error) { return tl.Member(ctx, ana) },
		func() (loyalty.Member, error) { return beside.Find(ctx, ledger.PhoneIdentifier, phone) },
	} {
		reading.Go(func() {
			var last ledger.Points
			for {
				select {
				case <-done:
					return
				default:
				}
				least := max(last, ledger.Points(told.Load()))
				m, err := find()
				if last = m.Balance(points).Shown; err != nil || last < least {
					t.Errorf("%d shown after %d, %v", last, least, err)
					return
				}
			}
		})
	}
	for i := range 150 {
		tl.append(tl.sale(ana, 2))
		told.Add(2)
		identifier := phone
		if i < 75 {
			identifier = "" // then the feed brings her number too
		}
		tl.apply(tl.row(ledger.Position(i+1), ana, identifier, ledger.Balance{
			Program: program, Unit: points, Available: ledger.Points(told.Load()),
		}, tl.place()))
	}
	close(done)
	reading.Wait()
	tl.clean()
}

// An identifier that was never heard of stays unknown, whatever the journal
// mentions, and is known from its enrollment on.
func TestUnknownUntilEnrolled(t *testing.T) {
	ctx := context.Background()
	tl := newTill(t)
	for i := range 100 {
		phone := number(i)
		if _, err := tl.Find(ctx, ledger.PhoneIdentifier, phone); !errors.Is(err, loyalty.ErrUnknownMember) {
			t.Fatalf("before: %v", err)
		}
		if _, err := tl.Member(ctx, newAccountID()); !errors.Is(err, loyalty.ErrUnknownMember) {
			t.Fatalf("another account: %v", err)
		}
		ana := newAccountID()
		tl.append(tl.enroll(ana, phone))
		if m, err := tl.Find(ctx, ledger.PhoneIdentifier, phone); err != nil || m.Account != ana {
			t.Fatalf("after: %+v, %v", m, err)
		}
	}
}

// beside opens the store for reading while it is in use.
func (tl *till) beside() *offline.View {
	tl.t.Helper()
	view, err := offline.OpenReadOnly(context.Background(), tl.opts)
	tl.must("open read only", err)
	tl.t.Cleanup(func() { view.Close() })
	return view
}
