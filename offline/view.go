package offline

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// View reads a till's store. A Store is one; OpenReadOnly gives one beside a
// running daemon.
type View struct {
	opts      Options
	journal   reader
	directory versioned
	mentions  *mentions // nil where somebody else writes
	ids       *ids      // likewise
	words     atomic.Pointer[words]
	recent    recent
	foreign   atomic.Bool            // the directory is of another program
	neighbors atomic.Bool            // the store's other lanes are heard of, through a hub
	bound     atomic.Pointer[bounds] // nil: what opts say
	// standing gives what redeeming is judged by.
	standing func(context.Context) (exchange, error)
	close    func() error
}

type reader interface {
	View(ctx context.Context, fn func(*sqlitedb.Tx) error) error
	Lookup(ctx context.Context, each func(*sqlitedb.Values) error, query string, args ...driver.Value) error
}

// versioned tells two states of a database apart: while version gives the same
// steady number, nothing has changed.
type versioned interface {
	reader
	version() uint64
}

// changing is the version of what may be changing at any time.
const changing uint64 = 1

func steady(version uint64) bool { return version%2 == 0 }

// OpenReadOnly opens a till's folder for reading, whether a daemon runs there
// or not. It creates nothing, changes nothing and never checkpoints. A folder
// without a journal is fs.ErrNotExist.
func OpenReadOnly(ctx context.Context, opts Options) (*View, error) {
	if err := opts.check(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	journal, err := openReader(ctx, filepath.Join(opts.Dir, journalFile), journalID, migration("journal"))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	v := &View{opts: opts, journal: journal, directory: absent{}, close: journal.Close}
	v.standing = v.readStanding
	if err := v.judgeDirectory(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), journal.Close())
	}
	if err := v.openDirectory(ctx, filepath.Join(opts.Dir, directoryFile)); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), v.Close())
	}
	return v, nil
}

// openDirectory opens the directory, where there is one. It is a cache: one that is
// damaged, which the next start makes anew, keeps nobody from reading the journal.
func (v *View) openDirectory(ctx context.Context, path string) error {
	directory, err := openReader(ctx, path, directoryID, migration("directory"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.Is(err, sqlitedb.ErrStorage):
		v.directory = absent{why: err}
		return nil
	case err != nil:
		return err
	}
	journal := v.close
	v.directory = another{directory}
	v.close = func() error { return errors.Join(journal(), directory.Close()) }
	if err := v.judgeNews(ctx); !errors.Is(err, sqlitedb.ErrStorage) {
		return err
	}
	return nil // whoever reads what is damaged is told
}

// openReader opens a database that has the schema of these migrations.
func openReader(ctx context.Context, path string, id int32, schema fs.FS) (*sqlitedb.Reader, error) {
	reader, err := sqlitedb.OpenReadOnly(ctx, path, id)
	if err != nil {
		return nil, err
	}
	if err := reader.HasSchema(ctx, schema); err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return reader, nil
}

// Close closes what OpenReadOnly opened. It may be called twice.
func (v *View) Close() error { return v.close() }

// another is a directory that a daemon may be writing.
type another struct{ *sqlitedb.Reader }

func (another) version() uint64 { return changing }

// absent is the directory of a folder that has none, or one that cannot be opened.
type absent struct{ why error }

// View implements reader.
func (a absent) View(context.Context, func(*sqlitedb.Tx) error) error {
	return fmt.Errorf("read directory: %w", cmp.Or(a.why, fs.ErrNotExist))
}

// Lookup implements reader.
func (a absent) Lookup(ctx context.Context, _ func(*sqlitedb.Values) error, _ string, _ ...driver.Value) error {
	return a.View(ctx, nil)
}

func (absent) version() uint64 { return changing }

// isNoDirectory reports whether an error says that there is no directory, or that it
// cannot be read: what is the journal's is told without it.
func isNoDirectory(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, sqlitedb.ErrStorage)
}

func (v *View) readStanding(ctx context.Context) (x exchange, err error) {
	err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error {
		x, err = readExchange(tx)
		return err
	})
	if err != nil {
		return x, err
	}
	m, _, err := v.readMark()
	x.clock.mark = max(x.clock.mark, m.clock)
	return x, err
}

// readMark gives the mark; false where there is none.
func (v *View) readMark() (mark, bool, error) {
	f, err := os.Open(filepath.Join(v.opts.Dir, markFile))
	if errors.Is(err, fs.ErrNotExist) {
		return mark{}, false, nil
	}
	if err != nil {
		return mark{}, false, fmt.Errorf("read mark: %w", err)
	}
	defer f.Close()
	return readMark(f)
}

