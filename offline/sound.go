package offline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/folder"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// ErrUnsound says that the files on disk are no longer the ones that are open,
// or that they are damaged. Close saves what is in them; the next Open goes on
// with it.
var ErrUnsound = errors.New("the files of the till are not what they were")

// rescuedFile is the journal that was in use, saved from its open handles.
const rescuedFile = "journal.db.rescued"

// Sound says whether the till can go on with its files: nil or an ErrUnsound
// that says why not. It is cheap enough to be asked each second.
func (s *Store) Sound() error {
	if err := s.journal.Sound(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	if err := s.directory.inPlace(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsound, err)
	}
	return nil
}

func (d *directory) inPlace() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return nil // repair makes it anew
	}
	if err = db.Sound(); errors.Is(err, sqlitedb.ErrDamaged) {
		return nil // repair rebuilds it
	}
	return err
}

// save leaves what the next Open needs where the journal's own file will not
// do: a word that it is damaged, or the file itself where another stands, or
// none, in its place.
func (s *Store) save() error {
	err := s.journal.Sound()
	switch {
	case err == nil, errors.Is(err, sqlitedb.ErrClosed):
		return nil
	case errors.Is(err, sqlitedb.ErrDamaged):
		return os.WriteFile(filepath.Join(s.opts.Dir, condemnedFile), nil, 0o600)
	}
	return s.journal.Rescue(filepath.Join(s.opts.Dir, rescuedFile))
}

// putBack puts a rescued journal in its place: it has all that was told. What
// somebody put there while the till ran is moved aside.
func putBack(dir string, now time.Time) error {
	rescued, place := filepath.Join(dir, rescuedFile), filepath.Join(dir, journalFile)
	if _, err := os.Stat(rescued); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(place); err == nil {
		if _, err := moveAside(dir, now); err != nil {
			return err
		}
	}
	if err := os.Remove(place + "-shm"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	// The WAL first: while the database is missing, this is not done.
	if err := os.Rename(rescued+"-wal", place+"-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return errors.Join(os.Rename(rescued, place), folder.Sync(dir))
}
