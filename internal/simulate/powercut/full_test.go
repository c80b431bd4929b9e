package powercut_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/internal/simulate/powercut"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Whatever headquarters' disk does while it is ill, a till is told to come again
// and sells on, people are told, and what was acknowledged and what waited is all
// there, once, when it is well.
func TestHeadquartersDisk(t *testing.T) {
	for _, kind := range powercut.Kinds {
		t.Run(kind.String(), func(t *testing.T) {
			ctx, dir := context.Background(), folder(t)
			disk, err := powercut.Watch(dir, 1)
			must(t, err)
			t.Cleanup(disk.Forget)
			h := testkit.NewHeadquartersIn(t, testkit.Program(t), dir, func(error) {}) // told of below
			till := h.Enroll(h.Address)
			sold := 0
			sell := func() {
				sold++
				_, err := till.Complete(ctx, h.Clock.Now(), checkout.Basket{
					Entry: till.NewEntry(), SaleID: fmt.Sprint("s", sold), Currency: "TRY",
					Lines: []ledger.Line{{Net: 100, Gross: 100, Quantity: 1}},
				})
				must(t, err)
			}
			sell()
			_, err = till.Exchange.Once(ctx)
			must(t, err)
			for round := range 3 {
				disk.Fail(powercut.Fault{Kind: kind, After: round, ForEver: true})
				for range 3 {
					sell()
					_, err := till.Exchange.Once(ctx)
					var refusal *wire.Refusal
					if err != nil && (!errors.As(err, &refusal) || refusal.Code != wire.CodeBusy && refusal.Code != wire.CodeHello) {
						t.Errorf("the till hears %v", err)
					}
				}
				disk.Fail(powercut.Fault{})
				well(t, func() error { _, err := till.Exchange.Once(ctx); return err })
			}
			if len(h.Told(event.Failed)) == 0 {
				t.Error("nobody was told")
			}
			must(t, h.Work(ctx))
			status, err := h.Status(ctx)
			must(t, err)
			found, err := h.Verify(ctx, nil)
			must(t, err)
			if status.Entries != sold || status.Unprojected != 0 || len(found) > 0 {
				t.Errorf("of %d sales: %+v, %v", sold, status, found)
			}
		})
	}
}

// well asks until headquarters takes again what it should, which it does unaided.
func well(t *testing.T, ask func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if err = ask(); err == nil {
			return
		}
	}
	t.Fatal("it does not recover: ", err)
}
