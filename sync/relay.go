package sync

import (
	"context"
	"fmt"
	"net/http"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// Relay brings headquarters a lane's batch, as the lane sealed it. It is a hub's to
// ask, as Lanes is. A *wire.Refusal says why headquarters does not take it.
func (x *Exchange) Relay(ctx context.Context, batch []byte) error {
	var relayed wire.Relayed
	if err := x.ask(ctx, http.MethodPost, wire.RelayPath, batch, &relayed); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	return nil
}

// Successions are which of headquarters' keys followed which, as far as the store has
// them.
func (x *Exchange) Successions(ctx context.Context) ([]ledger.SignedSuccession, error) {
	line, err := x.line(ctx)
	return line.Successions().All, err
}

// Lanes asks headquarters who the tills of the hub's store are.
func (x *Exchange) Lanes(ctx context.Context) ([]wire.Lane, error) {
	var lanes wire.Lanes
	if err := x.ask(ctx, http.MethodGet, wire.LanesPath, nil, &lanes); err != nil {
		return nil, fmt.Errorf("ask for lanes: %w", err)
	}
	return lanes.Lanes, nil
}
