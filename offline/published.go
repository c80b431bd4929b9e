package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// What headquarters published stays in the journal, byte for byte, whatever
// this release makes of it and whether the feed names it again: a headquarters
// that was restored may have forgotten it, and what was sold under it stands.

// Published returns what headquarters published and the till was told of, in the
// order in which it last heard of each: the last version is of the store's
// program.
func (v *View) Published(ctx context.Context) (p ledger.Publications, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) (err error) {
		p, err = readPublished(tx)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("read what was published: %w", err)
	}
	return p, nil
}

// Program is the id of the program that the store was opened for.
func (v *View) Program() string { return v.opts.Program }

func readPublished(tx *sqlitedb.Tx) (p ledger.Publications, err error) {
	err = readPairs(tx, `SELECT source, signature FROM program ORDER BY n`, func(text, signature []byte) {
		p.Programs = append(p.Programs, ledger.SignedProgram{Source: text, Signature: signature})
	})
	if err != nil {
		return p, err
	}
	err = readPairs(tx, `SELECT body, signature FROM rule_stop ORDER BY n`, func(text, signature []byte) {
		p.Stops = append(p.Stops, ledger.SignedStop{Body: text, Signature: signature})
	})
	return p, err
}

func readPairs(tx *sqlitedb.Tx, query string, each func(text, signature []byte)) error {
	rows, err := tx.Query(query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text, signature []byte
		if err := rows.Scan(&text, &signature); err != nil {
			return err
		}
		each(text, signature)
	}
	return rows.Err()
}

// ProgramCursor returns up to where the feed was heard of programs: the
// beginning in a journal that has nothing of them.
func (v *View) ProgramCursor(ctx context.Context) (c ledger.Cursor, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		c, err = readProgramCursor(tx)
		return err
	})
	return c, err
}

func readProgramCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	err = tx.QueryRow(`SELECT incarnation, position FROM program_cursor`).Scan(&c.Incarnation, &c.Position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return c, fmt.Errorf("read how far programs were heard of: %w", err)
	}
	return c, nil
}

func isPublished(c ledger.Change) bool {
	return c.Kind == ledger.ProgramChange || c.Kind == ledger.StopChange
}

// keepPublished keeps the rows of a page that say what was published, and up to
// where they were heard.
func (s *Store) keepPublished(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	if !slices.ContainsFunc(changes, isPublished) {
		return nil
	}
	if err := s.writePublished(ctx, changes, next); err != nil {
		return err
	}
	return s.judgeFeed(ctx)
}

func (s *Store) writePublished(ctx context.Context, changes []ledger.Change, next ledger.Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(ctx, func(p *pen) error {
		before, err := readProgramCursor(p.tx)
		if err != nil {
			return err
		}
		heard := ledger.Cursor{Incarnation: next.Incarnation}
		for _, c := range changes {
			if !isPublished(c) || before.Incarnation == next.Incarnation && c.Position <= before.Position {
				continue
			}
			if err := p.keepPublished(c); err != nil {
				return fmt.Errorf("keep %s %s: %w", c.Kind, c.Key, err)
			}
			heard.Position = max(heard.Position, c.Position)
		}
		_, err = p.tx.Exec(`
			INSERT INTO program_cursor (one, incarnation, position) VALUES (1, ?1, ?2)
			ON CONFLICT (one) DO UPDATE
			SET incarnation = ?1, position = CASE WHEN incarnation = ?1 THEN max(position, ?2) ELSE ?2 END`, heard.Incarnation, heard.Position)
		return err
	})
}

// keepPublished keeps one row, last: headquarters tells a version again where a
// store is given back a program that it had. Another text under its name is what
// headquarters says now. An empty row was heard, no more.
func (p *pen) keepPublished(c ledger.Change) (err error) {
	switch {
	case c.Program != nil:
		_, err = p.tx.Exec(`
			INSERT INTO program (key, source, signature) VALUES (?1, ?2, ?3)
			ON CONFLICT (key) DO UPDATE
			SET n = (SELECT max(n) + 1 FROM program), source = ?2, signature = ?3`, c.Key, c.Program.Source, c.Program.Signature)
	case c.Stop != nil:
		_, err = p.tx.Exec(`
			INSERT INTO rule_stop (key, body, signature) VALUES (?1, ?2, ?3)
			ON CONFLICT (key) DO UPDATE SET body = ?2, signature = ?3`, c.Key, c.Stop.Body, c.Stop.Signature)
	}
	return err
}
