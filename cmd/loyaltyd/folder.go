package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// folder is what stands in a data folder, and so whose it is.
type folder struct {
	dir      string
	key      bool // of a terminal that was enrolled
	founding bool // a till began to be its own headquarters
	joining  bool // an enrollment was begun
	journal  bool // of a till: it, or what is remembered of it
	hqKey    bool
	hqData   bool
	retired  bool // its headquarters ended
}

func lookAt(dir string) folder {
	has := func(names ...string) bool {
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return true
			}
		}
		return false
	}
	return folder{
		dir: dir, key: has("key"), founding: has("key.founding"), joining: has("key.enrolling"),
		journal: has("journal.db", "mark", "directory.db"), hqKey: has("hq.key"), hqData: has("hq.db"),
		retired: has(hq.RetiredDatabaseFile, hq.RetiredKeyFile),
	}
}

// headquarters reports whether there is one in the folder, or was.
func (f folder) headquarters() bool { return f.hqKey || f.hqData }

// ownHeadquarters reports whether it is the folder of a till that is its own
// headquarters, or began to be.
func (f folder) ownHeadquarters() bool { return f.headquarters() && (f.key || f.founding) }

// pureHeadquarters reports whether it is the folder of `loyaltyd hq`.
func (f folder) pureHeadquarters() bool {
	return f.headquarters() && !f.key && !f.founding && !f.journal
}

// daemonRuns reports whether a daemon holds the folder.
func daemonRuns(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
		return false // trying the lock would make the folder
	}
	lock, err := sqlitedb.LockFolder(dir)
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, sqlitedb.ErrLocked)
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
