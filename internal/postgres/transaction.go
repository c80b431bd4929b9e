package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

const (
	// tries bounds how often a transaction is run, and keyTries how often of these
	// a key that is taken counts as another's doing rather than its own.
	tries    = 16
	keyTries = 12
	// firstPause and longestPause bound what lies between two runs; the pause
	// is drawn between nothing and a bound that doubles.
	firstPause   = 4 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// View is part of database.Reader.
func (db *DB) View(ctx context.Context, fn func(*database.Tx) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return db.run(ctx, options, false, fn)
}

// Update is part of database.DB.
func (db *DB) Update(ctx context.Context, fn func(*database.Tx) error) error {
	options, bound := bounded(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable}), firstPause
	for try := 1; ; try++ {
		err := db.run(ctx, options, try <= keyTries, fn)
		if !conflicts(err) || try == tries {
			return err
		}
		if err := pause(ctx, rand.N(bound)); err != nil {
			return fmt.Errorf("begin: %w", err)
		}
		bound = min(2*bound, longestPause)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run runs fn in one transaction; again says that a key that is taken ends it.
func (db *DB) run(ctx context.Context, options pgx.TxOptions, again bool, fn func(*database.Tx) error) error {
	conn, tx, err := db.begin(ctx, options)
	if err != nil {
		return err
	}
	defer conn.Release() // one that is closed or in a transaction is not kept
	steady := context.WithoutCancel(ctx)
	t, end := db.within(ctx, session{conn: conn.Conn(), limit: db.limit, readOnly: options.AccessMode == pgx.ReadOnly, again: again})
	done := false
	defer func() {
		if !done { // fn failed or panicked
			end.Close()
			rollback(steady, tx)
		}
	}()

	err = fn(t)
	ended := end.Close()
	switch {
	case conflicts(ended):
		return ended // whatever fn made of it, it is to run again
	case err != nil:
		return err
	case ended != nil: // fn looked away from an error that ended the transaction
		return ended
	case ctx.Err() != nil:
		return fmt.Errorf("commit: %w", ctx.Err())
	}
	done = true
	if err := commit(steady, tx, db.limit); err != nil {
		return err
	}
	end.Committed()
	return nil
}

// begin begins a transaction. A connection that ended while nobody used it, as
// all have when a server was started again, says so only now: nothing was done
// on it, and the next one is taken. On one that is silent nobody waits for ever.
func (db *DB) begin(ctx context.Context, options pgx.TxOptions) (conn *pgxpool.Conn, tx pgx.Tx, err error) {
	for range PoolSize {
		if conn, err = db.acquire(ctx); err != nil {
			return nil, nil, err
		}
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.limit)
		tx, err = conn.BeginTx(within, options)
		silent := within.Err() != nil
		cancel()
		if err == nil {
			return conn, tx, nil
		}
		ended := conn.Conn().IsClosed()
		conn.Release()
		if !ended || silent {
			break
		}
	}
	return nil, nil, asStorage("begin", err)
}

func (db *DB) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	if db.closed.Load() {
		return nil, database.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	conn, err := db.pool.Acquire(ctx)
	switch {
	case err == nil:
		return conn, nil
	case db.closed.Load():
		return nil, database.ErrClosed
	case ctx.Err() != nil:
		return nil, fmt.Errorf("wait for a connection: %w", ctx.Err())
	}
	return nil, asStorage("connect", err)
}

// commit ends a transaction. A server that answers ROLLBACK says that a
// statement failed before and nobody minded.
func commit(ctx context.Context, tx pgx.Tx, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := tx.Commit(ctx)
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return fmt.Errorf("commit: %w", err)
	}
	return asStorage("commit", err)
}

// rollback undoes what the server has not undone itself. Where that fails the
// connection is not used again, and the server undoes it.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	if err := tx.Rollback(ctx); err != nil {
		tx.Conn().Close(ctx)
	}
}
