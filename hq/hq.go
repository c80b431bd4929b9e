// Package hq is headquarters: it takes in the journals of a chain's terminals,
// decides what each entry does to which account, places rights, and tells
// every store of its members.
//
// Intake hashes and stores; the projector decides, once per entry; the
// authority grants, recalls and reclaims by entries of its own; the feeder
// writes what stores read. Each is a plain state machine over the database
// that the caller steps (Work) or leaves to Serve. What an entry is, is
// package ledger's; how it travels, sync/wire's; what a program promises,
// loyalty's. DESIGN.md has the guarantees and what can still be lost.
package hq

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/authority"
	"github.com/loyaltyd/loyaltyd/hq/erasure"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/home"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/hq/keyring"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/internal/database"
	"github.com/loyaltyd/loyaltyd/internal/postgres"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// Files of a headquarters in its data folder.
const (
	DatabaseFile = home.DatabaseFile
	KeyFile      = keyring.FileName
	ErasuresFile = erasure.FileName
)

// Options say where headquarters lives and what it is given from outside.
type Options struct {
	// Dir is the data folder, with mode 0700, made and locked by the caller.
	Dir string
	// Database is the URL of a PostgreSQL database; empty is hq.db in Dir. Several
	// headquarters may serve one such database, each in a folder of its own with
	// the same key file.
	Database string
	// Now is the present time (default time.Now).
	Now func() time.Time
	// Program is published as the chain's first where none was yet. Without any
	// nothing is remembered of members and nothing falls due but by the terms of
	// units.
	Program *loyalty.Program
	// Policy places rights as long as no program was published; the zero Policy
	// places none.
	Policy authority.Policy
	// MaxStop is how far the clock may go without a step of ours before what
	// it says must be confirmed (default 24 hours). A machine that is switched
	// off when the shop is closed stands still for longer.
	MaxStop time.Duration
	// SameClock says that the tills have the clock of this machine: of when they sold
	// they know no better than it.
	SameClock bool
	// Replica says that what a synchronous standby of the PostgreSQL database has is
	// durable; without it only what NoteCopy is told of.
	Replica bool
	// Notify is told what a person should hear of; it must not block. A crash
	// may tell one thing twice. Default: nobody.
	Notify func(event.Event)
}

// Home is where headquarters lives.
func (o Options) Home() home.At { return home.At{Dir: o.Dir, Database: o.Database} }

// completed fills in the defaults.
func (o Options) completed() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxStop == 0 {
		o.MaxStop = 24 * time.Hour
	}
	if o.Notify == nil {
		o.Notify = func(event.Event) {}
	}
	return o
}

// Headquarters is an open headquarters. Its methods may be called from any
// goroutine.
type Headquarters struct {
	reading
	db     database.DB
	dir    string
	given  authority.Policy // Options.Policy
	notify func(event.Event)
	// untold says that stores may not have heard of all that was published.
	untold atomic.Bool
	// entered are the versions that accounts were looked at under, since the start.
	entered map[string]ledger.ProgramRef

	// round keeps projector, authority and feeder to one round at a time (turn).
	round   sync.Mutex
	lead    *postgres.Lead // nil where this process has the database to itself
	term    int64          // the lead's that what follows was learned in
	waits   bool           // it waited for tills when it looked last
	retried bool           // quarantine was looked at since the start, and since it may have helped
	pass    *pass          // under way
	// stuck are sales that could not leave their ledger or arrive, and whatever else cannot
	// be done of an account, that were told of.
	stuck map[ledger.EntryID]bool
	// undone is how many rows of a list stand before those that are looked at next.
	undone [lists]int
	aged   ledger.Millis // when nobody was left who left a working set by age
	// caughtUp says that what is projected is counted in its tills' days; daysTold is
	// when stores were last told of theirs.
	caughtUp bool
	daysTold ledger.Millis
	orphans  orphans
	// traces are of what was erased since the start and may be left in the database's
	// file; unsure says that there is more, of before it, and leftWiped how many erasures
	// could not be entered when it was wiped last.
	traces    [][]byte
	unsure    bool
	leftWiped int
	// replicated is what a synchronous standby is waited for.
	replicated replica
	// clockTold says that a person heard of the clock as it stands.
	clockTold bool
	listens   ledger.Millis // before which nothing is taken back
	mark      atomic.Int64  // the clock's, as the database has it, in ms
	keysTold  string        // the key of another process that people heard is missing here
	// forgot is what was held for signing when the key file last lost what is retired.
	forgot  atomic.Pointer[keyring.Signing]
	keyFile sync.Mutex // held by who writes hq.key

	writing   atomic.Int32 // how many are in update, or wait for it
	intake    signal       // something came for the projector
	fed       signal       // the feed has new rows
	door      door
	strangers strangers
	admits    chan struct{}
	queued    chan struct{} // who waits for room in these
	waiters   chan struct{}
	telling   chan struct{} // whose page is looked up
	shelf     shelf
	roll      roll

	terminalKeys sync.Map // ledger.TerminalID to ed25519.PublicKey, of those that asked for something
	answered     sync.Map // ledger.TerminalID to answered, of its last batch
}

