// Package hub is what stands between the lanes of a store and a headquarters that
// may be far away: it passes on what they ask headquarters, keeps what they tell it
// for headquarters and for each other, and gives them parts of the rights that
// headquarters placed at it. DESIGN.md says what it guarantees.
//
// It decides nothing and holds no member: a hub is a terminal with a store
// (package offline) and an exchange (package sync) of its own, which it declares
// here as it needs them.
package hub

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// DatabaseFile is where a hub keeps what lanes told it, in its folder.
const DatabaseFile = "hub.db"

const applicationID int32 = 0x6c6f7975 // "loyu"

//go:embed migration
var migrations embed.FS

// Rights are what headquarters placed at this hub.
type Rights interface {
	// Split gives parts of an account's rights, all that is wanted or nothing, once
	// they are on disk; asking again gives the same. An error that is Refusal is told
	// to the lane.
	Split(ctx context.Context, wanted ledger.PartWanted, sign func([]byte) []byte) ([]ledger.GivenPart, error)
	// GivenTo returns the parts that a lane's branch was given last and may still
	// spend, at most so many.
	GivenTo(ctx context.Context, lane ledger.TerminalID, epoch ledger.Epoch, branch ledger.Branch, most int, sign func([]byte) []byte) ([]ledger.GivenPart, error)
}

// Headquarters is who this hub asks for itself.
type Headquarters interface {
	// Relay brings a lane's batch; a *wire.Refusal says why it is not taken.
	Relay(ctx context.Context, batch []byte) error
	// Lanes are the tills of the hub's store.
	Lanes(ctx context.Context) ([]wire.Lane, error)
	// Genuine says what is wrong with an answer to a lane's request that headquarters did
	// not sign.
	Genuine(ctx context.Context, answer hqsync.Answer, nonce string) error
	// Successions are which of headquarters' keys followed which, as far as this hub
	// has heard.
	Successions(ctx context.Context) ([]ledger.SignedSuccession, error)
}

// Members are whom headquarters' feed has told this hub of.
type Members interface {
	// Fed reports whether the feed has said who is found by a keyed hash.
	Fed(ctx context.Context, hash ledger.KeyedHash) (bool, error)
}

// Options say whose hub it is and what it works with.
type Options struct {
	// Dir is the data folder; the caller holds its lock.
	Dir   string
	Chain ledger.ChainID
	Key   ed25519.PrivateKey // the terminal's own
	// Rights and Members are the hub's store, Headquarters its exchange, Upstream the way
	// to headquarters that lanes' requests go.
	Rights       Rights
	Members      Members
	Headquarters Headquarters
	Upstream     hqsync.Transport
	// Refused reports whether an error of Rights is a refusal that a lane is told.
	Refused func(error) bool
	// Given is called when parts were given; it must not block.
	Given func()
	// Notify is told what a person should hear of; it must not block.
	Notify func(what string, lane ledger.TerminalID, why error)
	Now    func() time.Time
}

// Hub is an open hub. Its methods may be called from any goroutine.
type Hub struct {
	opts        Options
	db          *sqlitedb.DB
	incarnation ledger.Incarnation

	news     signal // there is something for other lanes
	admits   chan struct{}
	waiters  chan struct{}
	lanes    lanes
	relaying relaying
}

// Open opens the hub's database, or makes one. One that is damaged is moved aside:
// what was in it is told again.
func Open(ctx context.Context, opts Options) (*Hub, error) {
	h := &Hub{
		opts: opts, news: newSignal(),
		admits: make(chan struct{}, maxRequests), waiters: make(chan struct{}, maxWaiters),
		relaying: relaying{behind: map[journal]bool{}},
	}
	err := h.open(ctx)
	if errors.Is(err, sqlitedb.ErrDamaged) {
		if err = h.moveAside(); err == nil {
			err = h.open(ctx)
		}
	}
	if err == nil {
		err = h.begin(ctx)
	}
	if err == nil {
		err = h.forgetAside(opts.Now().Add(-keepAside))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open hub: %w", err), h.Close())
	}
	return h, nil
}

func (h *Hub) path() string { return filepath.Join(h.opts.Dir, DatabaseFile) }

func (h *Hub) asidePath() string { return h.path() + ".damaged" }

func (h *Hub) open(ctx context.Context) (err error) {
	schema, err := fs.Sub(migrations, "migration")
	if err != nil {
		return err
	}
	h.db, err = sqlitedb.Open(ctx, sqlitedb.Options{Path: h.path(), ApplicationID: applicationID, Migrations: schema})
	return err
}

func (h *Hub) moveAside() error {
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Remove(h.path() + end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(h.path(), h.asidePath())
}

// begin draws the incarnation of a new list.
func (h *Hub) begin(ctx context.Context) error {
	var random [4]byte
	rand.Read(random[:]) // never fails
	return h.update(ctx, func(tx *sqlitedb.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO list (one, incarnation, position) VALUES (1, ?, 0)
			ON CONFLICT (one) DO NOTHING`, int64(binary.BigEndian.Uint32(random[:])|1))
		if err != nil {
			return err
		}
		if err := tx.QueryRow(`SELECT incarnation FROM list`).Scan(&h.incarnation); err != nil {
			return err
		}
		for _, old := range []string{
			`DELETE FROM news WHERE settled <> 0 AND at_ms < ?`,
			`DELETE FROM introduction WHERE withdrawn = 1 AND at_ms < ?`,
		} {
			if _, err := tx.Exec(old, h.at().Add(-forgetAfter)); err != nil {
				return err
			}
		}
		return nil
	})
}

// forgetAfter is for how long an entry is known that headquarters counts: no journal
// writes one again later.
const forgetAfter = 40 * 24 * time.Hour

// sign signs a split of this hub's.
func (h *Hub) sign(body []byte) []byte { return ledger.Sign(h.opts.Key, ledger.SplitDomain, body) }

func (h *Hub) at() ledger.Millis { return ledger.MillisOf(h.opts.Now()) }

// update runs one transaction. After a storage error the database is opened again,
// so that what comes next is judged by what is on disk.
func (h *Hub) update(ctx context.Context, fn func(*sqlitedb.Tx) error) error {
	err := h.db.Update(ctx, fn)
	if errors.Is(err, sqlitedb.ErrStorage) {
		return errors.Join(err, h.db.Reopen(context.WithoutCancel(ctx)))
	}
	return err
}

// Close closes the database. It may be called twice.
func (h *Hub) Close() error {
	if h.db == nil {
		return nil
	}
	return h.db.Close()
}
