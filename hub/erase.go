package hub

import (
	"context"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A hub keeps what lanes tell it until headquarters has that, with the attachments that
// say whom it is of. Whoever is erased meanwhile is erased here too: her attachments go
// out of the batches, whose entries and seals stay as they were signed, and out of the
// file. What the hub cannot know to be hers, as of somebody who only typed her number,
// headquarters erases when it arrives, and says so.

// erase deletes what the hub keeps of those whom rows of the feed erase. Doing it again
// changes nothing.
func (h *Hub) erase(ctx context.Context, changes []ledger.Change) error {
	var all []*ledger.Erasure
	for _, c := range changes {
		if c.Erasure != nil {
			all = append(all, c.Erasure)
		}
	}
	if len(all) == 0 {
		return nil
	}
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		if err := forgetAttachments(tx, all); err != nil {
			return err
		}
		last := all[len(all)-1].Serial
		_, err := tx.Exec(`
			UPDATE erased SET heard_ms = ?1, n = (SELECT coalesce(max(n), 0) FROM batch)
			WHERE heard_ms < ?1`, last)
		return err
	})
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

// forgetAttachments takes the attachments of erased members out of the batches that
// are kept, and all of them out of those that headquarters takes from the lane alone:
// nobody is going to read one there.
func forgetAttachments(tx *sqlitedb.Tx, all []*ledger.Erasure) error {
	for n := int64(0); ; {
		b, err := readKept(tx, n)
		if err != nil || b == nil {
			return err
		}
		n = b.n
		hers := b.namedBy(all)
		left, err := wire.Forget(b.message, func(sum ledger.Hash) bool { return b.refused || slices.Contains(hers, sum) })
		if err != nil {
			return fmt.Errorf("read batch: %w", err)
		}
		if len(left) == len(b.message) {
			continue
		}
		if _, err := tx.Exec(`UPDATE batch SET message = ? WHERE n = ?`, left, n); err != nil {
			return fmt.Errorf("write batch: %w", err)
		}
	}
}

// readKept is the first batch behind n that may have attachments; nil where there is
// none.
func readKept(tx *sqlitedb.Tx, n int64) (*kept, error) {
	rows, err := tx.Query(`SELECT n, terminal, message, refused IS NOT NULL FROM batch WHERE n > ? ORDER BY n LIMIT 1`, n)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	b := new(kept)
	return b, rows.Scan(&b.n, &b.lane, &b.message, &b.refused)
}

// namedBy are the attachments by which entries of a batch name erased members: those
// that headquarters knows of, and those of what enrolled them or says what they are
// called.
func (b *kept) namedBy(all []*ledger.Erasure) (sums []ledger.Hash) {
	for _, e := range all {
		sums = append(sums, e.Attachments...)
	}
	for _, body := range wire.BodiesOf(b.message) {
		e, err := ledger.Decode(body)
		if err != nil || e.Attachment.IsZero() || e.Kind != ledger.Enroll && e.Kind != ledger.Profile {
			continue
		}
		if slices.ContainsFunc(all, func(of *ledger.Erasure) bool { return names(e, of) }) {
			sums = append(sums, e.Attachment)
		}
	}
	return sums
}

// names reports whether an entry is about an erased member, by the ids that it has.
func names(e *ledger.Entry, of *ledger.Erasure) bool {
	account, _ := e.Subject.Account()
	if !e.Member.IsZero() && e.Member == of.Member {
		return true
	}
	return e.Member.IsZero() && ledger.MemberID(account) == of.Member || slices.Contains(of.Accounts, account)
}
