// Package postgres opens PostgreSQL 15 or later the one right way, so that a
// transaction that returned is kept, and several processes may write one
// database.
//
// It knows the connections and what is asked of each, transactions and when
// they run again, migrations under a lock, and what an error says of the
// server. It knows no tables but its own: schema_version, lead, lead_beat.
//
// Every Update is SERIALIZABLE: it sees and changes the database as if it were
// alone, as on SQLite, and runs again where it was not. Views are of one
// snapshot. No advisory locks, no LISTEN, no session state that a pooler in
// transaction mode would lose.
//
// A connection lost in COMMIT leaves open whether the transaction is kept. It
// is an ErrStorage like every other loss: the caller tells nothing, and asks
// again under the same ids.
package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// PoolSize is how many connections a process holds at most: five processes stay
// below a server's usual limit of 100.
const PoolSize = 16

// Options says which database is opened.
type Options struct {
	// URL is postgres://user:password@host:port/database?…, or the key=value
	// form; what it leaves out comes from PGHOST, PGPASSWORD, PGPASSFILE and so
	// on. No error of this package tells it.
	URL string
	// Application marks the database as ours and of this kind, in words. One of
	// another kind is refused.
	Application string
	// Migrations holds the schema at its root as NNNN_what.sql, numbered from
	// 0001 without gaps.
	Migrations fs.FS
	// ReadOnly looks beside who writes: nothing is created or changed.
	ReadOnly bool
}

// DB is an open database. Its methods may be called from any goroutine.
type DB struct {
	pool    *pgxpool.Pool
	closing sync.Once
	closed  atomic.Bool
	apart   bool
	limit   time.Duration // of one statement
	lists   lists
}

// Open connects and brings the schema up to date; of several that start at
// once one does so, and the others wait for it. Errors: ErrStorage,
// ErrNewerSchema, ErrForeign, with ReadOnly ErrOlderSchema, or what a server
// lacks.
func Open(ctx context.Context, opts Options) (*DB, error) {
	steps, err := database.ReadMigrations(opts.Migrations)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	pool, err := connect(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	db := &DB{pool: pool, limit: statementLimit}
	if opts.ReadOnly {
		err = db.hasSchema(ctx, opts.Application, steps)
	} else {
		err = db.migrate(ctx, opts.Application, steps)
	}
	if err == nil {
		db.apart, err = isDistributed(ctx, pool)
	}
	if err != nil {
		db.Close() // holds nothing
		return nil, fmt.Errorf("open PostgreSQL: %w", err)
	}
	return db, nil
}

// Apart is part of database.DB: Citus lays rows by their keys onto several machines.
func (db *DB) Apart() bool { return db.apart }

func isDistributed(ctx context.Context, q queries) (apart bool, err error) {
	err = q.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')`).Scan(&apart)
	return apart, asStorage("look for Citus", err)
}

// Reopen returns once the server answers and takes writes. There is nothing to
// mend on this side: each transaction has a connection that was looked at.
func (db *DB) Reopen(ctx context.Context) error {
	err := db.Update(ctx, func(*database.Tx) error { return nil })
	if err != nil {
		return fmt.Errorf("reach PostgreSQL again: %w", err)
	}
	return nil
}

// Close waits for the running transactions and closes all connections. It may
// be called twice.
func (db *DB) Close() error {
	db.closing.Do(func() {
		db.closed.Store(true)
		db.pool.Close()
	})
	return nil
}
