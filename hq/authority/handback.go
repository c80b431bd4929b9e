package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// KeepHandedBack keeps a right that a terminal hands back and this headquarters does not
// know. It is made again (MakeAgain), once its points are here.
func KeepHandedBack(tx *database.Tx, k keyring.Ring, t records.Terminal, kept ledger.KeptRight) error {
	if part, err := keepHandedPart(tx, t, kept.Grant); part || err != nil {
		return err
	}
	e, err := ownGrant(k, kept.Grant)
	if err != nil || e.Right.Terminal != t.ID || kept.Kept <= 0 || kept.Kept > e.Right.Amount {
		return wire.Refuse(wire.CodeInvalid, "a right was handed back that headquarters did not give")
	}
	known, err := knowsRight(tx, e)
	if err != nil || known {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO handed_back (account, right_id, terminal, body, signature, kept)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (account, right_id) DO UPDATE
		SET kept = excluded.kept`,
		e.Subject, e.Right.ID, t.ID, kept.Grant.Body, kept.Grant.Signature, kept.Kept)
	if err != nil {
		return fmt.Errorf("keep right handed back: %w", err)
	}
	return nil
}

// ownGrant reads a grant that this headquarters signed.
func ownGrant(k keyring.Ring, grant ledger.SignedEntry) (*ledger.Entry, error) {
	if !k.Line().Signed(ledger.EntryDomain, grant.Body, grant.Signature) {
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
func knowsRight(tx *database.Tx, e *ledger.Entry) (bool, error) {
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
