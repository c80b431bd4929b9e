package hq

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Amounts returns what writes amounts for people, by the last version published
// that this release can read; numbers alone where there is none.
func (r *reading) Amounts(ctx context.Context) (loyalty.Amounts, error) {
	var published []Published
	err := r.view(ctx, func(tx *database.Tx) (err error) {
		published, err = readPublished(tx)
		return err
	})
	if err != nil {
		return loyalty.Amounts{}, fmt.Errorf("read programs: %w", err)
	}
	for _, v := range slices.Backward(published) {
		if p, err := loyalty.Load(v.signed.Source, v.String()); err == nil {
			return p.Amounts(), nil
		}
	}
	return loyalty.Amounts{}, nil
}
