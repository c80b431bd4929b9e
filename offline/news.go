package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// News are what the store's other lanes told its hub. They stand in the directory,
// beside the rows that will count them, so that one transaction takes over a row and
// drops what it counts: a balance does not flash back. Nothing of them is spendable.

// NewsCursor returns up to where the hub's list was applied.
func (s *Store) NewsCursor(ctx context.Context) (at ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		at, err = readNewsCursor(tx)
		return err
	})
	return at, err
}

func readNewsCursor(tx *sqlitedb.Tx) (at ledger.Cursor, err error) {
	err = tx.QueryRow(`SELECT incarnation, position FROM news_cursor`).Scan(&at.Incarnation, &at.Position)
	if errors.Is(err, sql.ErrNoRows) {
		return at, nil
	}
	if err != nil {
		return at, fmt.Errorf("read news: %w", err)
	}
	return at, nil
}

// ApplyNews keeps what the hub heard of other lanes, and up to where. A list of
// another incarnation is another list. Applying again changes nothing.
func (s *Store) ApplyNews(ctx context.Context, news []ledger.News, next ledger.Cursor) error {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if err := s.followForwards(ctx, news); err != nil {
		return fmt.Errorf("apply news: %w", err)
	}
	err := s.updateDirectory(ctx, func(tx *sqlitedb.Tx) error { return s.keepNews(tx, news, next) })
	if err != nil {
		return fmt.Errorf("apply news: %w", err)
	}
	s.neighbors.Store(true)
	return nil
}

