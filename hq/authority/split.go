package authority

import (
	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
)

// FindRights finds what a split or part is about, and passes over an entry that takes from
// a right which its account does not have, as long as that may still be made again. A lane
// that handed back all it had takes parts of a hub that a restored headquarters has not
// heard yet.
func FindRights(tx *database.Tx, it *books.Item, b *books.Books) error {
	if books.IsSplit(it.Entry) {
		return findSplit(tx, it, b)
	}
	for _, id := range it.Takes() {
		r, err := b.Right(id)
		if err == nil && r == nil {
			err = unlessMade(mayBeMade(tx, it, b))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func mayBeMade(tx *database.Tx, it *books.Item, b *books.Books) (bool, error) {
	if it.Entry.End != nil {
		return records.MayBePart(tx, it.Entry.Store, b.Holder)
	}
	return records.MayComeAgain(tx, b.Holder)
}

func findSplit(tx *database.Tx, it *books.Item, b *books.Books) (err error) {
	if it.Splitting, err = records.SplittingOf(tx, b, it.Entry); err != nil {
		return err
	}
	if it.Splitting.From == nil {
		if err := unlessMade(records.MayComeAgain(tx, b.Holder)); err != nil {
			return err
		}
	}
	return dropHandedPart(tx, it.Split.Right.ID)
}

// unlessMade passes over what waits for a right that may be made again.
func unlessMade(may bool, err error) error {
	if err == nil && may {
		err = &books.PassOver{Reason: "its right may still be handed back to a restored headquarters"}
	}
	return err
}
