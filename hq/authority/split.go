package authority

import (
	"errors"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// FindSplit finds what a split or part is about. While a restored headquarters
// waits, the right may still be handed back.
func FindSplit(tx *database.Tx, it *books.Item, b *books.Books) (err error) {
	if it.Splitting, err = records.SplittingOf(tx, b, it.Entry); err != nil {
		return err
	}
	if it.Splitting.From == nil {
		if waits, err := records.Waiting(tx); err != nil || waits {
			return errors.Join(err, &books.PassOver{Reason: "its right may still be handed back to a restored headquarters"})
		}
	}
	return dropHandedPart(tx, it.Split.Right.ID)
}
