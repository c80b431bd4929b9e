package claims

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// An account is one member's, or several members' (a household, a company). Who a
// member is stands under her own id and her own key; what she is found by leads to
// that id, and from there to the account that she is in. A member's id is the
// account's where she was enrolled by herself. Ledgers know nothing of this: what
// was posted to an account stays there, whoever leaves it.

// EnterHousehold makes somebody a member of an account, by an entry. One who is in
// an account by another entry stays there. From now on what is written of the
// account that she would have had is the other's.
func EnterHousehold(tx *database.Tx, member, account books.Holder, by ledger.EntryID) error {
	if member == account {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO membership (member, account, entry)
		VALUES ($1, $2, $3)
		ON CONFLICT (member) DO NOTHING`, member, account, by)
	if err != nil {
		return fmt.Errorf("join household: %w", err)
	}
	return Forward(tx, member, account)
}
