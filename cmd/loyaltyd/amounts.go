package main

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// tillAmounts is what writes amounts of a till's units for people.
func tillAmounts(ctx context.Context, view *offline.View, id identity, config configs.Config) (loyalty.Amounts, error) {
	p, err := tillProgram(ctx, view, id, config)
	if p == nil {
		return loyalty.Amounts{}, err
	}
	return p.Amounts(), err
}

// tillProgram is the version in force at a till, or the configured program while
// headquarters has published none; nil where that cannot be read.
func tillProgram(ctx context.Context, view *offline.View, id identity, config configs.Config) (*loyalty.Program, error) {
	now := time.Now()
	heard, err := hear(ctx, view, id, now)
	if err != nil {
		return nil, err
	}
	zone, err := storeZone(id)
	if err != nil {
		return nil, err
	}
	if p := loyalty.InForce(heard.Versions, ledger.DateAt(ledger.MillisOf(now), zone)); p != nil {
		return p, nil
	}
	p, err := loadProgram(config)
	if err != nil {
		return nil, nil // openView has said what is wrong with it
	}
	return p, nil
}
