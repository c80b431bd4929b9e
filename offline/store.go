// Package offline is the till's own store: the journal of what happened, the
// rights to spend without asking, the directory of members, and what is still
// to be sent to headquarters, in SQLite. DESIGN.md says what it guarantees and
// what can still be lost.
//
// It decides nothing of programs and speaks to no network. The counter uses it
// as checkout.Store, the exchange as hqsync.Outbox.
package offline

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

const (
	journalFile   = "journal.db"
	directoryFile = "directory.db"

	journalID   int32 = 0x6c6f796a // "loyj"
	directoryID int32 = 0x6c6f7964 // "loyd"
)

//go:embed migration
var migrations embed.FS

// Options says whose store it is and how it judges rights.
type Options struct {
	// Dir is the data folder; the caller holds its lock.
	Dir       string
	Terminal  ledger.TerminalID
	Store     ledger.StoreID
	LookupKey keys.Lookup
	// Program is the id of the store's program; balances and rights of others
	// are neither shown nor spent.
	Program string
	// Recall folds own entries into what the store's program remembers of a
	// member; nil where it asks nothing of her, and then nothing of it is kept.
	Recall func(loyalty.State, []loyalty.Recalled) loyalty.State
	// Operator stands in the entries that the store makes itself.
	Operator string // default "-"
	// PerTerminalCap is how much of a unit this terminal may have spent and
	// held that headquarters has not counted.
	PerTerminalCap ledger.Points
	// MaxOffline is how long after its last word from headquarters a terminal
	// still redeems.
	MaxOffline time.Duration
	Now        func() time.Time
}

func (o Options) check() error {
	switch {
	case o.Dir == "":
		return errors.New("no data folder given")
	case o.Terminal.IsZero():
		return errors.New("no terminal given")
	case o.Program == "":
		return errors.New("no program given")
	case o.Now == nil:
		return errors.New("no clock given")
	case o.MaxOffline <= 0 || o.PerTerminalCap < 0:
		return errors.New("no bound on redeeming offline given")
	}
	return nil
}

// Store is an open till's store. Its methods may be called from any goroutine.
type Store struct {
	*View
	opts      Options
	journal   *sqlitedb.DB
	directory *directory
	opening   Opening

	feeding sync.Mutex // held while a page of the feed is applied, before mu
	cursor  ledger.Cursor
	fedFor  bool // the directory is known to be of the store's program
	leaving bool // headquarters tells of another program now
	// erasedUpTo is the last erasure that journal and directory are known to have done.
	erasedUpTo ledger.Millis
	// building is a directory being read from the beginning; nil where none is.
	building *building
	wentOn   bool // with what a process before this one read for it
	owed     bool // a directory was built, and what it counts may still be in the journal
	// Traces are of what was erased since the start and may be left in the files;
	// unsure says that there is more, of before it.
	journalTraces, directoryTraces [][]byte
	unsure                         bool

	group    group // of those who append
	receipts receipts
	pins     sync.Mutex // held while a member's PIN is counted and judged, before mu

	mu       turns // held by the one writer; guards what follows
	lineage  lineage
	last     int64 // the last journal row
	head     ledger.Head
	exchange exchange
	offSaved bool // the journal knows that the clock is off
	mark     *markWriter
	markErr  error // why the last write of the mark failed
	failed   error // the storage error of the last write, nil where it went well
	markedN  int64
	markedAt time.Time     // zero until the mark is of the journal as it is open
	forwards bool          // some account became another's
	pruning  pruning       // how far Prune has looked
	told     ledger.Millis // the time that headquarters told this process last; 0 none
	day      ledger.Date   // of the last entry that has one

	// gate is the exchange for readers, who never wait for the writer.
	gate atomic.Pointer[exchange]
}

// Open opens or creates the store of a till. A journal that its mark does not
// know, or whose end is damaged, begins a new epoch before anything else is
// written; one that cannot be read is moved aside and salvaged. Opening tells.
func Open(ctx context.Context, opts Options) (*Store, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if opts.Operator == "" {
		opts.Operator = "-"
	}
	s, err := openSound(ctx, opts)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := errors.Join(s.giveBackOwn(ctx), forgetAside(opts.Dir, opts.Now())); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.Close())
	}
	s.erasedUpTo = s.exchange.erasures.wiped
	s.unsure = s.exchange.erasures.wiped != s.exchange.erasures.heard
	return s, nil
}

// openSound opens a journal that can be read, or what can be salvaged of it.
func openSound(ctx context.Context, opts Options) (*Store, error) {
	if err := putBack(opts.Dir, opts.Now()); err != nil {
		return nil, err
	}
	if _, err := finishSwap(opts.Dir, opts.Now()); err != nil {
		return nil, err
	}
	s, err := openWhole(ctx, opts)
	if !errors.Is(err, sqlitedb.ErrDamaged) {
		return s, err
	}
	salvaged, err := salvage(ctx, opts)
	if err != nil {
		return nil, err
	}
	if s, err = openAsIs(ctx, opts); err == nil {
		s.opening.Salvaged = &salvaged
	}
	return s, err
}

// openWhole opens a journal unless it is known to be damaged before SQLite has
// touched it.
func openWhole(ctx context.Context, opts Options) (*Store, error) {
	if noted, err := condemned(opts.Dir); err != nil {
		return nil, err
	} else if noted {
		return nil, sqlitedb.ErrDamaged
	}
	if err := sqlitedb.Inspect(filepath.Join(opts.Dir, journalFile)); err != nil {
		return nil, err
	}
	return openAsIs(ctx, opts)
}

