package offline

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// directory is directory.db: a cache of headquarters' feed. Where the file is
// damaged it is thrown away and fed again.
type directory struct {
	path string
	// remembers says whether it keeps what the program remembers of members.
	remembers bool

	mu sync.RWMutex // held for writing only while the file is replaced
	db *sqlitedb.DB // nil where another file could not be put in its place

	// changes is odd while what readers see may change.
	changes atomic.Uint64
}

// openDirectory opens or creates the directory; rebuilt says that there was a
// file which could not be used.
func openDirectory(ctx context.Context, path string, remembers bool) (d *directory, rebuilt bool, err error) {
	d = &directory{path: path, remembers: remembers}
	if err := removeDatabase(filepath.Join(filepath.Dir(path), builtFile)); err != nil {
		return d, false, fmt.Errorf("remove unfinished directory: %w", err)
	}
	err = d.open(ctx)
	if errors.Is(err, sqlitedb.ErrStorage) || errors.Is(err, sqlitedb.ErrForeign) {
		return d, true, d.rebuild(ctx)
	}
	if err != nil {
		return d, false, err
	}
	return d, false, d.compact(ctx)
}

// compactFrom is how many free pages are worth the copy.
const compactFrom = 100

// compact gives free pages back where they are half of the file, as a converted
// directory leaves them.
func (d *directory) compact(ctx context.Context) error {
	var pages, free int64
	err := d.View(ctx, func(tx *sqlitedb.Tx) error {
		return errors.Join(
			tx.QueryRow(`PRAGMA page_count`).Scan(&pages),
			tx.QueryRow(`PRAGMA freelist_count`).Scan(&free))
	})
	if err != nil || free < compactFrom || 2*free < pages {
		return err
	}
	to := filepath.Join(filepath.Dir(d.path), builtFile)
	if d.db.Snapshot(ctx, to) != nil {
		return nil // for lack of room, say: as it is it is only larger
	}
	return d.replace(ctx, to)
}

// errNoDirectory is what repair finds where the disk failed while it, or a
// directory that was built, replaced the file: it begins with an empty one again.
var errNoDirectory = &sqlitedb.StorageError{Op: "open directory", Err: errors.New("its file was thrown away, and another could not be made")}

// there gives the open file. The caller holds mu.
func (d *directory) there() (*sqlitedb.DB, error) {
	if d.db == nil {
		return nil, errNoDirectory
	}
	return d.db, nil
}

// stands reports whether there is a file.
func (d *directory) stands() bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.db != nil
}

// broken says why the file is to be mended; nil where it is not.
func (d *directory) broken() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return err
	}
	return db.Broken()
}

// forgetFile closes the file, which is thrown away. The caller holds mu.
func (d *directory) forgetFile() error {
	if d.db != nil {
		d.db.Close() // what it could still tell is that it is damaged, or of no use any more
		d.db = nil
	}
	return removeDatabase(d.path)
}

func (d *directory) open(ctx context.Context) (err error) {
	d.db, err = sqlitedb.Open(ctx, sqlitedb.Options{
		Path:          d.path,
		ApplicationID: directoryID,
		Migrations:    migration("directory"),
		SortInFiles:   true, // the release before's is converted, and may be of a chain's members
	})
	if err != nil {
		return err
	}
	return d.remember(ctx)
}

// rebuild begins with an empty directory, whose cursor is 0.
func (d *directory) rebuild(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.forgetFile(); err != nil {
		return fmt.Errorf("rebuild directory: %w", err)
	}
	if err := d.open(ctx); err != nil {
		return fmt.Errorf("rebuild directory: %w", err)
	}
	return nil
}

// View implements reader.
func (d *directory) View(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return err
	}
	return db.View(ctx, fn)
}

// Lookup implements reader.
func (d *directory) Lookup(ctx context.Context, each func(*sqlitedb.Values) error, query string, args ...driver.Value) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return err
	}
	return db.Lookup(ctx, each, query, args...)
}

func (d *directory) version() uint64 { return d.changes.Load() }

// update runs fn in a write transaction. After a storage error the file is
// mended; the caller tries again later, from the cursor that then stands. One
// goroutine at a time calls it or mend.
func (d *directory) update(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	d.changes.Add(1)
	defer d.changes.Add(1)
	err := d.updateOnce(ctx, fn)
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return err
	}
	return errors.Join(err, d.repair(ctx))
}

func (d *directory) updateOnce(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return err
	}
	return db.Update(ctx, fn)
}

// mend does after a reader's storage error what update does after its own.
func (d *directory) mend(ctx context.Context) error {
	d.changes.Add(1)
	defer d.changes.Add(1)
	return d.repair(ctx)
}

// repair reopens the file, which may bring a commit to light whose outcome was
// not known, and rebuilds it where it is damaged. A full or read-only disk is
// neither: nothing would be gained by throwing the directory away.
func (d *directory) repair(ctx context.Context) error {
	err := d.reopen(ctx)
	if d.damaged(ctx) {
		return d.rebuild(ctx)
	}
	return err
}

func (d *directory) reopen(ctx context.Context) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	db, err := d.there()
	if err != nil {
		return err
	}
	return db.Reopen(ctx)
}

// damaged asks SQLite about the file's structure.
func (d *directory) damaged(ctx context.Context) bool {
	var result string
	err := d.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`PRAGMA quick_check(1)`).Scan(&result)
	})
	return errors.Is(err, sqlitedb.ErrStorage) || err == nil && result != "ok"
}

func (d *directory) close() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.db == nil {
		return nil
	}
	return d.db.Close()
}

func (d *directory) cursor(ctx context.Context) (c ledger.Cursor, err error) {
	err = d.View(ctx, func(tx *sqlitedb.Tx) error {
		c, err = readCursor(tx)
		return err
	})
	return c, err
}

func readCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	if err := tx.QueryRow(`SELECT incarnation, position FROM feed`).Scan(&c.Incarnation, &c.Position); err != nil {
		return c, fmt.Errorf("read cursor: %w", err)
	}
	return c, nil
}
