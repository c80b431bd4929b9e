package offline

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// directory is directory.db: a cache of headquarters' feed. Where the file is
// damaged it is thrown away and fed again.
type directory struct {
	path string

	mu sync.RWMutex // held for writing only while the file is replaced
	db *sqlitedb.DB

	// changes is odd while what readers see may change.
	changes atomic.Uint64
}

// openDirectory opens or creates the directory; rebuilt says that there was a
// file which could not be used.
func openDirectory(ctx context.Context, path string) (d *directory, rebuilt bool, err error) {
	d = &directory{path: path}
	err = d.open(ctx)
	if errors.Is(err, sqlitedb.ErrStorage) || errors.Is(err, sqlitedb.ErrForeign) {
		return d, true, d.rebuild(ctx)
	}
	return d, false, err
}

func (d *directory) open(ctx context.Context) (err error) {
	d.db, err = sqlitedb.Open(ctx, sqlitedb.Options{
		Path:          d.path,
		ApplicationID: directoryID,
		Migrations:    migration("directory"),
	})
	return err
}

// rebuild begins with an empty directory, whose cursor is 0.
func (d *directory) rebuild(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.db != nil {
		d.db.Close() // what it could still tell is that it is damaged
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(d.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("rebuild directory: %w", err)
		}
	}
	if err := d.open(ctx); err != nil {
		return fmt.Errorf("rebuild directory: %w", err)
	}
	return nil
}

// View implements reader.
func (d *directory) View(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.db.View(ctx, fn)
}

// Lookup implements reader.
func (d *directory) Lookup(ctx context.Context, each func(*sqlitedb.Values) error, query string, args ...driver.Value) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.db.Lookup(ctx, each, query, args...)
}

func (d *directory) version() uint64 { return d.changes.Load() }

// update runs fn in a write transaction. After a storage error the file is
// mended; the caller tries again later, from the cursor that then stands. One
// goroutine at a time calls it or mend.
func (d *directory) update(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	d.changes.Add(1)
	defer d.changes.Add(1)
	d.mu.RLock()
	err := d.db.Update(ctx, fn)
	d.mu.RUnlock()
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return err
	}
	return errors.Join(err, d.repair(ctx))
}

// mend does after a reader's storage error what update does after its own.
func (d *directory) mend(ctx context.Context) error {
	d.changes.Add(1)
	defer d.changes.Add(1)
	return d.repair(ctx)
}

// repair reopens the file, which may bring a commit to light whose outcome was
// not known, and rebuilds it where it is damaged. A full or read-only disk is
// neither: nothing would be gained by throwing the directory away.
func (d *directory) repair(ctx context.Context) error {
	d.mu.RLock()
	err := d.db.Reopen(ctx)
	d.mu.RUnlock()
	if d.damaged(ctx) {
		return d.rebuild(ctx)
	}
	return err
}

// damaged asks SQLite about the file's structure.
func (d *directory) damaged(ctx context.Context) bool {
	var result string
	err := d.View(ctx, func(tx *sqlitedb.Tx) error {
		return tx.QueryRow(`PRAGMA quick_check(1)`).Scan(&result)
	})
	return errors.Is(err, sqlitedb.ErrStorage) || err == nil && result != "ok"
}

func (d *directory) close() error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.db == nil {
		return nil
	}
	return d.db.Close()
}

func (d *directory) cursor(ctx context.Context) (c ledger.Cursor, err error) {
	err = d.View(ctx, func(tx *sqlitedb.Tx) error {
		c, err = readCursor(tx)
		return err
	})
	return c, err
}

func readCursor(tx *sqlitedb.Tx) (c ledger.Cursor, err error) {
	if err := tx.QueryRow(`SELECT incarnation, position FROM feed`).Scan(&c.Incarnation, &c.Position); err != nil {
		return c, fmt.Errorf("read cursor: %w", err)
	}
	return c, nil
}

// probes is how many places after its own an identifier may stand.
const probes = 8

// slots gives the keys under which a hash may stand, and the rest of it that
// tells it from others there.
func slots(hash ledger.KeyedHash) (first, last int64, rest []byte) {
	first = int64(binary.BigEndian.Uint64(hash[:8]))
	last = first + probes - 1
	if last < first {
		last = math.MaxInt64
	}
	return first, last, hash[8:]
}

