package authority

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A part that a lane hands back to a restored headquarters is not made again by
// itself: the split that made it comes again with the journals, and takes it from
// the right that the hub hands back. Until then what was spent of it waits.

// keepHandedPart notes of which right a part is that a lane hands back; false
// where it is no part. Who signed it is not asked: headquarters may have forgotten the
// hub with the right, and a lane that is refused never sends what it sold. All that
// comes of a forged one is that what the lane spent of it waits, as of a true one.
func keepHandedPart(tx *database.Tx, t records.Terminal, signed ledger.SignedEntry) (bool, error) {
	e, err := ledger.Decode(signed.Body)
	if err != nil || e.Kind != ledger.Split || e.Right.Terminal != t.ID {
		return false, nil // what else it is, is judged as a grant
	}
	if known, err := knowsRight(tx, e); err != nil || known {
		return known, err
	}
	_, err = tx.Exec(`
		INSERT INTO handed_part (right_id, parent)
		VALUES ($1, $2)
		ON CONFLICT (right_id) DO NOTHING`, e.Right.ID, e.Right.Parent)
	if err != nil {
		return false, fmt.Errorf("keep part handed back: %w", err)
	}
	return true, nil
}

// dropHandedPart forgets a part whose split is being posted.
func dropHandedPart(tx *database.Tx, id ledger.RightID) error {
	if _, err := tx.Exec(`DELETE FROM handed_part WHERE right_id = $1`, id); err != nil {
		return fmt.Errorf("forget part handed back: %w", err)
	}
	return nil
}