// reading is what a headquarters and a read-only look at one share.
type reading struct {
	inquiry.Desk
	keys  keyring.Ring
	view  func(context.Context, func(*database.Tx) error) error
	now   func() time.Time
	chain chainInfo
	// programs are what was published.
	programs *atomic.Pointer[publication.Programs]
	// maxStop and sameClock are Options'.
	maxStop   time.Duration
	sameClock bool
	// postgres says which engine keeps the database, where its address, without a
	// password; replica is Options.Replica.
	postgres, replica bool
	where             string
}

type chainInfo struct {
	id          ledger.ChainID
	incarnation ledger.Incarnation
}

// Open opens the headquarters in a folder, and makes one with keys of its own
// where there is none. Errors are database.ErrStorage and its kin; a database
// without its own key file is refused as a *keyring.FileError.
func Open(ctx context.Context, opts Options) (*Headquarters, error) {
	opts = opts.completed()
	keys, err := opts.Home().OpenKeys(ctx)
	if err != nil {
		return nil, fmt.Errorf("open headquarters: %w", err)
	}
	db, err := opts.Home().Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open headquarters: %w", err)
	}
	h := &Headquarters{
		reading: opts.reading(keys, db),
		db:      db, dir: opts.Dir, given: opts.Policy, notify: opts.Notify,
		intake: newSignal(), fed: newSignal(), stuck: map[ledger.EntryID]bool{}, entered: map[string]ledger.ProgramRef{},
		admits: make(chan struct{}, maxRequests), queued: make(chan struct{}, maxQueued), waiters: make(chan struct{}, maxWaiters),
		telling: make(chan struct{}, opts.pagesAtOnce()),
		shelf:   shelf{pages: map[pageKey]*shelved{}},
	}
	h.roll = newRoll(h.view)
	h.keys.GoBy(h.time)
	if pg, ok := db.(*postgres.DB); ok {
		h.lead = pg.Lead()
	}
	err = h.settle(ctx)
	if err == nil {
		err = h.settleKeys(ctx)
	}
	if err == nil {
		h.unsure, err = h.unwiped(ctx)
	}
	if err == nil {
		err = h.eraseByLog(ctx)
	}
	if err == nil {
		err = h.begin(ctx, opts.Program)
	}
	if err == nil {
		err = h.readPrograms(ctx)
	}
	if err == nil {
		err = h.adoptStores(ctx)
	}
	if err == nil {
		err = h.programsChanged(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open headquarters: %w", err), db.Close())
	}
	return h, nil
}

func (o Options) reading(keys keyring.Ring, db database.Reader) reading {
	keys.GoBy(func() ledger.Millis { return ledger.MillisOf(o.Now()) })
	return reading{
		Desk: inquiry.NewDesk(keys, db, o.Now), keys: keys, view: db.View, now: o.Now, maxStop: o.MaxStop, sameClock: o.SameClock, postgres: o.Database != "", replica: o.Replica,
		programs: new(atomic.Pointer[publication.Programs]), where: o.Home().Address(),
	}
}