// putIdentifier makes a hash name an account.
func putIdentifier(tx *sqlitedb.Tx, hash ledger.KeyedHash, account ledger.AccountID) error {
	first, last, rest := slots(hash)
	taken, err := takenSlots(tx, first, last)
	if err != nil {
		return err
	}
	free := int64(-1)
	for i := int64(0); i <= last-first; i++ {
		stands, ok := taken[first+i]
		if ok && bytes.Equal(stands, rest) {
			free = i
			break
		}
		if !ok && free < 0 {
			free = i
		}
	}
	if free < 0 {
		return errors.New("keep identifier: no place is free near its own")
	}
	_, err = tx.Exec(`
		INSERT INTO identifier (key, rest, account)
		VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET account = excluded.account`, first+free, rest, account[:])
	if err != nil {
		return fmt.Errorf("keep identifier: %w", err)
	}
	return nil
}

func takenSlots(tx *sqlitedb.Tx, first, last int64) (map[int64][]byte, error) {
	rows, err := tx.Query(`SELECT key, rest FROM identifier WHERE key BETWEEN +? AND +?`, first, last)
	if err != nil {
		return nil, fmt.Errorf("keep identifier: %w", err)
	}
	defer rows.Close()
	var taken map[int64][]byte
	for rows.Next() {
		var key int64
		var rest []byte
		if err := rows.Scan(&key, &rest); err != nil {
			return nil, fmt.Errorf("keep identifier: %w", err)
		}
		if taken == nil {
			taken = map[int64][]byte{}
		}
		taken[key] = rest
	}
	return taken, rows.Err()
}

// dropIdentifier forgets a hash if it still names the account.
func dropIdentifier(tx *sqlitedb.Tx, hash ledger.KeyedHash, account ledger.AccountID) error {
	first, last, rest := slots(hash)
	_, err := tx.Exec(`DELETE FROM identifier WHERE key BETWEEN +? AND +? AND rest = +? AND account = +?`,
		first, last, rest, account[:])
	if err != nil {
		return fmt.Errorf("forget identifier: %w", err)
	}
	return nil
}

// putAccount replaces what is known of an account, unless that is newer.
func putAccount(tx *sqlitedb.Tx, a *ledger.AccountState, applied ledger.Place, position ledger.Position) error {
	var have ledger.Position
	var listed []byte
	err := tx.QueryRow(`SELECT position, identifiers FROM account WHERE account = ?`, a.Account[:]).Scan(&have, &listed)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read account: %w", err)
	}
	if err == nil && have > position {
		return nil
	}
	if err := relist(tx, a, listed); err != nil {
		return err
	}
	_, err = tx.Exec(`
		INSERT OR REPLACE INTO account
			(account, name, identifiers, applied_epoch, applied_branch, applied_seq, as_of_ms, position)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Account[:], a.Name, joinHashes(a.Identifiers), applied.Epoch, applied.Branch, applied.Seq, a.AsOf, position)
	if err != nil {
		return fmt.Errorf("keep account: %w", err)
	}
	return putBalances(tx, a)
}

// relist drops the identifiers an account no longer has and keeps those it has.
func relist(tx *sqlitedb.Tx, a *ledger.AccountState, listed []byte) error {
	for old := range slices.Chunk(listed, 16) {
		hash := ledger.KeyedHash(old)
		if slices.Contains(a.Identifiers, hash) {
			continue
		}
		if err := dropIdentifier(tx, hash, a.Account); err != nil {
			return err
		}
	}
	for _, hash := range a.Identifiers {
		if err := putIdentifier(tx, hash, a.Account); err != nil {
			return err
		}
	}
	return nil
}

func joinHashes(hashes []ledger.KeyedHash) []byte {
	joined := make([]byte, 0, 16*len(hashes))
	for _, h := range hashes {
		joined = append(joined, h[:]...)
	}
	return joined
}

func putBalances(tx *sqlitedb.Tx, a *ledger.AccountState) error {
	if _, err := tx.Exec(`DELETE FROM balance WHERE account = +?`, a.Account[:]); err != nil {
		return fmt.Errorf("keep balance: %w", err)
	}
	for _, b := range a.Balances {
		_, err := tx.Exec(`
			INSERT INTO balance (account, program, unit, available, escrowed, pending, receivable)
			VALUES (?, ?, ?, ?, ?, ?, ?)`,
			a.Account[:], b.Program, b.Unit, b.Available, b.Escrowed, b.Pending, b.Receivable)
		if err != nil {
			return fmt.Errorf("keep balance: %w", err)
		}
	}
	return nil
}

// forget drops all that is known of an account but its identifiers, which
// lead to its survivor.
func forget(tx *sqlitedb.Tx, account ledger.AccountID) error {
	if _, err := tx.Exec(`DELETE FROM account WHERE account = ?`, account[:]); err != nil {
		return fmt.Errorf("forget account: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM balance WHERE account = +?`, account[:]); err != nil {
		return fmt.Errorf("forget account: %w", err)
	}
	return nil
}
