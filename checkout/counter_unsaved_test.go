package checkout_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// fault is a store on a disk that fails: the border at which tests may lie.
type fault struct {
	checkout.Store
	// append and hold are called instead, where set.
	append func(ledger.Record) error
	hold   func(ledger.Hold) (ledger.Hold, error)
	next   func() (string, error)
	find   func() error
	look   func() error // for a sale
	stands func() error // under an id
}

func (f *fault) Sale(ctx context.Context, day ledger.Date, id string) (*ledger.SaleExists, error) {
	if f.stands != nil {
		return nil, f.stands()
	}
	return f.Store.Sale(ctx, day, id)
}

func (f *fault) LastSale(ctx context.Context) (*ledger.Entry, error) {
	if f.look != nil {
		return nil, f.look()
	}
	return f.Store.LastSale(ctx)
}

func (f *fault) SaleByReceipt(ctx context.Context, receipt string) (*ledger.Entry, error) {
	if f.look != nil {
		return nil, f.look()
	}
	return f.Store.SaleByReceipt(ctx, receipt)
}

func (f *fault) Find(ctx context.Context, kind, value string) (loyalty.Member, error) {
	if f.find != nil {
		return loyalty.Member{}, f.find()
	}
	return f.Store.Find(ctx, kind, value)
}

func (f *fault) Append(ctx context.Context, r ledger.Record) error {
	if f.append != nil {
		return f.append(r)
	}
	return f.Store.Append(ctx, r)
}

func (f *fault) PlaceHold(ctx context.Context, h ledger.Hold) (ledger.Hold, error) {
	if f.hold != nil {
		return f.hold(h)
	}
	return f.Store.PlaceHold(ctx, h)
}

func (f *fault) NextReceipt(ctx context.Context) (string, error) {
	if f.next != nil {
		return f.next()
	}
	return f.Store.NextReceipt(ctx)
}

var errDisk = errors.New("disk I/O error")

// An error of which nobody knows whether the entry stands, and ENTER again,
// make one sale; so do ENROLL and REDEEM again.
func TestUnknownOutcome(t *testing.T) {
	for name, stands := range map[string]bool{"it did not stand": false, "it stood": true} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			l := newLane(t)
			disk := &fault{Store: l.till.Store}
			l.till.Till.Store = disk
			broken := func(r ledger.Record) error {
				if stands {
					if err := disk.Store.Append(ctx, r); err != nil {
						return err
					}
				}
				return errDisk
			}
			disk.append = broken
			l.key(ana + "=N")
			l.shows("Not saved: ENROLL", "or call the manager")
			disk.append = nil
			l.key("N")
			l.shows("***4567     0 points", "Amount, then ENTER")
			l.key("x")

			entries, _ := l.till.Journal()
			account, _ := entries[0].Subject.Account()
			l.till.Give(account, 1000)
			disk.hold = func(h ledger.Hold) (ledger.Hold, error) {
				if stands {
					if _, err := disk.Store.PlaceHold(ctx, h); err != nil {
						return h, err
					}
				}
				return h, errDisk
			}
			l.key(ana + "=R")
			l.shows("Not saved: REDEEM", "or call the manager")
			disk.hold = nil
			l.key("R")
			l.shows("Reward         -5.00", "Amount, then ENTER")

			disk.append = broken
			l.key("1999=")
			l.shows("Not saved: ENTER", "or call the manager")
			l.key("5<R") // the sale may stand: it is this one or none
			l.Misread()
			l.shows("Not saved: ENTER", "or call the manager")
			if len(l.told) != 0 {
				t.Fatal("told a sale that nobody knows to be saved")
			}
			disk.append = nil
			l.till.Clock.Advance(12 * time.Hour) // past midnight
			l.key("=")
			l.shows("Pay 14.99        +14", "Balance          514")

			sales := l.sales()
			if len(sales) != 1 || len(l.told) != 1 || l.told[0].Entry.ID != sales[0].ID {
				t.Fatalf("%d sales, told %d", len(sales), len(l.told))
			}
			if diff := cmp.Diff(sales[0], l.told[0].Entry); diff != "" {
				t.Errorf("told another sale than was saved: %s", diff)
			}
			member, err := l.till.Store.Member(ctx, account)
			if got := member.Balance(testkit.Points).Spendable; err != nil || got != 500 {
				t.Errorf("spendable is %d, want 500 (%v)", got, err)
			}
		})
	}
}

// A sale that could not be saved and is canceled leaves nothing set aside.
func TestUnsavedCanceled(t *testing.T) {
	ctx := context.Background()
	l := newLane(t)
	account := l.member(ana)
	l.till.Give(account, 500)
	disk := &fault{Store: l.till.Store}
	l.till.Till.Store = disk
	l.key(ana + "=R1999")
	disk.append = func(ledger.Record) error { return errDisk }
	l.key("=x")
	l.shows("Corner Shop", "Phone, then ENTER")
	member, err := l.till.Store.Member(ctx, account)
	if got := member.Balance(testkit.Points).Spendable; err != nil || got != 500 {
		t.Errorf("spendable is %d, want 500 (%v)", got, err)
	}
	if !errors.Is(errors.Join(l.failed...), errDisk) {
		t.Errorf("the diary does not say why: %v", l.failed)
	}
}
