package offline

import (
	"context"
	"errors"
	"fmt"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// wipe sees to it that nothing of what was erased is left in the files. It is done
// again until it is: a reader may keep the WAL from being emptied, and the till may be
// stopped in between. The caller holds feeding.
func (s *Store) wipe(ctx context.Context) error {
	s.mu.Lock()
	x, present := s.exchange.erasures, s.exchange.clock.time(s.opts.Now())
	s.mu.Unlock()
	if x.wiped == x.heard {
		return nil
	}
	if err := forgetErasedAside(s.opts.Dir, x.heard, present.Time()); err != nil {
		return err
	}
	if whole, err := s.wipeJournal(ctx); err != nil || !whole {
		return errors.Join(err, s.mendAfter(ctx, err))
	}
	if whole, err := s.wipeDirectory(ctx); err != nil || !whole {
		if errors.Is(err, sqlitedb.ErrStorage) {
			err = errors.Join(err, s.mendDirectory(ctx))
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.write(ctx, func(p *pen) error {
		p.exchange.erasures.wiped = x.heard
		return p.exchange.save(p.tx)
	})
	if err != nil {
		return err
	}
	s.journalTraces, s.directoryTraces, s.unsure = nil, nil, false
	return nil
}

// mendAfter opens the journal again after a storage error that no entry met with: nothing
// may be sold here for long, and the feed would stand still as long.
func (s *Store) mendAfter(ctx context.Context, err error) error {
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = s.mend(ctx)
	return s.failed
}

// wipeJournal empties the WAL, and writes the tables anew that entries are not in where
// traces are left in the file, or where a restart forgot what to look for: the journal
// itself names nobody, and is too long to be written anew while somebody pays.
func (s *Store) wipeJournal(ctx context.Context) (whole bool, err error) {
	if whole, err = s.journal.Checkpoint(ctx); err != nil || !whole {
		return false, err
	}
	left := s.unsure
	if !left {
		if left, err = s.journal.Holds(s.journalTraces); err != nil || !left {
			return err == nil, err
		}
	}
	s.mu.Lock()
	err = s.write(ctx, func(p *pen) error { return rewriteNames(p.tx) })
	s.mu.Unlock()
	if err != nil {
		return false, err
	}
	return s.journal.Checkpoint(ctx)
}

// rewriteNames writes the tables anew that say who people are.
func rewriteNames(tx *sqlitedb.Tx) error {
	for _, table := range []string{"local", "named", "member_pin", "attachment"} {
		if err := writeAnew(tx, table); err != nil {
			return err
		}
	}
	return nil
}

// writeAnew gives all pages of a table back, which overwrites them, and fills it again.
func writeAnew(tx *sqlitedb.Tx, table string) error {
	for _, statement := range []string{
		`CREATE TEMP TABLE kept AS SELECT * FROM main.` + table,
		`DELETE FROM main.` + table,
		`INSERT INTO main.` + table + ` SELECT * FROM kept`,
		`DROP TABLE kept`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			return fmt.Errorf("write %s anew: %w", table, err)
		}
	}
	return nil
}

func (s *Store) wipeDirectory(ctx context.Context) (whole bool, err error) {
	d := s.directory
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return false, err
	}
	if whole, err = db.Checkpoint(ctx); err != nil || !whole {
		return false, err
	}
	left := s.unsure
	if !left {
		if left, err = db.Holds(s.directoryTraces); err != nil || !left {
			return err == nil, err
		}
	}
	return db.Vacuum(ctx)
}
