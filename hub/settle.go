package hub

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
)

// Outbox is the hub's own store as its exchange with headquarters sees it: what
// headquarters' rows count is no news any more.
type Outbox struct {
	hqsync.Outbox
	Hub *Hub
}

// Apply implements hqsync.Outbox. Members are erased and news settled before the cursor
// moves: doing it again changes nothing. That they were erased is told to lanes after
// it, since whoever hears of it introduces newcomers again, whose number nobody may have
// by then. Introductions of who is fed are dropped after it, whichever page brought them.
func (o Outbox) Apply(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	if err := o.Hub.erase(ctx, changes); err != nil {
		return err
	}
	if err := o.Hub.settle(ctx, changes); err != nil {
		return err
	}
	if err := o.Outbox.Apply(ctx, changes, next); err != nil {
		return err
	}
	if err := o.Hub.heard(ctx, changes); err != nil {
		return err
	}
	return o.Hub.dropFed(ctx)
}

// settledAtOnce is how many rows of the feed one transaction settles, for which lanes
// may wait.
const settledAtOnce = 500

func (h *Hub) settle(ctx context.Context, changes []ledger.Change) error {
	of := slices.DeleteFunc(slices.Clone(changes), func(c ledger.Change) bool { return c.Account == nil && c.Forward == nil })
	since := h.at().Add(-rememberCounted)
	for part := range slices.Chunk(of, settledAtOnce) {
		if err := h.update(ctx, func(tx *sqlitedb.Tx) error { return settleAll(tx, part, since) }); err != nil {
			return fmt.Errorf("settle news: %w", err)
		}
	}
	return nil
}

func settleAll(tx *sqlitedb.Tx, changes []ledger.Change, since ledger.Millis) error {
	for _, c := range changes {
		var err error
		if c.Forward != nil {
			err = forward(tx, *c.Forward)
		} else {
			err = settleOne(tx, c.Account, c.Account.AsOf >= since)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rememberCounted is for how long a row is remembered that counts what its lane has
// not told the hub yet.
const rememberCounted = 3 * 24 * time.Hour

// settleOne takes what an account's row counts off the list, and remembers of a new
// row what its lane may not have told yet, or told of an account that turns out to be
// this one. What lies behind the end of an epoch was written again in the next.
func settleOne(tx *sqlitedb.Tx, a *ledger.AccountState, remember bool) error {
	for _, at := range a.Applied {
		_, err := tx.Exec(`
			UPDATE news SET settled = 1
			WHERE account = ?1 AND settled = 0 AND terminal = ?2
				AND (epoch < ?3 OR epoch = ?3 AND branch = ?4 AND seq <= ?5)`,
			a.Account, at.Terminal, at.Epoch, at.Branch, at.Seq)
		if err == nil && remember {
			_, err = tx.Exec(`
				INSERT OR REPLACE INTO counted (account, terminal, epoch, branch, seq)
				VALUES (?1, ?2, ?3, ?4, ?5)`,
				a.Account, at.Terminal, at.Epoch, at.Branch, at.Seq)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forward makes what is kept of an account that of another, whose row may have come
// first and count it.
func forward(tx *sqlitedb.Tx, f ledger.Forward) error {
	for _, move := range []string{
		`INSERT INTO forward (survivor, account) VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET survivor = excluded.survivor`,
		`UPDATE forward SET survivor = ? WHERE survivor = ?`,
		`UPDATE news SET account = ? WHERE account = ?`,
		`UPDATE OR IGNORE counted SET account = ? WHERE account = ?`,
	} {
		if _, err := tx.Exec(move, f.To, f.From); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`
		UPDATE news SET settled = 1
		WHERE account = ? AND settled = 0 AND EXISTS (
			SELECT 1 FROM counted c
			WHERE c.account = news.account AND c.terminal = news.terminal
			  AND (c.epoch > news.epoch OR c.epoch = news.epoch AND c.branch = news.branch AND c.seq >= news.seq))`, f.To)
	return err
}
