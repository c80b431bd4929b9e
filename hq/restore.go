package hq

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// Files of a headquarters in its data folder.
const (
	DatabaseFile = databaseName
	KeyFile      = keyring.FileName
	ErasuresFile = erasure.FileName
)

// waitLimit is how long a restored headquarters waits for terminals that do not
// come.
const waitLimit = 30 * 24 * time.Hour

// incarnations bounds how far a restore goes on from the incarnation it found.
const incarnations = 1 << 20

// CopyDatabase writes one state of a headquarters' database into another
// folder, beside a daemon that writes it. Without the key file it tells
// nothing.
func CopyDatabase(ctx context.Context, from, to string) error {
	db, err := sqlitedb.OpenReadOnly(ctx, filepath.Join(from, databaseName), applicationID)
	if err != nil {
		return fmt.Errorf("copy headquarters: %w", err)
	}
	defer db.Close() // read only
	if err := db.Snapshot(ctx, filepath.Join(to, databaseName)); err != nil {
		return fmt.Errorf("copy headquarters: %w", err)
	}
	return nil
}

// Upgrade brings the database of a headquarters at rest to this release's
// schema, and changes nothing else.
func Upgrade(ctx context.Context, dir string) error {
	db, err := Options{Dir: dir}.openDatabase(ctx)
	if err != nil {
		return fmt.Errorf("upgrade headquarters: %w", err)
	}
	return db.Close()
}

// Restore makes a headquarters at rest, put back from a backup, begin a new
// incarnation before it answers anyone, and wait for what its terminals
// know better (Recovery). Its number is drawn above the one it has: two
// restores of one backup are two incarnations. The present is believed as
// ConfirmClock believes it. Enrollment codes that nobody had used are void: somebody may
// have since. A database without its own key file is refused as a *keyring.FileError:
// a new incarnation ends every headquarters that runs on it.
func Restore(ctx context.Context, opts Options) (ledger.Incarnation, error) {
	opts = opts.completed()
	keys, err := keyring.Read(opts.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = keyring.NoKeys(opts.Dir)
	}
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	log, err := erasure.ReadLog(opts.Dir, keys.Chain)
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	var begun ledger.Incarnation
	db, err := opts.openDatabase(ctx)
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	var traces [][]byte
	err = db.Update(ctx, func(tx *database.Tx) error {
		if begun, err = beginIncarnation(tx, keys.Chain, ledger.MillisOf(opts.Now())); err != nil {
			return err
		}
		if traces, err = log.EraseAgain(tx, keys); err != nil {
			return err
		}
		return tellAnew(tx)
	})
	if files, ok := db.(*sqlitedb.DB); ok && err == nil && len(traces) > 0 {
		_, err = erasure.WipeFiles(ctx, files, traces, false) // nobody reads it
	}
	if err := errors.Join(err, db.Close()); err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	return begun, nil
}

func beginIncarnation(tx *database.Tx, of ledger.ChainID, now ledger.Millis) (ledger.Incarnation, error) {
	var chain ledger.ChainID
	var had ledger.Incarnation
	var mark ledger.Millis
	if err := tx.QueryRow(`SELECT chain, incarnation, clock_mark_ms FROM chain`).Scan(&chain, &had, &mark); err != nil {
		return 0, fmt.Errorf("read chain: %w", err)
	}
	if chain != of {
		return 0, keyring.OtherKeys()
	}
	if had > math.MaxUint32-incarnations {
		return 0, errors.New("incarnations are used up")
	}
	begun := had + 1 + ledger.Incarnation(rand.Uint32N(incarnations))
	known := mark
	if now < mark { // of a clock that was ahead: what was told since may be dated before it
		known = 0
	}
	_, err := tx.Exec(`
		UPDATE chain
		SET incarnation = $1, restored_at_ms = $2, waits_until_ms = $3, clock_mark_ms = $4, known_until_ms = $5`,
		begun, now, now.Add(waitLimit), max(mark, now), known)
	if err != nil {
		return 0, fmt.Errorf("begin incarnation: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM awaited`,
		`DELETE FROM parted`,
		`INSERT INTO awaited (terminal) SELECT terminal FROM terminal WHERE fenced_at_ms IS NULL`,
		`DELETE FROM enrollment_code WHERE public_key IS NULL`,
		`DELETE FROM signing_key`, // the key file that is there tells the next start
		`UPDATE terminal SET erasures_ms = 0`,
	} {
		if _, err := tx.Exec(statement); err != nil {
			return 0, fmt.Errorf("begin incarnation: %w", err)
		}
	}
	return begun, nil
}

// tellAnew lets all accounts be told again of a backup that left out what stores know
// of people.
func tellAnew(tx *database.Tx) error {
	var parted bool
	if err := tx.QueryRow(`SELECT attachments_from_ms > 0 FROM chain`).Scan(&parted); err != nil {
		return fmt.Errorf("read chain: %w", err)
	}
	if !parted {
		return nil
	}
	return markAllForFeed(tx)
}
