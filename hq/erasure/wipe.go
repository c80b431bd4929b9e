package erasure

import (
	"context"

	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

// Unwiped reports whether something of who was erased may be left in the files.
func Unwiped(tx *database.Tx) (due bool, err error) {
	err = tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM erasure WHERE entered < 2)`).Scan(&due)
	return due, err
}

// CountUnwiped returns of how many that is: of those whose ledgers say so, and of those in
// whose ledgers nothing could be entered yet.
func CountUnwiped(tx *database.Tx) (entered, left int, err error) {
	err = tx.QueryRow(`
		SELECT count(CASE WHEN entered = 1 THEN 1 END), count(CASE WHEN entered = 0 THEN 1 END)
		FROM erasure
		WHERE entered < 2`).Scan(&entered, &left)
	return entered, left, err
}

// NoteWiped notes that nothing is left in the files of those whose ledgers say so, and
// returns of how many: of one that cannot be entered there it is to be looked for again.
func NoteWiped(tx *database.Tx) (n int, err error) {
	wiped, err := tx.Exec(`UPDATE erasure SET entered = 2 WHERE entered = 1`)
	if err != nil {
		return 0, err
	}
	rows, err := wiped.RowsAffected()
	return int(rows), err
}

// WipeFiles empties the WAL, and writes the database anew where traces are left in it,
// or where a restart forgot what to look for (unsure). It is not whole where somebody
// reads meanwhile.
func WipeFiles(ctx context.Context, files *sqlitedb.DB, traces [][]byte, unsure bool) (whole bool, err error) {
	if whole, err = files.Checkpoint(ctx); err != nil || !whole {
		return false, err
	}
	if !unsure {
		if unsure, err = files.Holds(traces); err != nil || !unsure {
			return err == nil, err
		}
	}
	return files.Vacuum(ctx)
}