func newStore(opts Options) *Store {
	return &Store{opts: opts, receipts: receipts{terminal: opts.Terminal}}
}

func openAsIs(ctx context.Context, opts Options) (*Store, error) {
	s := newStore(opts)
	err := s.open(ctx)
	if err == nil {
		err = s.endSwap(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	marker, marked, err := openMark(s.opts.Dir)
	if err != nil {
		return err
	}
	s.mark = marker
	s.journal, err = sqlitedb.Open(ctx, sqlitedb.Options{
		Path:          filepath.Join(s.opts.Dir, journalFile),
		ApplicationID: journalID,
		Migrations:    migration("journal"),
	})
	if err != nil {
		return err
	}
	s.directory, s.opening.DirectoryRebuilt, err = openDirectory(ctx, filepath.Join(s.opts.Dir, directoryFile), s.opts.Recall != nil)
	if err != nil {
		return ofDirectory(err)
	}
	taken, err := loadIDs(ctx, s.journal)
	if err != nil {
		return err
	}
	s.View = &View{
		opts: s.opts, journal: s.journal, directory: s.directory, mentions: new(mentions), ids: taken, standing: s.standing,
	}
	if err := s.begin(ctx, marked); err != nil {
		return err
	}
	if err := errors.Join(s.judgeDirectory(ctx), s.judgeFeed(ctx), s.readDirectory(ctx)); err != nil {
		return err
	}
	return errors.Join(s.findOwed(), s.writeMark())
}

// readDirectory takes over what the directory says of itself. Where that cannot be read
// another is begun.
func (s *Store) readDirectory(ctx context.Context) error {
	err := s.judgeNews(ctx)
	if err == nil {
		s.cursor, err = s.directory.cursor(ctx)
	}
	if !errors.Is(err, sqlitedb.ErrStorage) {
		return err
	}
	s.opening.DirectoryRebuilt = true
	if err = s.directory.rebuild(ctx); err == nil {
		s.cursor, err = s.directory.cursor(ctx)
	}
	return ofDirectory(err)
}

// ofDirectory keeps damage of the directory from being taken for the journal's, which is
// salvaged.
func ofDirectory(err error) error {
	if errors.Is(err, sqlitedb.ErrDamaged) {
		return &sqlitedb.StorageError{Op: "open directory", Err: errors.New(err.Error())}
	}
	return err
}

// migration gives the schema of one of the two databases.
func migration(of string) fs.FS {
	sub, err := fs.Sub(migrations, "migration/"+of)
	if err != nil {
		panic(err) // the path is ours and embedded
	}
	return sub
}

// load takes over what the journal says of itself.
func (s *Store) load(ctx context.Context) error {
	if err := s.mentions.load(ctx, s.journal); err != nil {
		return fmt.Errorf("read whom the journal mentions: %w", err)
	}
	return s.journal.View(ctx, func(tx *sqlitedb.Tx) (err error) {
		if s.lineage, err = readLineage(tx); err != nil {
			return err
		}
		if len(s.lineage) == 0 {
			return nil // a new journal
		}
		if s.last, s.head, err = readHead(tx, s.lineage); err != nil {
			return err
		}
		clock := s.exchange.clock
		if s.exchange, err = readExchange(tx); err != nil {
			return err
		}
		if s.forwards, err = haveForwards(tx); err != nil {
			return err
		}
		if s.day, err = lastDay(tx); err != nil {
			return err
		}
		s.offSaved = s.exchange.clock.off
		s.exchange.clock, s.exchange.unmarked = s.exchange.clock.since(clock), s.markErr != nil
		s.publish()
		return nil
	})
}

// publish shows readers the exchange as the writer has it, and what receipts
// are numbered by.
func (s *Store) publish() {
	shown := s.exchange
	s.gate.Store(&shown)
	s.receipts.set(s.head.Epoch, shown.nextReceipt)
}

// standing is what readers judge rights by.
func (s *Store) standing(context.Context) (exchange, error) { return *s.gate.Load(), nil }

// Close writes the mark and what was read of a feed, saves a journal that lost its place
// (Sound), and closes the files. It may be called twice. The mark of a store that could not
// be opened stays what it was: the journal may not be the one that it remembers.
func (s *Store) Close() error {
	s.feeding.Lock()
	s.leaveBuilding()
	s.feeding.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.mark != nil {
		if !s.markedAt.IsZero() && s.markedN != s.last {
			err = s.writeMark()
		}
		err = errors.Join(err, s.mark.file.Close())
		s.mark = nil
	}
	if s.journal != nil {
		err = errors.Join(err, s.save(), s.journal.Close())
	}
	if s.directory != nil {
		err = errors.Join(err, s.directory.close())
	}
	return err
}

// Healthy says why the till cannot write; nil when it can. A failed disk is
// tried again, and a mark, so that one that was full and was freed recovers unaided.
func (s *Store) Healthy() error {
	directory := s.mendMissing(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil {
		s.failed = s.mend(context.Background())
	}
	if s.markErr != nil && s.mark != nil {
		_ = s.writeMark()
	}
	return errors.Join(s.failed, s.markErr, directory)
}
