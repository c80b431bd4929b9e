package checkout

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/loyalty"
)

// ruled is a till under one version of its program: the one that decides a sale
// from its beginning to its entry, whatever comes into force meanwhile.
type ruled struct {
	*Till
	Program *loyalty.Program
}

// under is the till under the version in force at an instant.
func (t *Till) under(at time.Time) ruled { return ruled{t, t.Programs.At(at)} }

// underSale is the till under the version that a sale began with: the one in
// force when its conversation began, or the first of its holds was placed. What
// was promised then is kept at any later hour.
func (t *Till) underSale(ctx context.Context, now time.Time, b Basket) ruled {
	began := beganAt(now, b.Began)
	for _, id := range b.Holds {
		// A hold that is gone is refused by whoever takes it.
		if hold, err := t.Store.Hold(ctx, id); err == nil && hold.At.Time().Before(began) {
			began = hold.At.Time()
		}
	}
	return t.under(began)
}

// program is the version that governs what the counter shows: that of the open
// sale, or the one in force when something last happened.
func (c *Counter) program() *loyalty.Program {
	return c.Till.Programs.At(beganAt(c.lastKey, c.sale.began))
}

// beganAt is when a sale began that is worked on now.
func beganAt(now, said time.Time) time.Time {
	if said.IsZero() {
		return now
	}
	return said
}
