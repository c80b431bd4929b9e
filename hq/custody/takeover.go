package custody

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/migration"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// ErrNotEmpty says that there is a headquarters already where another is to be.
var ErrNotEmpty = errors.New("there is a headquarters already")

// TakeOver makes an empty headquarters, on either engine, the one that retired and
// whose two files are in a folder: with its chain, its keys, all that it has, and the
// next incarnation. Nothing was lost, so it waits for nobody. Where it fails nothing
// is taken over but the key file, and it may be done again. Its errors are ErrNotEmpty
// and those of home.
func TakeOver(ctx context.Context, from string, to home.At) (ledger.Incarnation, error) {
	begun, err := takeOver(ctx, from, to)
	if err != nil {
		return 0, fmt.Errorf("take over a headquarters: %w", err)
	}
	return begun, nil
}

func takeOver(ctx context.Context, from string, to home.At) (ledger.Incarnation, error) {
	ring, err := keyring.Read(from)
	if err != nil {
		return 0, err
	}
	own, err := keyring.Read(to.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if err == nil && own.Chain != ring.Chain {
		return 0, ErrNotEmpty
	}
	db, err := to.Open(ctx)
	if err != nil {
		return 0, err
	}
	begun, err := takeInto(ctx, db, from, to.Dir)
	return begun, errors.Join(err, db.Close())
}

func takeInto(ctx context.Context, db database.DB, from, dir string) (begun ledger.Incarnation, err error) {
	err = db.View(ctx, mustBeEmpty)
	if err == nil {
		err = keyring.Copy(from, dir) // before the rows: a database without keys is nobody's
	}
	if err != nil {
		return 0, err
	}
	source, err := home.OpenFile(ctx, from)
	if err != nil {
		return 0, err
	}
	defer source.Close() // read only
	if err := source.HasSchema(ctx, migration.Of("sqlite")); err != nil {
		return 0, err
	}
	err = source.View(ctx, func(old *database.Tx) error {
		if err := copyLog(old, dir); err != nil {
			return err
		}
		return db.Update(ctx, func(tx *database.Tx) error {
			begun, err = takeRows(old, tx)
			return err
		})
	})
	return begun, err
}

func mustBeEmpty(tx *database.Tx) error {
	var begun bool
	if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM chain)`).Scan(&begun); err != nil {
		return err
	}
	if begun {
		return ErrNotEmpty
	}
	return nil
}

// copyLog writes the log of the erasures beside the database that takes them over: one
// that is put back there from a backup is told of them.
func copyLog(old *database.Tx, to string) error {
	log, err := erasure.LogOf(old)
	if err != nil || len(log.Erasures) == 0 {
		return err
	}
	return log.Write(to)
}

// takeRows copies the whole database in one transaction.
func takeRows(old, tx *database.Tx) (begun ledger.Incarnation, err error) {
	if err := mustBeEmpty(tx); err != nil {
		return 0, err
	}
	if err := copyTables(old, tx); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`UPDATE chain SET incarnation = incarnation + 1`); err != nil {
		return 0, err
	}
	return begun, tx.QueryRow(`SELECT incarnation FROM chain`).Scan(&begun)
}

func copyTables(old, tx *database.Tx) error {
	tables, err := readNames(old, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return err
	}
	for _, table := range tables {
		columns, err := readNames(old, `SELECT name FROM pragma_table_info($1) ORDER BY cid`, table)
		if err == nil {
			err = copyTable(old, tx, copying{table, columns})
		}
		if err != nil {
			return fmt.Errorf("copy %s: %w", table, err)
		}
	}
	return nil
}

// copyTable copies a table row by row: what is copied from is SQLite's, which gives
// each row as it finds it.
func copyTable(old, tx *database.Tx, c copying) error {
	rows, err := old.Query(c.read())
	if err != nil {
		return err
	}
	defer rows.Close()
	write := c.write()
	row, to := make([]any, len(c.columns)), make([]any, len(c.columns))
	for i := range row {
		to[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return err
		}
		if _, err := tx.Exec(write, row...); err != nil {
			return err
		}
	}
	return rows.Close()
}

func readNames(tx *database.Tx, query string, args ...any) (names []string, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Close()
}
