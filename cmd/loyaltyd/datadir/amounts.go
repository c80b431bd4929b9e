package datadir

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// Amounts is what writes amounts of a till's units for people.
func Amounts(ctx context.Context, view *offline.View, id Identity, config configs.Config) (loyalty.Amounts, error) {
	p, err := Program(ctx, view, id, config)
	if p == nil {
		return loyalty.Amounts{}, err
	}
	return p.Amounts(), err
}

// Program is the version in force at a till, or the configured program while
// headquarters has published none; nil where that cannot be read.
func Program(ctx context.Context, view *offline.View, id Identity, config configs.Config) (*loyalty.Program, error) {
	now := time.Now()
	heard, err := Hear(ctx, view, id, now)
	if err != nil {
		return nil, err
	}
	zone, err := StoreZone(id)
	if err != nil {
		return nil, err
	}
	if p := loyalty.InForce(heard.Versions, ledger.DateAt(ledger.MillisOf(now), zone)); p != nil {
		return p, nil
	}
	p, err := LoadProgram(config)
	if err != nil {
		return nil, nil // OpenView has said what is wrong with it
	}
	return p, nil
}
