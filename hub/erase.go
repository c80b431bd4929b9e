package hub

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A hub keeps what lanes tell it until headquarters has that, with the attachments that
// say whom it is of. Whoever is erased is erased here too: her attachments go out of the
// batches that are kept, whose entries and seals stay as they were signed, and out of
// those that a lane which has not heard yet still tells. What the hub cannot know to be
// hers, as of somebody who only typed her number, headquarters erases when it arrives,
// and says so.

// erase deletes what the hub keeps of those whom rows of the feed erase, and remembers
// them. Doing it again changes nothing.
func (h *Hub) erase(ctx context.Context, changes []ledger.Change) error {
	all := erasures(changes)
	if len(all) == 0 {
		return nil
	}
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, e := range all {
			if err := errors.Join(remember(tx, e), forgetIntroductions(tx, e)); err != nil {
				return err
			}
		}
		return forgetAll(tx)
	})
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

func erasures(changes []ledger.Change) (all []*ledger.Erasure) {
	for _, c := range changes {
		if c.Erasure != nil {
			all = append(all, c.Erasure)
		}
	}
	return all
}

// heard notes that all is done of the erasures that rows of the feed tell. A hub that
// is stopped before it is told of them again.
func (h *Hub) heard(ctx context.Context, changes []ledger.Change) error {
	all := erasures(changes)
	if len(all) == 0 {
		return nil
	}
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`
			UPDATE erased SET heard_ms = ?1, n = (SELECT coalesce(max(n), 0) FROM batch)
			WHERE heard_ms < ?1`, all[len(all)-1].Serial)
		return err
	})
	if err != nil {
		return fmt.Errorf("note erasures: %w", err)
	}
	h.news.raise() // who waits to be introduced to somebody waits for this too
	return nil
}

// remember keeps the ids of an erasure.
func remember(tx *sqlitedb.Tx, e *ledger.Erasure) (err error) {
	put := func(kind string, id []byte) {
		if err == nil {
			_, err = tx.Exec(`INSERT INTO forgotten (kind, id) VALUES (?, ?) ON CONFLICT DO NOTHING`, kind, id)
		}
	}
	put("member", e.Member[:])
	for _, account := range e.Accounts {
		put("account", account[:])
	}
	for _, sum := range e.Attachments {
		put("attachment", sum[:])
	}
	return err
}

// forgetAll takes the attachments of erased members out of the batches that are kept,
// and all of them out of those that headquarters did not take: most of them it takes
// from the lane alone, and nobody is going to read one there.
func forgetAll(tx *sqlitedb.Tx) error {
	_, err := forgetEach(tx, 0, `SELECT n, message, refused IS NOT NULL FROM batch WHERE n > ? ORDER BY n LIMIT 1`)
	return err
}

// forgetRefused is the same for what headquarters does not take of a journal, from a
// batch on, and that was kept when somebody was erased. The hub is done with her only
// once the file is written anew.
func forgetRefused(tx *sqlitedb.Tx, from *kept) error {
	gone, err := forgetEach(tx, from.n-1, `
		SELECT n, message, refused IS NOT NULL
		FROM batch
		WHERE n > ? AND n <= (SELECT n FROM erased) AND terminal = ? AND epoch = ? AND branch = ?
		ORDER BY n
		LIMIT 1`, from.of.lane, from.of.epoch, from.of.branch)
	if err == nil && gone {
		_, err = tx.Exec(`UPDATE erased SET wiped_ms = 0`)
	}
	return err
}

// forgetEach forgets in the batches behind n that a query finds one after another. It
// reports whether anything was taken out of one.
func forgetEach(tx *sqlitedb.Tx, n int64, query string, of ...any) (gone bool, err error) {
	for {
		b, err := readKept(tx, query, append([]any{n}, of...)...)
		if err != nil || b == nil {
			return gone, err
		}
		n = b.n
		left, err := forget(tx, b.message, b.refused)
		if err != nil {
			return gone, err
		}
		if len(left) == len(b.message) {
			continue
		}
		gone = true
		if _, err := tx.Exec(`UPDATE batch SET message = ? WHERE n = ?`, left, n); err != nil {
			return gone, fmt.Errorf("write batch: %w", err)
		}
	}
}

// readKept is the batch that a query finds; nil where there is none.
func readKept(tx *sqlitedb.Tx, query string, args ...any) (*kept, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read batches: %w", err)
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	b := new(kept)
	return b, rows.Scan(&b.n, &b.message, &b.refused)
}

// forget returns a batch without the attachments of who was erased, or without any.
func forget(tx *sqlitedb.Tx, message []byte, all bool) ([]byte, error) {
	hers := map[ledger.Hash]bool{}
	for _, body := range wire.BodiesOf(message) {
		e, err := ledger.Decode(body)
		if err != nil || e.Attachment.IsZero() {
			continue
		}
		if hers[e.Attachment], err = isForgotten(tx, e); err != nil {
			return nil, err
		}
	}
	left, err := wire.Forget(message, func(sum ledger.Hash) bool { return all || hers[sum] })
	if err != nil {
		return nil, fmt.Errorf("read batch: %w", err)
	}
	return left, nil
}

// isForgotten reports whether an entry's attachment names somebody who was erased: as
// headquarters says, or because the entry enrolled her or says what she is called.
func isForgotten(tx *sqlitedb.Tx, e *ledger.Entry) (is bool, err error) {
	var account ledger.AccountID
	var member ledger.MemberID
	if e.Kind == ledger.Enroll || e.Kind == ledger.Profile {
		account, _ = e.Subject.Account()
		if member = e.Member; member.IsZero() {
			member = ledger.MemberID(account)
		}
	}
	err = tx.QueryRow(`
		SELECT EXISTS (
			SELECT 1 FROM forgotten
			WHERE kind = 'attachment' AND id = ?1 OR kind = 'member' AND id = ?2 OR kind = 'account' AND id = ?3)`,
		e.Attachment[:], member[:], account[:]).Scan(&is)
	if err != nil {
		return false, fmt.Errorf("look up who was erased: %w", err)
	}
	return is, nil
}
