package checkout

import (
	"context"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Watched is the till's own store as far as what its staff does needs it.
type Watched interface {
	// Adjustment returns what stands for an adjust id as a *ledger.SaleExists,
	// or nil if nothing does.
	Adjustment(ctx context.Context, id string) (*ledger.SaleExists, error)
	// FindHashed is Find by the store's keyed hash of an identifier.
	FindHashed(ctx context.Context, hash ledger.KeyedHash) (loyalty.Member, error)
	// SoldSince returns this terminal's sales to members from a time on, by the
	// terminal's own clock, in no order.
	SoldSince(ctx context.Context, since ledger.Millis) ([]ledger.SoldTo, error)
}
