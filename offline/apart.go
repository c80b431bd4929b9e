package offline

import (
	"context"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// apart is a kind of the feed's rows that came later than the rest. A till of the release
// before was not told of it, so that how far it was heard of has a cursor of its own. What
// an earlier incarnation said of it is dropped.
type apart struct {
	what               string // in words
	heard, clear, note string // SQL: reads its cursor, drops what is kept, writes the cursor
	is                 func(*ledger.Change) bool
	keep               func(*directoryPen, *ledger.Change) error
}

// aparts are all of them.
var aparts = []*apart{apartHouseholds, apartPINs, apartDays}

// apartCursor is up to where the feed was heard of a kind: the beginning where the
// directory is read from it.
func (s *Store) apartCursor(ctx context.Context, kind *apart) (c ledger.Cursor, err error) {
	s.feeding.Lock()
	defer s.feeding.Unlock()
	if b := s.building; b != nil {
		return ledger.Cursor{Incarnation: b.next.Incarnation, Position: lastOf(b.apart[kind])}, nil
	}
	err = s.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		if at, err := readCursor(tx); err != nil || at.Position == 0 {
			return err
		}
		c, err = kind.read(tx)
		return err
	})
	return c, err
}

func (kind *apart) read(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	if err = tx.QueryRow(kind.heard).Scan(&c.Incarnation, &c.Position); err != nil {
		return c, fmt.Errorf("read how far %s were heard of: %w", kind.what, err)
	}
	return c, nil
}

// lastOf is the position of the last of some rows.
func lastOf(changes []ledger.Change) (last ledger.Position) {
	for _, c := range changes {
		last = max(last, c.Position)
	}
	return last
}

// keepApart keeps the rows of a kind among those of a page, and up to where they were
// heard of.
func (p *directoryPen) keepApart(kind *apart, changes []ledger.Change, now ledger.Incarnation) error {
	heard, err := kind.read(p.tx)
	if err != nil {
		return err
	}
	if heard.Incarnation != now {
		heard = ledger.Cursor{Incarnation: now}
		if _, err := p.tx.Exec(kind.clear); err != nil {
			return fmt.Errorf("clear %s: %w", kind.what, err)
		}
	}
	up := heard.Position
	for i := range changes {
		c := &changes[i]
		if !kind.is(c) || c.Position <= heard.Position {
			continue
		}
		up = max(up, c.Position)
		if err := kind.keep(p, c); err != nil {
			return fmt.Errorf("keep %s: %w", kind.what, err)
		}
	}
	if _, err = p.tx.Exec(kind.note, now, up); err != nil {
		return fmt.Errorf("note how far %s were heard of: %w", kind.what, err)
	}
	return nil
}
