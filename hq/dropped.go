package hq

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/hq/books"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// A sale that stands by itself has a time in which somebody may have it; then
// its units end.

// noteAlone notes until when a sale that stands by itself may become
// somebody's, with the grace that tills have to tell it.
func noteAlone(u *posting.Unit, it *books.Item, d *books.Decision) {
	if it.Holder != books.HolderOfSale(it.Entry.ID) || d.Kind != ledger.Sold || d.Verdict != ledger.Posted || len(d.Moves) == 0 {
		return
	}
	if it.Program.Ref().ID == "" {
		return
	}
	until, may := it.Program.ClaimBy(it.Moment())
	if !it.Entry.Attachment.IsZero() {
		until, may = it.Program.ConfirmBy(it.Moment()), true
	}
	if !may {
		return
	}
	u.NoteUnclaimed(it.Holder, until.Add(it.Program.Offline().Grace))
}

// isDropped reports whether the units of a sale have ended because nobody had
// it in time.
func isDropped(tx *database.Tx, of books.Holder) (bool, error) {
	return records.HasEntry(tx, of, books.DropID(of))
}

// drop ends the units of sales that nobody had in time, and returns how many
// there were. As long as a restored headquarters waits, or the clock is not
// believed, it is nobody's time.
func (h *Headquarters) drop(ctx context.Context) (int, error) {
	now := ledger.MillisOf(h.now())
	some, err := h.undue(ctx, now)
	if err != nil || len(some) == 0 {
		return 0, err
	}
	if sound, err := h.markClock(ctx, now); err != nil || !sound {
		return 0, err
	}
	if waits, err := h.waiting(ctx); err != nil || waits {
		return 0, err
	}
	done, err := eachForItself(ctx, h, some, h.dropOne, func(of books.Holder, err error) { h.leftUndone("drop", of, err) })
	if err != nil {
		return done, fmt.Errorf("drop sales: %w", err)
	}
	h.looked(toDrop, len(some), done)
	return done, nil
}

func (h *Headquarters) dropOne(tx *database.Tx, of books.Holder) error {
	e := &ledger.Entry{ID: books.DropID(of), Kind: ledger.Expire}
	if err := h.empty(tx, of, e, ledger.Expired); err != nil {
		return err
	}
	tx.AfterCommit(func() {
		sale, _ := ledger.Subject(of).Sale()
		h.notify(event.Event{What: event.Dropped, Entry: sale, Account: string(of)})
	})
	return nil
}

// undue are the sales whose time is over, and which are nobody's.
func (h *Headquarters) undue(ctx context.Context, now ledger.Millis) (some []books.Holder, err error) {
	err = h.view(ctx, func(tx *database.Tx) (err error) {
		some, err = nextOf(h, toDrop, func(behind int) ([]books.Holder, error) {
			return records.ReadHolders(tx, `
				SELECT u.account
				FROM unclaimed u
				WHERE u.drop_at_ms <= $1
				ORDER BY u.account
				LIMIT $2 OFFSET $3`, now, chunk, behind)
		})
		return err
	})
	return some, err
}
