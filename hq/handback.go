package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// awaited is a terminal that a restored headquarters is still to hear.
type awaited struct {
	handedBack bool
	head       ledger.Head // of its journal when it had handed back; no Hash
}

// readAwaited returns nil for a terminal that is not awaited.
func readAwaited(tx *database.Tx, id ledger.TerminalID) (*awaited, error) {
	var a awaited
	err := tx.QueryRow(`SELECT handed_back, epoch, branch, seq FROM awaited WHERE terminal = $1`, id).
		Scan(&a.handedBack, &a.head.Epoch, &a.head.Branch, &a.head.Seq)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read awaited terminal: %w", err)
	}
	return &a, nil
}

// owes reports whether a terminal in step is to hand back its rights: it never
// did since the restore, or has begun an epoch since, so that what it said its
// journal goes up to will not come.
func (a *awaited) owes(head ledger.Head) bool {
	return a != nil && (!a.handedBack || a.head.Epoch != head.Epoch || a.head.Branch != head.Branch)
}

// takeBack keeps the rights that a terminal hands back and this headquarters
// does not know. They are made again by recover, once their points are here.
func (h *Headquarters) takeBack(ctx context.Context, from ledger.TerminalID, said wire.HandBack) (wire.TakenBack, error) {
	err := h.update(ctx, func(tx *database.Tx) error {
		t, err := records.ReadTerminal(tx, from)
		if err != nil {
			return err
		}
		if t.Fenced {
			return wire.Refuse(wire.CodeFenced, "")
		}
		waits, err := readAwaited(tx, from)
		if err != nil || waits == nil {
			return err // nobody asked
		}
		for _, kept := range said.Rights {
			if err := authority.KeepHandedBack(tx, h.keys, t, kept); err != nil {
				return err
			}
		}
		if !said.Last {
			return nil
		}
		_, err = tx.Exec(`
			UPDATE awaited SET handed_back = 1, epoch = $1, branch = $2, seq = $3
			WHERE terminal = $4`, said.Head.Epoch, said.Head.Branch, said.Head.Seq, from)
		return err
	})
	if err != nil {
		return wire.TakenBack{}, err
	}
	h.intake.raise()
	return wire.TakenBack{Rights: len(said.Rights)}, nil
}
