package authority

import (
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// KeepCarried keeps with an account what it needs of rights that came to it beside
// its ledger: their grants, as they were signed, which are asked back, their room.
func KeepCarried(tx *database.Tx, o books.Handover, d *books.Decision) error {
	for _, r := range d.Rights {
		if err := keepGrant(tx, o, r); err != nil {
			return err
		}
		recalled, err := records.IsRecalled(tx, o.From, r.ID)
		if err == nil && recalled {
			err = posting.Recall(tx, o.To, []*books.Right{{Right: r.Right}})
		}
		if err != nil {
			return err
		}
		if err := keepRoom(tx, o, r); err != nil {
			return err
		}
	}
	return recallUses(tx, o.To, d.Program)
}

// keepRoom keeps the room that a right took; of a part that of the right which it is of,
// which may have ended and not come along.
func keepRoom(tx *database.Tx, o books.Handover, r books.CarriedRight) error {
	taker := r.ID
	if !r.Parent.IsZero() {
		taker = r.Parent
	}
	_, err := tx.Exec(`UPDATE room SET account = $1 WHERE account = $2 AND right_id = $3`, o.To, o.From, taker)
	if err != nil {
		return fmt.Errorf("keep room of right that came over: %w", err)
	}
	return nil
}

// keepGrant keeps a right's grant, as it was signed; a part has none of ours.
func keepGrant(tx *database.Tx, o books.Handover, r books.CarriedRight) error {
	if !r.Parent.IsZero() {
		return nil
	}
	grant, err := records.SignedGrant(tx, o.From, r.Grant)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO own_entry (account, entry, body, signature)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (account, entry) DO NOTHING`, o.To, r.Grant, grant.Body, grant.Signature)
	if err != nil {
		return fmt.Errorf("keep grant that came over: %w", err)
	}
	return nil
}

// recallUses asks for an account's rights to uses of a program's limits: what both
// accounts had placed is more than the limit leaves the one. What it leaves is
// placed anew.
func recallUses(tx *database.Tx, of books.Holder, program string) error {
	open, err := records.ReadOpenRights(tx, of)
	if err != nil {
		return err
	}
	open = slices.DeleteFunc(open, func(r *books.Right) bool {
		_, use := r.Unit.Use()
		return !use || r.Program != program
	})
	if len(open) == 0 {
		return nil
	}
	return posting.Recall(tx, of, open)
}
