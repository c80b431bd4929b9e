package custody

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/folder"
)

// retiredEnd is behind the names of a retired headquarters' files.
const retiredEnd = ".retired"

// Files of a retired headquarters in its data folder.
const (
	RetiredDatabaseFile = home.DatabaseFile + retiredEnd
	RetiredKeyFile      = keyring.FileName + retiredEnd
)

// Retire ends the headquarters in a folder that nobody runs on: its files get names
// by which nothing opens them any more, the key first. Doing it again, also after a
// crash in the middle, ends in the same. A headquarters on PostgreSQL is none of it.
func Retire(ctx context.Context, dir string) error {
	_, err := os.Lstat(filepath.Join(dir, home.DatabaseFile))
	if err == nil {
		if _, missing := os.Lstat(filepath.Join(dir, keyring.FileName)); missing == nil {
			err = upgradeWiped(ctx, dir) // and all of it is in one file, once it is closed
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("retire headquarters: %w", err)
	}
	for _, of := range [][2]string{{keyring.FileName, ""}, {home.DatabaseFile, "-wal"}, {home.DatabaseFile, "-shm"}, {home.DatabaseFile, ""}} {
		if err := setAside(dir, of[0], of[1]); err != nil {
			return fmt.Errorf("retire headquarters: %w", err)
		}
	}
	// The database has it all, and another headquarters may begin here.
	if err := os.Remove(filepath.Join(dir, erasure.FileName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("retire headquarters: %w", err)
	}
	return folder.Sync(dir)
}

// upgradeWiped is Upgrade, and leaves nothing in the file of who was erased: nobody
// does it later.
func upgradeWiped(ctx context.Context, dir string) error {
	db, err := home.OpenCopy(ctx, dir)
	if err != nil {
		return err
	}
	var due bool
	err = db.View(ctx, func(tx *database.Tx) (err error) {
		due, err = erasure.Unwiped(tx)
		return err
	})
	if err == nil && due {
		_, err = erasure.WipeFiles(ctx, db, nil, true) // nobody reads it
	}
	return errors.Join(err, db.Close())
}

// setAside gives a file the name of a retired one; end is behind that, where SQLite
// looks for what is beside its file. One that is not there was given it before.
func setAside(dir, name, end string) error {
	err := os.Rename(filepath.Join(dir, name+end), filepath.Join(dir, name+retiredEnd+end))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
