package sync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// list gives a restored headquarters the members whom it may have forgotten: a
// number whose enroll was lost with it leads to her account in directories
// alone. Headquarters says which rows it wants, so that a listing cut short goes
// on where it was. It comes before the entries: whose they are depends on it.
func (x *Exchange) list(ctx context.Context) error {
	var said wire.Listing
	for {
		wanted, err := x.sayListing(ctx, said)
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		if wanted.Enough {
			return nil
		}
		if n := len(said.Rows); n > 0 && wanted.After != said.Rows[n-1].Hash {
			return errors.New("list members: headquarters did not go on from what it was given")
		}
		rows, err := x.outbox.Listed(ctx, wanted.Since, wanted.After, wire.MaxListed)
		if err != nil {
			return fmt.Errorf("list members: %w", err)
		}
		said = wire.Listing{Rows: rows, Last: len(rows) < wire.MaxListed}
	}
}

// sayListing takes a headquarters that does not know the path for one that has
// enough.
func (x *Exchange) sayListing(ctx context.Context, said wire.Listing) (wanted wire.Wanted, err error) {
	message, err := json.Marshal(said)
	if err != nil {
		return wanted, err
	}
	err = x.ask(ctx, http.MethodPost, wire.ListingPath, message, &wanted)
	if x.manner.lacks(err) {
		return wire.Wanted{Enough: true}, nil
	}
	return wanted, err
}