func (s *Store) keepNews(tx *sqlitedb.Tx, news []ledger.News, next ledger.Cursor) error {
	at, err := readNewsCursor(tx)
	if err != nil {
		return err
	}
	if at.Incarnation != next.Incarnation {
		if _, err := tx.Exec(`DELETE FROM news`); err != nil {
			return err
		}
	}
	for _, n := range news {
		if n.Place.Terminal == s.opts.Terminal || at.Incarnation == next.Incarnation && n.Position <= at.Position {
			continue // our own, or told
		}
		unsure, err := mayBeCounted(tx, n, at)
		if err == nil && !unsure {
			err = putNews(tx, n)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`
		INSERT INTO news_cursor (one, incarnation, position) VALUES (1, ?1, ?2)
		ON CONFLICT (one) DO UPDATE SET incarnation = ?1, position = ?2`, next.Incarnation, next.Position)
	return err
}

// mayBeCounted reports whether nobody knows if a row counts what is told: where the hub
// was not met before, what rows counted of other lanes was not noted, and the hub may not
// have heard of it either. If it is not counted the next row will.
func mayBeCounted(tx *sqlitedb.Tx, n ledger.News, at ledger.Cursor) (bool, error) {
	if at != (ledger.Cursor{}) {
		return false, nil
	}
	rows, err := holdersOf(tx, n.Account)
	return len(rows) > 0, err
}

// followForwards makes news of accounts that became others' those of the others.
func (s *Store) followForwards(ctx context.Context, news []ledger.News) error {
	return s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		for i := range news {
			to, err := survivor(tx, news[i].Account.String())
			if err == nil {
				err = news[i].Account.UnmarshalText([]byte(to))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// putNews keeps one, unless headquarters' row counts it. One that adds nothing is taken
// back: headquarters holds what its lane wrote.
func putNews(tx *sqlitedb.Tx, n ledger.News) error {
	if len(n.Deltas) == 0 {
		if _, err := tx.Exec(`DELETE FROM news WHERE entry = ?`, n.Entry); err != nil {
			return fmt.Errorf("drop news: %w", err)
		}
		return nil
	}
	counted, err := newsCounted(tx, n)
	if err != nil || counted {
		return err
	}
	for _, d := range n.Deltas {
		_, err := tx.Exec(`
			INSERT INTO news (account, entry, unit, program, terminal, epoch, branch, seq, available, escrowed, pending)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (account, entry, unit) DO UPDATE
			SET epoch = excluded.epoch, branch = excluded.branch, seq = excluded.seq`,
			n.Account[:], n.Entry, string(d.Unit), n.Program, n.Place.Terminal, n.Place.Epoch, n.Place.Branch, n.Place.Seq,
			d.Available, d.Escrowed, d.Pending)
		if err != nil {
			return fmt.Errorf("keep news: %w", err)
		}
	}
	_, err = tx.Exec(`
		DELETE FROM news_counted
		WHERE terminal = ?1 AND (epoch < ?2 OR epoch = ?2 AND branch = ?3 AND seq <= ?4)`,
		n.Place.Terminal, n.Place.Epoch, n.Place.Branch, n.Place.Seq)
	if err != nil {
		return fmt.Errorf("keep news: %w", err)
	}
	return nil
}

func newsCounted(tx *sqlitedb.Tx, n ledger.News) (counted bool, err error) {
	err = tx.QueryRow(`
		SELECT EXISTS (
			SELECT 1 FROM news_counted
			WHERE account = ?1 AND terminal = ?2 AND (epoch > ?3 OR epoch = ?3 AND branch = ?4 AND seq >= ?5))`,
		n.Account[:], n.Place.Terminal, n.Place.Epoch, n.Place.Branch, n.Place.Seq).Scan(&counted)
	if err != nil {
		return false, fmt.Errorf("look up news: %w", err)
	}
	return counted, nil
}

// countNews drops what an account's new row counts of other lanes. What lies behind
// the end of an epoch was written again in the next.
func (p *directoryPen) countNews(a *ledger.AccountState, own ledger.TerminalID) error {
	if !p.neighbors {
		return nil
	}
	for _, at := range a.Applied {
		if at.Terminal == own {
			continue
		}
		_, err := p.tx.Exec(`
			DELETE FROM news
			WHERE account = ?1 AND terminal = ?2 AND (epoch < ?3 OR epoch = ?3 AND branch = ?4 AND seq <= ?5)`,
			a.Account[:], at.Terminal, at.Epoch, at.Branch, at.Seq)
		if err == nil {
			_, err = p.tx.Exec(`
				INSERT OR REPLACE INTO news_counted (account, terminal, epoch, branch, seq)
				VALUES (?, ?, ?, ?, ?)`, a.Account[:], at.Terminal, at.Epoch, at.Branch, at.Seq)
		}
		if err != nil {
			return fmt.Errorf("count news: %w", err)
		}
	}
	return nil
}

// forwardNews makes what was told of an account that of another, whose row may have
// come first and count it.
func (p *directoryPen) forwardNews(f ledger.Forward) error {
	if !p.neighbors {
		return nil
	}
	for _, move := range []string{
		`UPDATE OR REPLACE news SET account = ?1 WHERE account = ?2`,
		`UPDATE OR IGNORE news_counted SET account = ?1 WHERE account = ?2`,
	} {
		if _, err := p.tx.Exec(move, f.To[:], f.From[:]); err != nil {
			return fmt.Errorf("forward news: %w", err)
		}
	}
	_, err := p.tx.Exec(`
		DELETE FROM news
		WHERE account = ? AND EXISTS (
			SELECT 1 FROM news_counted c
			WHERE c.account = news.account AND c.terminal = news.terminal
			  AND (c.epoch > news.epoch OR c.epoch = news.epoch AND c.branch = news.branch AND c.seq >= news.seq))`, f.To[:])
	if err != nil {
		return fmt.Errorf("forward news: %w", err)
	}
	return nil
}

// judgeNews finds out whether the store has a hub.
func (v *View) judgeNews(ctx context.Context) error {
	return v.directory.Lookup(ctx, func(*sqlitedb.Values) error {
		v.neighbors.Store(true)
		return nil
	}, `SELECT 1 FROM news_cursor`)
}

// rowAndNews reads what the feed said of an account and what other lanes told that it
// does not count, in one statement: it sees one state of the directory. A row of news
// has no account.
const rowAndNews = fullByAccount + `
	UNION ALL
	SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, unit, sum(available), sum(escrowed), sum(pending)
	FROM news
	WHERE account = +?4 AND program IN (+?1, '')
	GROUP BY unit`

// readNews reads what other lanes' entries do, and the member's row once more with it.
func (v *View) readNews(ctx context.Context, s *sighting) (news []ledger.Delta, err error) {
	if !v.neighbors.Load() {
		return nil, nil
	}
	account := s.account
	f := fed{account: account}
	err = v.seek(ctx, account, func(keys keyRange) (found bool, err error) {
		news = nil
		err = v.directory.Lookup(ctx, func(row *sqlitedb.Values) error {
			if !row.Null(0) {
				found = true
				return f.take(row)
			}
			news = append(news, ledger.Delta{
				Unit:      ledger.Unit(row.Text(8)),
				Available: ledger.Points(row.Int64(9)), Escrowed: ledger.Points(row.Int64(10)), Pending: ledger.Points(row.Int64(11)),
			})
			return nil
		}, rowAndNews, v.opts.Program, keys.first, keys.last, account[:])
		return found, err
	})
	if err != nil {
		return nil, fmt.Errorf("read news: %w", err)
	}
	s.fed = f
	return news, nil
}

func (s *sheet) addNews(news []ledger.Delta) {
	for _, d := range news {
		if _, use := d.Unit.Use(); use {
			continue
		}
		s.of(d.Unit).add(d)
	}
}
