// Package sqlitedb opens SQLite the one right way, so that a transaction that
// returned is on disk past fsync and stays there.
//
// It knows pragmas and reads each of them back, migrations, one writer with
// prepared statements, a pool of readers, what a storage error means, and the
// lock on the data folder. It knows no table: those belong to the packages
// that open a database with it.
//
// After an error that is [ErrStorage] nothing of the failed transaction may be
// told, yet it may be durable: call [DB.Reopen], then look its ids up.
package sqlitedb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// DefaultReadPool is how many read transactions run at once.
const DefaultReadPool = 4

// Options says which database is opened.
type Options struct {
	// Path of the database file. Its folder must exist; the file is created
	// with mode 0600 if it does not, and -wal and -shm follow it.
	Path string
	// ApplicationID marks the file as ours and of this kind; never 0. A file
	// with another one is refused.
	ApplicationID int32
	// Migrations holds the schema at its root as NNNN_what.sql, numbered from
	// 0001 without gaps. Each is applied in its own transaction, which also
	// sets user_version to its number.
	Migrations fs.FS
	// ReadPool is the most read transactions at once; 0 means DefaultReadPool.
	ReadPool int
	// SortInFiles keeps what the writer sorts out of memory: what it sorts may
	// then stand for a while in nameless files of the system's temporary folder.
	SortInFiles bool
	// CheckpointPages is from how many pages in the WAL on a commit moves them into the
	// database (0 means 1,000). What is written again and again before that is moved
	// once; a WAL that is longer takes longer to read after a crash.
	CheckpointPages int
	// CacheKiB is how much of the database the writer keeps in memory (0 means 4,000). A
	// transaction that changes more is written to the WAL before its end, and read again.
	CacheKiB int
}

// DB is an open database: one writer and a pool of readers. Its methods may be
// called from any goroutine.
type DB struct {
	*Reader
	opts       Options
	migrations []database.Migration
	files      *files

	mu     sync.Mutex // held by the one write transaction, and by Reopen and Close
	writer *conn      // nil once closed, or when a Reopen got no further
	closed bool
	broken atomic.Pointer[StorageError]
	// damaged is set by the first error that says the bytes are not ours.
	damaged atomic.Bool

	// tamper lets a test spoil a connection before its pragmas are read back.
	tamper func(rawConn) error
}

// Open opens or creates the database, brings its schema up to date and, before
// it returns, makes durable whatever an earlier process left between page
// cache and disk. Errors: ErrStorage, ErrNewerSchema, ErrForeign, or a pragma
// that did not take.
func Open(ctx context.Context, opts Options) (*DB, error) {
	return open(ctx, opts, nil)
}

func open(ctx context.Context, opts Options, tamper func(rawConn) error) (*DB, error) {
	db, err := prepare(opts, tamper)
	if err != nil {
		return nil, err
	}
	db.Reader = newReader(db.opts.Path, opts.ApplicationID, opts.ReadPool)
	db.Reader.onStorage = func(err *StorageError) { db.markBroken(err) }
	db.Reader.mayConnect = db.Broken
	conns, err := db.openAll(ctx)
	if err != nil {
		db.files.close()
		return nil, fmt.Errorf("open database %q: %w", db.opts.Path, err)
	}
	db.Reader.refill(conns)
	return db, nil
}

// prepare gives a database of which only the file is open.
func prepare(opts Options, tamper func(rawConn) error) (*DB, error) {
	if err := checkVersion(libraryVersion()); err != nil {
		return nil, err
	}
	if opts.ApplicationID == 0 {
		return nil, errors.New("open database: no application id given")
	}
	path, err := filepath.Abs(opts.Path)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", opts.Path, err)
	}
	opts.Path = path
	migrations, err := database.ReadMigrations(opts.Migrations)
	if err != nil {
		return nil, fmt.Errorf("open database %q: %w", path, err)
	}
	db := &DB{opts: opts, migrations: migrations, tamper: tamper}
	if db.files, err = openFiles(path); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// openAll opens the writer and gives one connection for each reader. They are
