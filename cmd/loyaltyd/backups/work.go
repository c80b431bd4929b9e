package backups

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// workFolder is where a backup keeps its snapshots while it is made, in the
// data folder: they are plain, so they never lie elsewhere.
func workFolder(dataDir string) string { return filepath.Join(dataDir, "backup.work") }

// openWork makes the work folder, empty, for one backup at a time. What a crash
// left of another is removed.
func openWork(dataDir string) (lock *sqlitedb.Lock, dir string, err error) {
	dir = workFolder(dataDir)
	lock, err = sqlitedb.LockWork(dataDir)
	if errors.Is(err, sqlitedb.ErrLocked) {
		err = exit.Fail(exit.Locked, "wait until it is done", errors.New("another backup is being made"))
	}
	if err != nil {
		return nil, dir, err
	}
	if err = os.RemoveAll(dir); err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		return nil, dir, errors.Join(err, lock.Close())
	}
	return lock, dir, nil
}

// closeWork removes the snapshots and then lets another backup begin.
func closeWork(lock *sqlitedb.Lock, dir string) error {
	return errors.Join(os.RemoveAll(dir), lock.Close())
}

// sweepWork removes what a backup that crashed left behind; one that is being
// made is let be.
func sweepWork(dataDir string) error {
	if _, err := os.Lstat(workFolder(dataDir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	lock, dir, err := openWork(dataDir)
	if exit.Code(err) == exit.Locked {
		return nil
	}
	if err != nil {
		return err
	}
	return closeWork(lock, dir)
}
