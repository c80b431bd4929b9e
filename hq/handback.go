package hq

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
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
			if part, err := h.keepHandedPart(tx, t, kept.Grant); part || err != nil {
				if err != nil {
					return err
				}
				continue
			}
			if err := h.keepHandedBack(tx, from, kept); err != nil {
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

func (h *Headquarters) keepHandedBack(tx *database.Tx, from ledger.TerminalID, kept ledger.KeptRight) error {
	e, err := h.ownGrant(kept.Grant)
	if err != nil || e.Right.Terminal != from || kept.Kept <= 0 || kept.Kept > e.Right.Amount {
		return wire.Refuse(wire.CodeInvalid, "a right was handed back that headquarters did not give")
	}
	known, err := h.knowsRight(tx, e)
	if err != nil || known {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO handed_back (account, right_id, terminal, body, signature, kept)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, right_id) DO UPDATE
		SET kept = excluded.kept`,
		e.Subject, e.Right.ID, from, kept.Grant.Body, kept.Grant.Signature, kept.Kept)
	if err != nil {
		return fmt.Errorf("keep right handed back: %w", err)
	}
	return nil
}

// ownGrant reads a grant that this headquarters signed.
func (h *Headquarters) ownGrant(grant ledger.SignedEntry) (*ledger.Entry, error) {
	if !h.keys.Line().Signed(ledger.EntryDomain, grant.Body, grant.Signature) {
		return nil, wire.ErrSignature
	}
	e, err := ledger.Decode(grant.Body)
	if err != nil {
		return nil, err
	}
	if _, isAccount := e.Subject.Account(); !isAccount || e.Kind != ledger.Grant || e.Right == nil {
		return nil, fmt.Errorf("entry %s grants nothing", e.ID)
	}
	return e, nil
}

// knowsRight reports whether a grant stands, at its account or at whoever that
// became.
func (h *Headquarters) knowsRight(tx *database.Tx, e *ledger.Entry) (bool, error) {
	of := books.Holder(e.Subject)
	now, err := records.Survivor(tx, of)
	if err != nil {
		return false, err
	}
	for _, who := range []books.Holder{of, now} {
		stands, err := records.Loading(tx).Right(who, e.Right.ID)
		if err != nil || stands != nil {
			return stands != nil, err
		}
	}
	return false, nil
}
