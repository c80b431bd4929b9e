package main

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// tillAmounts is what writes amounts of a till's units for people: by the version
// in force there, or by the configured program while headquarters has published
// none.
func tillAmounts(ctx context.Context, view *offline.View, id identity, config configs.Config) (loyalty.Amounts, error) {
	now := time.Now()
	heard, err := hear(ctx, view, id, now)
	if err != nil {
		return loyalty.Amounts{}, err
	}
	zone, err := storeZone(id)
	if err != nil {
		return loyalty.Amounts{}, err
	}
	if p := loyalty.InForce(heard.Versions, ledger.DateAt(ledger.MillisOf(now), zone)); p != nil {
		return p.Amounts(), nil
	}
	p, err := loadProgram(config)
	if err != nil {
		return loyalty.Amounts{}, nil // openView has said what is wrong with it
	}
	return p.Amounts(), nil
}