// Status is how a till's store stands.
type Status struct {
	Terminal ledger.TerminalID
	Head     ledger.Head
	Acked    ledger.Head // up to where headquarters has the chain
	Unsent   int         // entries
	// OldestUnsent is the time in the first unsent entry; 0 where all is sent.
	OldestUnsent ledger.Millis
	OpenRights   []UnitRights
	Fenced       bool
	// NoRedeem is why this terminal may not redeem now, nil where it may.
	NoRedeem    *loyalty.NoRedeem
	LastContact ledger.Millis // by the clock that is believed; 0 where none was yet
	// ClockMark is the highest time seen; ClockOff says that our clock was found
	// wrong against it, until headquarters tells the time or AcceptClock.
	ClockMark   ledger.Millis
	ClockOff    bool
	Incarnation ledger.Incarnation
	Cursor      ledger.Cursor
	Durable     ledger.Place // zero where nothing is yet
	WALBytes    int64        // of both databases; over 64 MB somebody holds a read open
}

// UnitRights are the open rights to one unit of a program: what a lost till could
// cost.
type UnitRights struct {
	Program string
	Unit    ledger.Unit
	Count   int
	Rest    ledger.Points // neither spent nor returned
}

// Status tells how the store stands.
func (v *View) Status(ctx context.Context) (st Status, err error) {
	x, err := v.standing(ctx)
	if err == nil {
		err = v.journal.View(ctx, func(tx *sqlitedb.Tx) error { return v.readStatus(tx, x, &st) })
	}
	if err != nil {
		return st, fmt.Errorf("status: %w", err)
	}
	err = v.directory.View(ctx, func(tx *sqlitedb.Tx) error {
		st.Cursor, err = readCursor(tx)
		return err
	})
	if err != nil && !isNoDirectory(err) {
		return st, fmt.Errorf("status: %w", err)
	}
	for _, name := range []string{journalFile, directoryFile} {
		if info, err := os.Stat(filepath.Join(v.opts.Dir, name+"-wal")); err == nil {
			st.WALBytes += info.Size()
		}
	}
	return st, nil
}

func (v *View) readStatus(tx *sqlitedb.Tx, x exchange, st *Status) (err error) {
	l, err := readLineage(tx)
	if err != nil {
		return err
	}
	if len(l) == 0 {
		return errors.New("the journal has no epoch yet")
	}
	if st.Terminal, err = readTerminal(tx); err != nil {
		return err
	}
	last, head, err := readHead(tx, l)
	if err != nil {
		return err
	}
	st.Head, st.Acked, st.Fenced, st.LastContact, st.Incarnation = head, x.acked, x.fenced, x.contact, x.incarnation
	st.ClockMark, st.ClockOff = x.clock.mark, x.clock.look(v.opts.Now()).off
	st.NoRedeem = x.refuses(v.opts.Now(), v.bounds().maxOffline)
	if n, ok := l.row(x.durable.Epoch, x.durable.Branch, x.durable.Seq, last); ok {
		st.Durable = l.place(st.Terminal, n)
	}
	unsent := l.after(x.acked.Epoch, x.acked.Seq, last)
	for _, r := range unsent {
		st.Unsent += int(r.last - r.first + 1)
	}
	if len(unsent) > 0 {
		if err := tx.QueryRow(`SELECT at_ms FROM journal WHERE n = ?`, unsent[0].first).Scan(&st.OldestUnsent); err != nil {
			return fmt.Errorf("read oldest unsent: %w", err)
		}
	}
	st.OpenRights, err = sumRights(tx)
	return err
}

func sumRights(tx *sqlitedb.Tx) ([]UnitRights, error) {
	rows, err := tx.Query(`
		SELECT program, unit, count(*), sum(amount - spent - returned)
		FROM rights
		WHERE closed IS NULL
		GROUP BY program, unit
		ORDER BY program, unit`)
	if err != nil {
		return nil, fmt.Errorf("sum up rights: %w", err)
	}
	defer rows.Close()
	var sums []UnitRights
	for rows.Next() {
		var u UnitRights
		if err := rows.Scan(&u.Program, &u.Unit, &u.Count, &u.Rest); err != nil {
			return nil, fmt.Errorf("sum up rights: %w", err)
		}
		sums = append(sums, u)
	}
	return sums, rows.Err()
}
