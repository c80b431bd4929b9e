package hub

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// maxNews bounds a page.
const maxNews = 500

// tell notes what an entry adds to an account, for other lanes. What cannot be read,
// or is about nobody that is known here, is headquarters' to tell.
func (h *Hub) tell(tx *sqlitedb.Tx, at ledger.Place, body []byte) error {
	e, err := ledger.Decode(body)
	if err != nil || e.Kind == ledger.RightReturn { // which moves only between what is shown as one
		return nil
	}
	account, err := whose(tx, e)
	if err != nil || account.IsZero() {
		return err
	}
	deltas, err := told(e)
	if err != nil || len(deltas) == 0 {
		return nil // it adds up to nothing that can be counted
	}
	text, err := json.Marshal(deltas)
	if err != nil {
		return err
	}
	var program string
	if e.Program != nil {
		program = e.Program.ID
	}
	if _, err := nextPosition(tx); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT INTO news (entry, position, account, program, terminal, epoch, branch, seq, deltas, at_ms, settled)
		VALUES (?1, (SELECT position FROM list), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, EXISTS (
			SELECT 1 FROM counted
			WHERE account = ?2 AND terminal = ?4 AND (epoch > ?5 OR epoch = ?5 AND branch = ?6 AND seq >= ?7)))
		ON CONFLICT (entry) DO UPDATE
		SET position = excluded.position, epoch = excluded.epoch, branch = excluded.branch, seq = excluded.seq
		WHERE settled = 0`,
		e.ID, account, program, at.Terminal, at.Epoch, at.Branch, at.Seq, string(text), h.at())
	if err != nil {
		return fmt.Errorf("note news: %w", err)
	}
	return nil
}

func told(e *ledger.Entry) (deltas []ledger.Delta, err error) {
	all, err := e.Deltas()
	for _, d := range all {
		if !d.IsZero() {
			deltas = append(deltas, d)
		}
	}
	return deltas, err
}

// whose gives the account that an entry is about: of a return, that of its sale.
func whose(tx *sqlitedb.Tx, e *ledger.Entry) (account ledger.AccountID, err error) {
	account, ok := e.Subject.Account()
	if sale, returned := e.Subject.Sale(); returned {
		err = tx.QueryRow(`SELECT account FROM news WHERE entry = ?`, sale).Scan(&account)
		ok = err == nil
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && !ok {
		return ledger.AccountID{}, nil
	}
	if err != nil {
		return account, fmt.Errorf("look up sale: %w", err)
	}
	return survivor(tx, account)
}

func survivor(tx *sqlitedb.Tx, account ledger.AccountID) (to ledger.AccountID, err error) {
	err = tx.QueryRow(`SELECT survivor FROM forward WHERE account = ?`, account).Scan(&to)
	if errors.Is(err, sql.ErrNoRows) {
		return account, nil
	}
	if err != nil {
		return to, fmt.Errorf("follow forward: %w", err)
	}
	return to, nil
}

// page reads the list of news behind a cursor; one of another list is its beginning.
func (h *Hub) page(ctx context.Context, after ledger.Cursor, n *newcomers) (p wire.NewsPage, err error) {
	if after.Incarnation != h.incarnation {
		after = ledger.Cursor{Incarnation: h.incarnation}
	}
	p.Next = after
	err = h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		var end ledger.Position
		if err := tx.QueryRow(`SELECT position FROM list`).Scan(&end); err != nil {
			return err
		}
		if err := fill(tx, &p); err != nil {
			return err
		}
		if !p.More {
			p.Next.Position = end
		}
		return n.fill(tx, &p, ledger.Cursor{Incarnation: h.incarnation, Position: end})
	})
	p.At = h.at()
	return p, err
}

func fill(tx *sqlitedb.Tx, p *wire.NewsPage) error {
	rows, err := tx.Query(`
		SELECT position, entry, account, program, terminal, epoch, branch, seq, deltas
		FROM news
		WHERE position > ? AND settled <> 1
		ORDER BY position
		LIMIT ?`, p.Next.Position, maxNews+1)
	if err != nil {
		return fmt.Errorf("read news: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		if len(p.News) == maxNews {
			p.More = true
			break
		}
		var n ledger.News
		var deltas []byte
		err := rows.Scan(&n.Position, &n.Entry, &n.Account, &n.Program, &n.Place.Terminal, &n.Place.Epoch, &n.Place.Branch, &n.Place.Seq, &deltas)
		if err == nil {
			err = json.Unmarshal(deltas, &n.Deltas)
		}
		if err != nil {
			return fmt.Errorf("read news: %w", err)
		}
		p.News, p.Next.Position = append(p.News, n), n.Position
	}
	return rows.Close()
}

// await is page, for a lane that would rather wait than get nothing.
func (h *Hub) await(ctx context.Context, after ledger.Cursor, n *newcomers, wait time.Duration) (wire.NewsPage, error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		news := h.news.wait()
		p, err := h.page(ctx, after, n)
		if err != nil || p.Next != after || n != nil && *p.Introduced != n.after || wait <= 0 {
			return p, err
		}
		select {
		case <-news:
		case <-timer.C:
			return p, nil
		case <-ctx.Done():
			return p, ctx.Err()
		}
	}
}
