package offline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/folder"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	salvagingDir = "salvaging" // where a journal is being made again; of no worth until it is whole
	salvagedDir  = "salvaged"  // a whole one on its way into place
	damagedDir   = "damaged"   // what was moved aside
	// condemnedFile says that the running daemon found the journal damaged,
	// where a start might not see it.
	condemnedFile = "journal.damaged"
	// keepDamaged bounds how long what was moved aside is kept: it can hold what
	// was erased since.
	keepDamaged = 30 * 24 * time.Hour
)

// swap puts a whole salvaged journal in place and the damaged one aside. From
// its first rename on, every start ends what it began.
func swap(dir string, now time.Time) (aside string, err error) {
	if err := os.Remove(filepath.Join(dir, salvagingDir, foundFile)); err != nil {
		return "", err
	}
	if err := os.Rename(filepath.Join(dir, salvagingDir), filepath.Join(dir, salvagedDir)); err != nil {
		return "", err
	}
	if err := folder.Sync(dir); err != nil {
		return "", err
	}
	return finishSwap(dir, now)
}

// finishSwap ends a swap that was begun; where none was, it does nothing. Its
// folder stays until endSwap.
func finishSwap(dir string, now time.Time) (aside string, err error) {
	from := filepath.Join(dir, salvagedDir)
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if _, err := os.Stat(filepath.Join(from, journalFile)); err == nil {
		if aside, err = moveAside(dir, now); err != nil {
			return "", err
		}
		if err := os.Rename(filepath.Join(from, journalFile), filepath.Join(dir, journalFile)); err != nil {
			return "", err
		}
	}
	err = os.Rename(filepath.Join(from, markFile), filepath.Join(dir, markFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if err := os.Remove(filepath.Join(dir, condemnedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return aside, folder.Sync(dir)
}

// endSwap forgets a swap once all that follows from it is done.
func (s *Store) endSwap(ctx context.Context) error {
	from := filepath.Join(s.opts.Dir, salvagedDir)
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// What headquarters told of merges and members of this till is gone with
	// the old journal: it tells it again.
	if err := s.rewind(ctx); err != nil {
		return ofDirectory(err)
	}
	return os.RemoveAll(from)
}

// rewind has the feed read again from its beginning, over what the directory
// has.
func (s *Store) rewind(ctx context.Context) error {
	if err := forgetSpool(s.opts.Dir); err != nil {
		return fmt.Errorf("read the feed again: %w", err)
	}
	err := s.updateDirectory(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`UPDATE feed SET position = 0`)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the feed again: %w", err)
	}
	s.cursor, err = s.directory.cursor(ctx)
	return err
}

// asideFormat names the folders of what was moved aside by when that was.
const asideFormat = "20060102T150405Z"

// makeAside makes the folder for what is moved aside now. One of the same second has what
// was moved aside before, and keeps it.
func makeAside(dir string, now time.Time) (aside string, err error) {
	if err := os.MkdirAll(filepath.Join(dir, damagedDir), 0o700); err != nil {
		return "", err
	}
	for {
		aside = filepath.Join(dir, damagedDir, now.UTC().Format(asideFormat))
		if err = os.Mkdir(aside, 0o700); !errors.Is(err, fs.ErrExist) {
			return aside, err
		}
		now = now.Add(time.Second)
	}
}

// moveAside takes the damaged journal and its WAL away; neither may stand
// beside the new one.
func moveAside(dir string, now time.Time) (string, error) {
	aside, err := makeAside(dir, now)
	if err != nil {
		return "", err
	}
	for _, suffix := range []string{"-wal", "-shm", ""} { // the database last: while it stands, this is not done
		name := journalFile + suffix
		err := os.Rename(filepath.Join(dir, name), filepath.Join(aside, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("move aside: %w", err)
		}
	}
	return aside, errors.Join(folder.Sync(aside), folder.Sync(dir))
}

// forgetAside deletes what was moved aside long ago.
func forgetAside(dir string, now time.Time) error {
	long := now.Add(-keepDamaged)
	return forgetAsideOf(dir, func(at time.Time) bool { return !at.After(long) })
}

// forgetErasedAside deletes what was moved aside before somebody was erased, by
// headquarters' time: it may have her. A clock that is a day wrong makes no difference,
// and what is of a time to come was moved aside by a clock that was wrong: nobody knows
// when.
func forgetErasedAside(dir string, serial ledger.Millis, now time.Time) error {
	const wrong = 24 * time.Hour
	before, present := serial.Time().Add(wrong), now.Add(wrong)
	return forgetAsideOf(dir, func(at time.Time) bool { return !at.After(before) || at.After(present) })
}

// forgetAsideOf deletes what was moved aside at such times.
func forgetAsideOf(dir string, such func(time.Time) bool) error {
	folders, err := os.ReadDir(filepath.Join(dir, damagedDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range folders {
		at, err := time.Parse(asideFormat, f.Name())
		if err != nil || !such(at) {
			continue // also what a person put there
		}
		if err := os.RemoveAll(filepath.Join(dir, damagedDir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// condemned reports whether a daemon noted that its journal is damaged. The note of one
// that is gone goes too: it says nothing of the next.
func condemned(dir string) (bool, error) {
	note := filepath.Join(dir, condemnedFile)
	if _, err := os.Stat(note); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if _, err := os.Stat(filepath.Join(dir, journalFile)); errors.Is(err, fs.ErrNotExist) {
		return false, os.Remove(note)
	}
	return true, nil
}

// Remove deletes all that a till's store has in a folder, also what the next start would
// put back or go on with.
func Remove(dir string) error {
	for _, database := range []string{rescuedFile, journalFile, directoryFile, builtFile} {
		if err := removeDatabase(filepath.Join(dir, database)); err != nil {
			return err
		}
	}
	for _, name := range []string{condemnedFile, owedFile, spoolFile, salvagingDir, salvagedDir, damagedDir, markFile} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyMark(from, to string) error {
	content, err := os.ReadFile(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}
