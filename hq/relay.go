package hq

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// errNotHub refuses what only a hub may ask for.
var errNotHub = wire.Refuse(wire.CodeUnauthorized, "only a store's hub asks for this")

// asHub returns a terminal that is a hub.
func (h *Headquarters) asHub(ctx context.Context, id ledger.TerminalID) (hub records.Terminal, err error) {
	err = h.view(ctx, func(tx *database.Tx) error {
		hub, err = records.ReadTerminal(tx, id)
		return err
	})
	switch {
	case err != nil:
		return hub, err
	case hub.Fenced:
		return hub, wire.Refuse(wire.CodeFenced, "")
	case !hub.Hub:
		return hub, errNotHub
	}
	return hub, nil
}

// serveRelay takes in a batch of a lane that its store's hub brings: the same bytes,
// under the lane's own seal, so that it makes no difference which of the two was
// first. The ack is the lane's to ask for.
func (h *Headquarters) serveRelay(r asked) (any, error) {
	hub, err := h.asHub(r.Context(), r.from)
	if err != nil {
		return nil, err
	}
	seal, err := wire.SealOf(r.message)
	if err != nil {
		return nil, invalid(err)
	}
	var lane records.Terminal
	err = h.view(r.Context(), func(tx *database.Tx) error {
		lane, err = records.ReadTerminal(tx, seal.Terminal)
		return err
	})
	if errors.Is(err, records.ErrNotFound) || err == nil && lane.Store != hub.Store {
		return nil, wire.Refuse(wire.CodeInvalid, "the batch is of a terminal of another store")
	}
	if err != nil {
		return nil, err
	}
	batch, err := wire.DecodeBatch(r.message, lane.Key)
	if err != nil {
		return nil, invalid(err)
	}
	answer, err := h.take(r.Context(), lane.ID, r.message, batch)
	if err != nil {
		return nil, err
	}
	var ack ledger.Ack
	if err := json.Unmarshal(answer, &ack); err != nil {
		return nil, err
	}
	return wire.Relayed{UpTo: ack.UpTo, Head: ack.Head}, nil
}

// serveLanes tells a hub whose terminals of its store are: it answers them by their
// keys, also when headquarters is out of reach.
func (h *Headquarters) serveLanes(r asked) (any, error) {
	hub, err := h.asHub(r.Context(), r.from)
	if err != nil {
		return nil, err
	}
	var lanes wire.Lanes
	return &lanes, h.view(r.Context(), func(tx *database.Tx) error {
		rows, err := tx.Query(`
			SELECT terminal, name, public_key
			FROM terminal
			WHERE store = $1 AND hub = 0 AND fenced_at_ms IS NULL
			ORDER BY terminal`, hub.Store)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var lane wire.Lane
			if err := rows.Scan(&lane.Terminal, &lane.Name, &lane.PublicKey); err != nil {
				return err
			}
			lanes.Lanes = append(lanes.Lanes, lane)
		}
		return rows.Err()
	})
}
