package hub

import (
	"context"
	"fmt"
	"net/url"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// A lane introduces to the others whom it took in, or gave a card, as long as
// headquarters' feed has not brought her: by a keyed hash, and never by her number. What
// the feed has is dropped here, and by each lane for itself.

// serveIntroductions keeps whom a lane introduces.
func (h *Hub) serveIntroductions(r asked) (any, error) {
	var told wire.Introductions
	if err := ledger.DecodeJSON(r.message, &told); err != nil {
		return nil, invalid(err)
	}
	if len(told.Introductions) > wire.MaxIntroductions {
		return nil, wire.Refuse(wire.CodeInvalid, "more introductions than a request has")
	}
	for i := range told.Introductions {
		if err := told.Introductions[i].Check(); err != nil {
			return nil, invalid(err)
		}
	}
	return wire.Introduced{}, h.introduce(r, r.from, told.Introductions)
}

func (h *Hub) introduce(ctx context.Context, lane ledger.TerminalID, told []ledger.Introduction) error {
	err := h.update(ctx, func(tx *sqlitedb.Tx) error {
		for _, i := range told {
			i.Terminal = lane
			if err := h.keepIntroduction(ctx, tx, &i); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep introductions: %w", err)
	}
	h.news.raise()
	return nil
}

// keepIntroduction keeps one, unless it stands, she was erased or the feed has her.
func (h *Hub) keepIntroduction(ctx context.Context, tx *sqlitedb.Tx, i *ledger.Introduction) error {
	var idle bool
	err := tx.QueryRow(`
		SELECT EXISTS (
			SELECT 1 FROM introduction
			WHERE hash = ?1 AND terminal = ?2 AND account = ?3 AND member = ?4 AND name = ?5 AND withdrawn = 0)
		OR EXISTS (
			SELECT 1 FROM forgotten
			WHERE kind = 'member' AND id = ?6 OR kind = 'account' AND id IN (?6, ?7))`,
		i.Hash, i.Terminal, i.Account, i.Member, i.Name, i.Member[:], i.Account[:]).Scan(&idle)
	if err == nil && !idle {
		idle, err = h.opts.Members.Fed(ctx, i.Hash)
	}
	if err != nil || idle {
		return err
	}
	at, err := nextPosition(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT OR REPLACE INTO introduction (hash, terminal, position, account, member, name, at_ms)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, i.Hash, i.Terminal, at, i.Account, i.Member, i.Name, h.at())
	return err
}

// nextPosition gives the list's next.
func nextPosition(tx *sqlitedb.Tx) (at ledger.Position, err error) {
	err = tx.QueryRow(`UPDATE list SET position = position + 1 RETURNING position`).Scan(&at)
	if err != nil {
		return 0, fmt.Errorf("give position: %w", err)
	}
	return at, nil
}

// newcomers is from where on a lane asks for introductions, and what it has heard of
// erasures; nil of one that does not.
type newcomers struct {
	after ledger.Cursor
	heard ledger.Millis
}

func readNewcomers(query url.Values) (*newcomers, error) {
	if !query.Has(wire.IntroductionsParam) {
		return nil, nil
	}
	after, err := readCursor(query.Get(wire.IntroductionsParam))
	if err != nil {
		return nil, err
	}
	erasures, err := wire.ReadErasures(query.Get(wire.ErasuresParam))
	if err != nil || erasures == nil {
		return &newcomers{after: after}, err
	}
	return &newcomers{after: after, heard: erasures.Heard}, nil
}

// fill adds to a page whom other lanes introduce. A lane that has heard of more erasures
// than this hub is told of nobody: they may be of those.
func (n *newcomers) fill(tx *sqlitedb.Tx, p *wire.NewsPage, list ledger.Cursor) error {
	if n == nil {
		return nil
	}
	next := n.after
	p.Introduced = &next
	if err := tx.QueryRow(`SELECT heard_ms FROM erased`).Scan(&p.Erasures); err != nil {
		return err
	}
	if p.Erasures < n.heard {
		return nil
	}
	if next.Incarnation != list.Incarnation {
		next = ledger.Cursor{Incarnation: list.Incarnation}
	}
	all, err := readIntroductions(tx, `
		SELECT `+introductionColumns+`
		FROM introduction i
		WHERE i.position > ?
		ORDER BY i.position
		LIMIT ?`, next.Position, maxNews+1)
	if err != nil {
		return err
	}
	if next.Position = list.Position; len(all) > maxNews {
		all, p.More = all[:maxNews], true
		next.Position = all[maxNews-1].position
	}
	for _, i := range all {
		p.Introductions = append(p.Introductions, i.Introduction)
	}
	return nil
}

// introduction is one as it stands in the list.
type introduction struct {
	ledger.Introduction
	position ledger.Position
}

const introductionColumns = `i.position, i.hash, i.terminal, i.account, i.member, i.name, i.withdrawn`

// readIntroductions reads those of a query for introductionColumns.
func readIntroductions(tx *sqlitedb.Tx, query string, args ...any) (all []introduction, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("read introductions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var i introduction
		if err := rows.Scan(&i.position, &i.Hash, &i.Terminal, &i.Account, &i.Member, &i.Name, &i.Withdrawn); err != nil {
			return nil, fmt.Errorf("read introductions: %w", err)
		}
		all = append(all, i)
	}
	return all, rows.Err()
}

// dropFed drops introductions of those whom the feed has brought by now.
func (h *Hub) dropFed(ctx context.Context) error {
	var hashes []ledger.KeyedHash
	err := h.db.View(ctx, func(tx *sqlitedb.Tx) error {
		rows, err := tx.Query(`SELECT DISTINCT hash FROM introduction`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var hash ledger.KeyedHash
			if err := rows.Scan(&hash); err != nil {
				return err
			}
			hashes = append(hashes, hash)
		}
		return rows.Err()
	})
	for _, hash := range hashes {
		if err != nil {
			break
		}
		var fed bool
		if fed, err = h.opts.Members.Fed(ctx, hash); fed && err == nil {
			err = h.update(ctx, func(tx *sqlitedb.Tx) error {
				_, err := tx.Exec(`DELETE FROM introduction WHERE hash = ?`, hash)
				return err
			})
		}
	}
	if err != nil {
		return fmt.Errorf("drop introductions: %w", err)
	}
	return nil
}

// withdraw has lanes hear that introductions count no more, because who told them is no
// lane any more: headquarters may hold them for ever.
func withdraw(tx *sqlitedb.Tx) (some bool, err error) {
	all, err := readIntroductions(tx, `
		SELECT `+introductionColumns+`
		FROM introduction i
		WHERE i.withdrawn = 0 AND NOT EXISTS (SELECT 1 FROM lane l WHERE l.terminal = i.terminal)
		ORDER BY i.position`)
	for _, i := range all {
		at, err := nextPosition(tx)
		if err != nil {
			return false, err
		}
		_, err = tx.Exec(`
			UPDATE introduction SET withdrawn = 1, position = ?
			WHERE hash = ? AND terminal = ?`, at, i.Hash, i.Terminal)
		if err != nil {
			return false, fmt.Errorf("withdraw introductions: %w", err)
		}
	}
	return len(all) > 0, err
}

// forgetIntroductions drops those of an erased member.
func forgetIntroductions(tx *sqlitedb.Tx, e *ledger.Erasure) error {
	for _, member := range append([]ledger.AccountID{ledger.AccountID(e.Member)}, e.Accounts...) {
		if _, err := tx.Exec(`DELETE FROM introduction WHERE member = ?`, member); err != nil {
			return fmt.Errorf("drop introductions: %w", err)
		}
	}
	return nil
}
