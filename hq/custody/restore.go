// Package custody knows what becomes of a headquarters that nobody runs on: it copies its
// database for a backup and upgrades it, begins an incarnation of one that was put back,
// retires one, and has another take it over. What opens a backup to a person it keeps
// apart. What a restored headquarters then waits for is package hq's.
package custody

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
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/posting"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// WaitLimit is how long a restored headquarters waits for terminals that do not
// come.
const WaitLimit = 30 * 24 * time.Hour

// incarnations bounds how far a restore goes on from the incarnation it found.
const incarnations = 1 << 20

// CopyDatabase writes one state of a headquarters' database into another
// folder, beside a daemon that writes it. Without the key file it tells
// nothing.
func CopyDatabase(ctx context.Context, from, to string) error {
	db, err := home.OpenFile(ctx, from)
	if err != nil {
		return fmt.Errorf("copy headquarters: %w", err)
	}
	defer db.Close() // read only
	if err := db.Snapshot(ctx, filepath.Join(to, home.DatabaseFile)); err != nil {
		return fmt.Errorf("copy headquarters: %w", err)
	}
	return nil
}

// Upgrade brings the database of a headquarters at rest to this release's
// schema, and changes nothing else.
func Upgrade(ctx context.Context, dir string) error {
	db, err := home.At{Dir: dir}.Open(ctx)
	if err != nil {
		return fmt.Errorf("upgrade headquarters: %w", err)
	}
	return db.Close()
}

// Restore makes a headquarters at rest, put back from a backup, begin a new
// incarnation before it answers anyone, and wait for what its terminals
// know better (hq.Recovery). Its number is drawn above the one it has: two
// restores of one backup are two incarnations. The present is believed as
// ConfirmClock believes it. Enrollment codes that nobody had used are void: somebody may
// have since. A database without its own key file is refused as a *keyring.FileError:
// a new incarnation ends every headquarters that runs on it.
func Restore(ctx context.Context, at home.At, now time.Time) (ledger.Incarnation, error) {
	keys, err := keyring.Read(at.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = keyring.NoKeys(at.Dir)
	}
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	log, err := erasure.ReadLog(at.Dir, keys.Chain)
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	var begun ledger.Incarnation
	db, err := at.Open(ctx)
	if err != nil {
		return 0, fmt.Errorf("restore headquarters: %w", err)
	}
	var traces [][]byte
	err = db.Update(ctx, func(tx *database.Tx) error {
		if begun, err = beginIncarnation(tx, keys.Chain, ledger.MillisOf(now)); err != nil {
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
		begun, now, now.Add(WaitLimit), max(mark, now), known)
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
	return posting.MarkAllForFeed(tx)
}
