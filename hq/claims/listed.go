package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// Unlist takes away what the tills of any store list under an identifier that
// somebody else has a claim to.
func Unlist(tx *database.Tx, k keyring.Ring, kind, value string, claims books.Holder) error {
	rows, err := records.ReadListed(tx, k, kind, value)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Of == claims {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM listed WHERE store = $1 AND hash = $2`, row.Store, row.Hash); err != nil {
			return fmt.Errorf("drop what is listed: %w", err)
		}
		if err := posting.Touch(tx, row.Of); err != nil {
			return err
		}
	}
	return nil
}
