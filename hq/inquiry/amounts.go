package inquiry

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// AmountsOf returns what writes amounts for people, by program: by the last version
// of each that this release can read.
func (d *Desk) AmountsOf(ctx context.Context) (map[string]loyalty.Amounts, error) {
	published, err := d.published(ctx)
	amounts := map[string]loyalty.Amounts{}
	for _, v := range published {
		if p, err := loyalty.Load(v.Signed.Source, v.String()); err == nil {
			amounts[v.ID] = p.Amounts()
		}
	}
	return amounts, err
}

// Amounts returns what writes amounts for people, by the last version published
// that this release can read; numbers alone where there is none.
func (d *Desk) Amounts(ctx context.Context) (loyalty.Amounts, error) {
	published, err := d.published(ctx)
	if err != nil {
		return loyalty.Amounts{}, err
	}
	for _, v := range slices.Backward(published) {
		if p, err := loyalty.Load(v.Signed.Source, v.String()); err == nil {
			return p.Amounts(), nil
		}
	}
	return loyalty.Amounts{}, nil
}

// Refers reports whether a program of the chain gives to who referred a member, by
// the last version of each that this release can read.
func (d *Desk) Refers(ctx context.Context) (bool, error) {
	published, err := d.published(ctx)
	last := map[string]bool{}
	for _, v := range published {
		if p, err := loyalty.Load(v.Signed.Source, v.String()); err == nil {
			last[v.ID] = p.Refers()
		}
	}
	return slices.Contains(slices.Collect(maps.Values(last)), true), err
}

func (d *Desk) published(ctx context.Context) (all []publication.Published, err error) {
	err = d.view(ctx, func(tx *database.Tx) error {
		all, err = publication.Read(tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read programs: %w", err)
	}
	return all, nil
}
