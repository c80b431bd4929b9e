package powercut_test

import (
	"database/sql"
	"fmt"
	"path/filepath"

	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/offline"
)

// wrong opens what is left of a till in a folder and says what is not as it was
// told by then; "" is nothing. It sells once more, so that what it opened is
// known to go on. Where sectors may be spoiled it may have to begin an epoch,
// with everything it told, but for holds.
func (tl *till) wrong(dir string, ops int, spoiled bool) string {
	again := *tl
	again.opts.Dir, again.disk, again.told = dir, nil, nil
	if err := again.open(); err != nil {
		return fmt.Sprintf("it does not open: %v", err)
	}
	defer again.Close()
	if opening := again.Opening(); anew(opening) && (!spoiled || opening.Unreadable > 0) {
		return fmt.Sprintf("it begins anew: %+v", opening)
	}
	if lost := tl.lost(&again, ops); lost != "" {
		return lost
	}
	if err := again.tell(again.sale(1)); err != nil {
		return fmt.Sprintf("it sells no more: %v", err)
	}
	if again.Opening().Salvaged != nil {
		return "" // what it had beside its entries may be found missing
	}
	return again.findings()
}

// anew reports whether a till could not go on with what it found.
func anew(o offline.Opening) bool {
	return o.NewEpoch != nil || o.Salvaged != nil || o.DirectoryRebuilt
}

// findings is what Verify says.
func (tl *till) findings() string {
	report, err := tl.Verify(ctx, nil)
	if err != nil || len(report.Findings) > 0 {
		return fmt.Sprintf("verify: %v, %v", report.Findings, err)
	}
	return ""
}

// lost is what was told by an operation and does not stand in a store.
func (tl *till) lost(in *till, ops int) string {
	stand, err := ids(filepath.Join(in.opts.Dir, "journal.db"), `SELECT id FROM journal`)
	if err != nil {
		return err.Error()
	}
	for _, t := range tl.told {
		switch {
		case t.ops > ops:
		case t.hold.IsZero() && !stand[t.entry.String()]:
			return fmt.Sprintf("entry %s was told and is lost", t.entry)
		case !t.hold.IsZero() && (t.until == 0 || t.until > ops) && !anew(in.Opening()):
			if _, err := in.Hold(ctx, t.hold); err != nil {
				return fmt.Sprintf("a hold that was told: %v", err)
			}
		}
	}
	return ""
}

// ids reads a column of ids from a database.
func ids(path, query string) (map[string]bool, error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?mode=ro")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		found[id] = true
	}
	return found, rows.Err()
}
