package offline

import (
	"fmt"
	"strings"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

const (
	// builtAtOnce is how many rows one statement writes: running one costs half as
	// much as writing a row does.
	builtAtOnce = 16
	rowColumns  = 7

	insertRow = `
		INSERT INTO member (key, rest, account, name, as_of_s, available, more)
		VALUES (?, ?, ?, ?, ?, ?, ?)`
)

var insertRows = insertRow + strings.Repeat(`, (?, ?, ?, ?, ?, ?, ?)`, builtAtOnce-1)

// rowBatch writes rows of a directory that is built, several with one statement.
// Their whereabouts the caller keeps.
type rowBatch struct{ values []any }

// add takes a row in, of which nothing is copied before it is written.
func (b *rowBatch) add(tx *sqlitedb.Tx, key int64, from piled, r *memberRow) error {
	var available any
	if r.available.Valid {
		available = r.available.Int64
	}
	b.values = append(b.values, key, from.row[restAt:accountAt], from.row[accountAt:firstAt], r.name, r.asOf, available, r.column())
	if len(b.values) < builtAtOnce*rowColumns {
		return nil
	}
	return b.write(tx, insertRows, builtAtOnce)
}

// end writes what is left.
func (b *rowBatch) end(tx *sqlitedb.Tx) error {
	for len(b.values) > 0 {
		if err := b.write(tx, insertRow, 1); err != nil {
			return err
		}
	}
	return nil
}

func (b *rowBatch) write(tx *sqlitedb.Tx, statement string, rows int) error {
	if _, err := tx.Exec(statement, b.values[:rows*rowColumns]...); err != nil {
		return fmt.Errorf("keep member: %w", err)
	}
	b.values = append(b.values[:0], b.values[rows*rowColumns:]...)
	return nil
}
