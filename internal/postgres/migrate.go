package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/loyaltyd/loyaltyd/internal/database"
)

// migrate applies what the database does not have yet, all of it in one
// transaction under a lock that ends with its connection: of processes that
// start at once one does it, and one that is killed in the middle leaves
// nothing, neither half a schema nor a lock.
func (db *DB) migrate(ctx context.Context, application string, steps []database.Migration) error {
	have, err := readSchema(ctx, db.pool, application)
	if err == nil && have == len(steps) {
		return nil // most starts need no lock, and no right to make tables
	}
	if err != nil && !errors.Is(err, errEmpty) {
		return err
	}
	for try := 1; ; try++ {
		err := db.migrateOnce(ctx, application, steps)
		if !conflicts(err) && !meanwhile(err) || try == tries {
			return err
		}
		if err := pause(ctx, firstPause); err != nil {
			return err
		}
	}
}

// meanwhile reports whether another made the first table while we did: IF NOT
// EXISTS looks before it waits.
func meanwhile(err error) bool {
	c := code(err)
	return c == "23505" || c == "42P07" || c == "42710"
}

func (db *DB) migrateOnce(ctx context.Context, application string, steps []database.Migration) error {
	conn, err := db.acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return asStorage("begin", err)
	}
	defer rollback(context.WithoutCancel(ctx), tx) // nothing where it was committed
	if err := bringUp(ctx, tx, application, steps); err != nil {
		return err
	}
	return commit(ctx, tx, db.limit)
}

// own are the tables of this package: the schema's number, and who leads.
var own = []string{
	`CREATE TABLE IF NOT EXISTS schema_version (
		one         bigint PRIMARY KEY CHECK (one = 1),
		application text   NOT NULL,
		version     bigint NOT NULL
	)`,
	`LOCK TABLE schema_version IN EXCLUSIVE MODE`,
	`CREATE TABLE IF NOT EXISTS lead (
		one    bigint PRIMARY KEY CHECK (one = 1),
		term   bigint NOT NULL,
		holder text   NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS lead_beat (
		one    bigint PRIMARY KEY CHECK (one = 1),
		beat   bigint NOT NULL,
		wanted text   NOT NULL
	)`,
	`INSERT INTO lead (one, term, holder) VALUES (1, 0, '') ON CONFLICT (one) DO NOTHING`,
	`INSERT INTO lead_beat (one, beat, wanted) VALUES (1, 0, '') ON CONFLICT (one) DO NOTHING`,
}

func bringUp(ctx context.Context, tx pgx.Tx, application string, steps []database.Migration) error {
	for _, statement := range own {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return asStorage("migrate", err)
		}
	}
	have, err := readSchema(ctx, tx, application)
	if errors.Is(err, errEmpty) {
		_, err = tx.Exec(ctx, `INSERT INTO schema_version (one, application, version) VALUES (1, $1, 0)`, application)
		err = asStorage("migrate", err)
	}
	if err != nil {
		return err
	}
	if have > len(steps) {
		return database.SchemaError(have, len(steps))
	}
	for _, step := range steps[have:] {
		if _, err := tx.Exec(ctx, step.Text, pgx.QueryExecModeSimpleProtocol); err != nil {
			return asStorage("migrate", fmt.Errorf("migration %s: %w", step.Name, err))
		}
	}
	_, err = tx.Exec(ctx, `UPDATE schema_version SET version = $1`, len(steps))
	return asStorage("migrate", err)
}

// errEmpty says that a database was never ours.
var errEmpty = errors.New("the database is empty: start loyaltyd hq on it first")

// queries is a pool's connection, or a transaction.
type queries interface {
	QueryRow(ctx context.Context, query string, args ...any) pgx.Row
}

// readSchema gives the number of the schema. A database that has other tables
// than ours is ErrForeign.
func readSchema(ctx context.Context, q queries, application string) (version int, err error) {
	var ours bool
	var tables int
	err = q.QueryRow(ctx, `
		SELECT to_regclass('schema_version') IS NOT NULL, count(*)
		FROM pg_catalog.pg_tables
		WHERE schemaname = current_schema()`).Scan(&ours, &tables)
	switch {
	case err != nil:
		return 0, asStorage("read schema version", err)
	case !ours && tables > 0:
		return 0, fmt.Errorf("it has %d tables of another program: %w", tables, database.ErrForeign)
	case !ours:
		return 0, errEmpty
	}
	var found string
	err = q.QueryRow(ctx, `SELECT application, version FROM schema_version`).Scan(&found, &version)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, errEmpty
	}
	if err == nil && found != application {
		return 0, fmt.Errorf("it is a %q, expected %q: %w", found, application, database.ErrForeign)
	}
	return version, asStorage("read schema version", err)
}

// hasSchema refuses a database whose schema is not this program's: who only
// reads cannot bring it up to date.
func (db *DB) hasSchema(ctx context.Context, application string, steps []database.Migration) error {
	have, err := readSchema(ctx, db.pool, application)
	if err != nil {
		return err
	}
	return database.SchemaError(have, len(steps))
}
