package hq

import (
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// extras are what few accounts have of what feeds tell, and most who came by an import
// nothing: which of many have any is asked by a query over all of them, and only theirs
// is read.
type extras struct{ verdicts, rights, listings, places, lookups map[books.Holder]bool }

// readExtras finds out which accounts have what of extras.
func readExtras(tx *database.Tx, of []books.Holder) (x extras, err error) {
	for _, kind := range []struct {
		what *map[books.Holder]bool
		find database.Many
	}{
		{&x.verdicts, database.Many{Head: `
			SELECT DISTINCT account FROM ledger WHERE verdict <> 'posted' AND account IN (VALUES`, Tail: `)`}},
		{&x.rights, database.Many{Head: `
			SELECT DISTINCT account FROM account_right WHERE account IN (VALUES`, Tail: `)`}},
		{&x.listings, database.Many{Head: `
			SELECT DISTINCT account FROM listed WHERE account IN (VALUES`, Tail: `)`}},
		{&x.places, database.Many{Head: `
			SELECT DISTINCT account FROM account_place WHERE account IN (VALUES`, Tail: `)`}},
		{&x.lookups, database.Many{Head: `
			SELECT DISTINCT account FROM looked_up WHERE account IN (VALUES`, Tail: `)`}},
	} {
		if *kind.what, err = records.Standing(tx, kind.find, of); err != nil {
			return x, fmt.Errorf("look for what accounts have: %w", err)
		}
	}
	return x, nil
}
