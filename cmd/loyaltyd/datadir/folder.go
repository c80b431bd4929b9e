// Package datadir knows a data folder: whose it is by what stands in it, its keys,
// its program, and how a till or headquarters in it is read beside its daemon.
package datadir

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq/custody"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// Folder is what stands in a data folder, and so whose it is.
type Folder struct {
	Dir      string
	Key      bool // of a terminal that was enrolled
	Founding bool // a till began to be its own headquarters
	Joining  bool // an enrollment was begun
	Journal  bool // of a till: it, or what is remembered of it
	HQKey    bool
	HQData   bool
	Retired  bool // its headquarters ended

	closed error // why nothing in it can be seen, where that is so
}

// Look looks at a folder, which need not be there.
func Look(dir string) Folder {
	var closed error
	has := func(names ...string) bool {
		for _, name := range names {
			_, err := os.Lstat(filepath.Join(dir, name))
			if err == nil {
				return true
			}
			if errors.Is(err, fs.ErrPermission) {
				closed = err
			}
		}
		return false
	}
	f := Folder{
		Dir: dir, Key: has("key"), Founding: has("key.founding"), Joining: has("key.enrolling"),
		Journal: has("journal.db", "mark", "directory.db"), HQKey: has("hq.key"), HQData: has("hq.db"),
		Retired: has(custody.RetiredDatabaseFile, custody.RetiredKeyFile),
	}
	f.closed = closed
	return f
}

// Headquarters reports whether there is one in the folder, or was.
func (f Folder) Headquarters() bool { return f.HQKey || f.HQData }

// OwnHeadquarters reports whether it is the folder of a till that is its own
// headquarters, or began to be.
func (f Folder) OwnHeadquarters() bool { return f.Headquarters() && (f.Key || f.Founding) }

// PureHeadquarters reports whether it is the folder of `loyaltyd hq`.
func (f Folder) PureHeadquarters() bool {
	return f.Headquarters() && !f.Key && !f.Founding && !f.Journal
}

// DaemonRuns reports whether a daemon holds the folder.
func DaemonRuns(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "lock")); err != nil {
		return false // trying the lock would make the folder
	}
	lock, err := sqlitedb.LockFolder(dir)
	if err == nil {
		lock.Close()
	}
	return errors.Is(err, sqlitedb.ErrLocked)
}

// Exists reports whether anything stands at a path.
func Exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
