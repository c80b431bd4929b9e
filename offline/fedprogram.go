package offline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// The directory tells of one program, the store's. Where the store was given
// another since it was read, the feed is read from the beginning once more; until
// then members are found by it, and nothing that it says of them counts.

// readFedProgram gives the program that the directory was read for last; empty
// where a release before this one read it.
func readFedProgram(ctx context.Context, journal reader) (program string, err error) {
	err = journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT program FROM fed_program`).Scan(&program)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read which program the directory is of: %w", err)
	}
	return program, nil
}

// judgeDirectory finds out whether the directory is of another program.
func (v *View) judgeDirectory(ctx context.Context) error {
	program, err := readFedProgram(ctx, v.journal)
	v.foreign.Store(program != "" && program != v.opts.Program)
	return err
}

// feedForProgram makes the directory the store's program's before anything is
// asked of the feed. Which one it is of is written after it: cut short in between,
// it is done once more.
func (s *Store) feedForProgram(ctx context.Context) error {
	if s.fedFor {
		return nil
	}
	if s.foreign.Load() {
		if err := s.updateDirectory(ctx, beginDirectory); err != nil {
			return err
		}
		s.cursor.Incarnation, s.cursor.Position = 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error {
		_, err := p.tx.Exec(`
			INSERT INTO fed_program (one, program) VALUES (1, ?1)
			ON CONFLICT (one) DO UPDATE SET program = ?1`, s.opts.Program)
		return err
	})
	if err != nil {
		return fmt.Errorf("note which program the directory is of: %w", err)
	}
	s.foreign.Store(false)
	s.fedFor = true
	return nil
}

// judgeFeed finds out whether headquarters tells of another program now: the store
// goes on with its own until it is opened for that one.
func (s *Store) judgeFeed(ctx context.Context) error {
	var last string
	err := s.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`SELECT key FROM program ORDER BY n DESC LIMIT 1`).Scan(&last)
	})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read which program was told of last: %w", err)
	}
	id, _, told := strings.Cut(last, "/")
	s.leaving = told && id != s.opts.Program
	return nil
}

// passBy moves the cursor past rows that are of another program: what the
// directory has of the store's own stays as it was told last, and once the store
// is opened for the other all rows are read again.
func (s *Store) passBy(ctx context.Context, next ledger.Cursor) error {
	s.dropBuilding()
	if err := s.moveCursor(ctx, next); err != nil {
		return fmt.Errorf("apply feed: %w", err)
	}
	return nil
}

// beginDirectory has the feed read from the beginning, for another program.
func beginDirectory(tx *sqlitedb.Tx) error {
	for _, statement := range []string{
		`DELETE FROM balance`,
		`DELETE FROM remembered`,
		`DELETE FROM main_unit`,
		`UPDATE member SET available = NULL, more = json_set(more, '$[0]', 0, '$[1]', 0)`,
		`UPDATE feed SET incarnation = 0, position = 0`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			return fmt.Errorf("read the feed for another program: %w", err)
		}
	}
	return nil
}