// opened at once, while the database is known to be sound: readers that are
// there before a storage error can be trusted after it, new ones cannot.
func (db *DB) openAll(ctx context.Context) ([]*conn, error) {
	if err := db.openWriter(ctx); err != nil {
		return nil, err
	}
	conns := make([]*conn, db.Reader.slots.size())
	for i := range conns {
		c, err := db.Reader.connect(ctx)
		if err != nil {
			retire(conns)
			db.writer.close() // the reader's error is the one to tell
			db.writer = nil
			return nil, asStorage("open", err)
		}
		conns[i] = c
	}
	return conns, nil
}

// openWriter opens and checks the writing connection, then does what must come
// before the first acknowledgment: checkpoint and fsync, and the migrations.
func (db *DB) openWriter(ctx context.Context) error {
	c := connector{
		dsn:     dsn(db.opts.Path, "rw"),
		pragmas: db.writerPragmas(),
		check:   db.checkIdentity,
		tamper:  db.tamper,
	}
	writer, err := openConn(ctx, c)
	if err != nil {
		return asStorage("open", err)
	}
	if err := db.prepareWriter(ctx, writer); err != nil {
		writer.close()
		return err
	}
	db.writer = writer
	return nil
}

func (db *DB) prepareWriter(ctx context.Context, writer *conn) error {
	if err := reconcile(ctx, writer, db.files); err != nil {
		return err
	}
	return migrate(ctx, writer, db.migrations, db.opts.ApplicationID)
}

// checkIdentity refuses a database that is not ours to write, before anything
// in it has been changed.
func (db *DB) checkIdentity(c rawConn) error {
	id, err := readIdentity(c)
	if err != nil {
		return err
	}
	if !id.empty() && id.applicationID != int64(db.opts.ApplicationID) {
		return foreign(id.applicationID, db.opts.ApplicationID)
	}
	if known := int64(len(db.migrations)); id.userVersion > known {
		return fmt.Errorf("schema %d, this program knows up to %d: %w", id.userVersion, known, ErrNewerSchema)
	}
	return nil
}

// Apart is part of database.DB: one file holds every key.
func (db *DB) Apart() bool { return false }

// Reopen ends the state in which Update refuses: it waits for running reads,
// replaces every connection, checks all of Open's conditions again, and makes
// durable what stands in the files. Where it fails the database stays broken,
// reads go on as before, and it may be called again.
func (db *DB) Reopen(ctx context.Context) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	if err := db.files.inPlace(); err != nil {
		return db.markBroken(storageError("reopen", err))
	}
	old, err := db.Reader.drain(ctx)
	if err != nil {
		return fmt.Errorf("reopen database: wait for readers: %w", err)
	}
	if db.writer != nil {
		db.writer.close() // its error says only that it was broken, which is why we are here
		db.writer = nil
	}
	conns, err := db.openAll(context.WithoutCancel(ctx))
	if err != nil {
		db.Reader.refill(old)
		return db.markBroken(storageError("reopen", err))
	}
	retire(old)
	db.Reader.refill(conns)
	db.broken.Store(nil)
	return nil
}

// Close waits for the running transactions and closes all files. It may be
// called twice.
func (db *DB) Close() error {
	err := db.Reader.Close()
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	if db.writer != nil {
		err = errors.Join(err, db.writer.close())
		db.writer = nil
	}
	db.files.close()
	return err
}

// Broken is ErrBroken with its cause between a storage error, a reader's too, and
// the Reopen after it; else nil.
func (db *DB) Broken() error {
	if cause := db.broken.Load(); cause != nil {
		return &StorageError{Op: "begin", Err: fmt.Errorf("%w: %w", ErrBroken, cause)}
	}
	return nil
}

// markBroken keeps the first storage error since the last Reopen.
func (db *DB) markBroken(err *StorageError) *StorageError {
	if errors.Is(err, ErrDamaged) {
		db.damaged.Store(true)
	}
	db.broken.CompareAndSwap(nil, err)
	return err
}