// settle makes the chain's row on the first start. Where nobody else can be about
// to use it, it gives back room that a grant took and a crash kept from using.
func (h *Headquarters) settle(ctx context.Context) error {
	err := h.update(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(`
			INSERT INTO chain (one, chain, incarnation, clock_mark_ms)
			VALUES (1, $1, 1, $2)
			ON CONFLICT (one) DO NOTHING`, h.keys.Chain, ledger.MillisOf(h.now()))
		return err
	})
	if err != nil {
		return err
	}
	if err := h.readChain(ctx); err != nil {
		return err
	}
	err = h.view(ctx, func(tx *database.Tx) error {
		mark, err := readClock(tx)
		h.mark.Store(int64(mark))
		if now := ledger.MillisOf(h.now()); now > mark.Add(listenFor) {
			h.listens = now.Add(listenFor)
		}
		return err
	})
	if err != nil {
		return err
	}
	if h.lead != nil {
		return nil
	}
	return h.update(ctx, authority.GiveAllBack)
}

// OpenReadOnly looks at the headquarters in a folder beside a running one. It
// changes nothing. A missing file is fs.ErrNotExist.
func OpenReadOnly(ctx context.Context, opts Options) (*Look, error) {
	opts = opts.completed()
	keys, err := keyring.Read(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("open headquarters: %w", err)
	}
	db, err := opts.Home().OpenReader(ctx)
	if err != nil {
		return nil, fmt.Errorf("open headquarters: %w", err)
	}
	l := &Look{reading: opts.reading(keys, db), db: db}
	if err := l.readChain(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open headquarters: %w", err), db.Close())
	}
	return l, nil
}

// Look is a headquarters open for reading.
type Look struct {
	reading
	db database.Reader
}

// Close ends the look. It may be called twice.
func (l *Look) Close() error { return l.db.Close() }

func (r *reading) readChain(ctx context.Context) error {
	err := r.view(ctx, func(tx *database.Tx) error {
		return tx.QueryRow(`SELECT chain, incarnation FROM chain`).Scan(&r.chain.id, &r.chain.incarnation)
	})
	if err != nil {
		return fmt.Errorf("read chain: %w", err)
	}
	if r.chain.id != r.keys.Chain {
		return keyring.OtherKeys()
	}
	return nil
}

// update runs one transaction of one key. In a round it commits nothing once another
// process has the lead; what is asked of this one meanwhile is none of that.
func (h *Headquarters) update(ctx context.Context, fn func(*database.Tx) error) error {
	term, works := ctx.Value(inTerm{}).(int64)
	if !works {
		return h.commit(ctx, fn)
	}
	return h.commit(ctx, func(tx *database.Tx) error {
		if err := h.lead.Guard(tx, term); err != nil {
			return err
		}
		return fn(tx)
	})
}

// commit runs a transaction, whoever has the lead. After a storage error it reopens the database, so that what comes next is judged by what is
// on disk.
func (h *Headquarters) commit(ctx context.Context, fn func(*database.Tx) error) error {
	h.writing.Add(1)
	defer h.writing.Add(-1)
	err := h.db.Update(ctx, fn)
	if errors.Is(err, database.ErrStorage) {
		return errors.Join(err, h.db.Reopen(context.WithoutCancel(ctx)))
	}
	return err
}

// Close closes the database. It may be called twice; Serve is ended by its
// context and awaited by its caller before.
func (h *Headquarters) Close() error {
	if h.lead == nil {
		return h.db.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownWait)
	defer cancel()
	_ = h.lead.Release(ctx) // who cannot say so is found out
	return h.db.Close()
}

// Chain returns the id of the chain this headquarters is of.
func (r *reading) Chain() ledger.ChainID { return r.chain.id }
