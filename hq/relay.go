package hq

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/event"
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
	answer, err := h.take(r.Context(), lane.ID, r.message, batch, true)
	if err != nil {
		return nil, err
	}
	var ack ledger.Ack
	if err := json.Unmarshal(answer, &ack); err != nil {
		return nil, err
	}
	return wire.Relayed{UpTo: ack.UpTo, Head: ack.Head}, nil
}

// admitRelayed judges a batch that a hub brings by its place, and stores what is new of
// it. The session token in its seal says nothing: it is the one that the lane had when it
// told its hub, days ago perhaps, or of an earlier incarnation. That the batch is the
// lane's its signature says, and that it goes on from what is here the chain does. It is
// no sign of life, so it uses no token, and the lane is not seen by it.
func (h *Headquarters) admitRelayed(tx *database.Tx, t *records.Terminal, a *arrival, events *[]event.Event) ([]byte, error) {
	here, answer, err := h.standing(tx, t, a)
	if answer != nil || err != nil {
		return answer, err
	}
	if err := a.mayGoFirst(tx, t); err != nil {
		return nil, err
	}
	grown, err := a.follow(tx, t, here, events)
	if err != nil {
		return nil, err
	}
	if err := a.store(tx, t, here, grown); err != nil {
		return nil, err
	}
	return h.ack(t, grown, a, here, "")
}

// mayGoFirst refuses what is for the lane itself to go on from: behind an epoch that it
// began since, which is no fork, as the batch may be older; and what it is to send only
// after it handed back its rights, since a spend of one that is not known here is lost.
func (a *arrival) mayGoFirst(tx *database.Tx, t *records.Terminal) error {
	latest, err := records.LatestLife(tx, t.ID)
	if err != nil || t.Fenced {
		return err
	}
	if latest.Known && (latest.Epoch > a.Seal.Epoch || latest.Epoch == a.Seal.Epoch && latest.Branch != a.Seal.Branch) {
		return wire.Refuse(wire.CodeHello, "the lane's journal goes on elsewhere")
	}
	waits, err := readAwaited(tx, t.ID)
	if err == nil && waits != nil && waits.owes(ledger.Head{Epoch: a.Seal.Epoch, Branch: a.Seal.Branch}) {
		err = wire.Refuse(wire.CodeHello, "the lane is first to hand back its rights, since headquarters was restored")
	}
	return err
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
