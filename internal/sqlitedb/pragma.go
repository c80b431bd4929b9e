package sqlitedb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"

	"github.com/mattn/go-sqlite3"
)

// rawConn is the driver's own connection.
type rawConn = *sqlite3.SQLiteConn

// pragma is one setting of a connection: the statement that sets it, and what
// reading it must give. SQLite and the driver accept a misspelt setting in
// silence, so reading back is the only proof.
type pragma struct {
	name string
	set  string // empty where it is only read
	read string
	want string
}

// common holds for writers and readers. secure_delete overwrites deleted
// content with zeros: an erased person must not survive in free pages.
// mmap stays off: on a cold file its fault-around reads megabytes, and an I/O
// error under it is a signal instead of an error.
var common = []pragma{
	{"synchronous", "PRAGMA synchronous = FULL", "PRAGMA synchronous", "2"},
	{"foreign_keys", "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1"},
	{"recursive_triggers", "PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers", "1"},
	{"busy_timeout", "PRAGMA busy_timeout = 5000", "PRAGMA busy_timeout", "5000"},
	{"trusted_schema", "PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0"},
	{"cell_size_check", "PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1"},
	{"temp_store", "PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2"},
	{"journal_size_limit", "PRAGMA journal_size_limit = 67108864", "PRAGMA journal_size_limit", "67108864"},
	{"wal_autocheckpoint", "PRAGMA wal_autocheckpoint = 1000", "PRAGMA wal_autocheckpoint", "1000"},
	{"mmap_size", "PRAGMA mmap_size = 0", "PRAGMA mmap_size", "0"},
	{"secure_delete", "PRAGMA secure_delete = ON", "PRAGMA secure_delete", "1"},
}

// The writer's cache is small: a terminal has two of them and 40 MiB in all,
// and what falls out of it is in the system's.
var writerPragmas = append([]pragma{
	{"journal_mode", "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal"},
	{"cache_size", "PRAGMA cache_size = -4000", "PRAGMA cache_size", "-4000"},
	{"query_only", "PRAGMA query_only = OFF", "PRAGMA query_only", "0"},
}, common...)

var readerPragmas = append([]pragma{
	{"journal_mode", "", "PRAGMA journal_mode", "wal"},
	{"query_only", "PRAGMA query_only = ON", "PRAGMA query_only", "1"},
}, common...)

// writerPragmas are the writer's with what its options change.
func (db *DB) writerPragmas() []pragma {
	changed := slices.Clone(writerPragmas)
	for i := range changed {
		p := &changed[i]
		switch {
		case p.name == "temp_store" && db.opts.SortInFiles:
			p.set, p.want = "PRAGMA temp_store = FILE", "1"
		case p.name == "wal_autocheckpoint" && db.opts.CheckpointPages > 0:
			p.want = strconv.Itoa(db.opts.CheckpointPages)
			p.set = "PRAGMA wal_autocheckpoint = " + p.want
		case p.name == "cache_size" && db.opts.CacheKiB > 0:
			p.want = strconv.Itoa(-db.opts.CacheKiB)
			p.set = "PRAGMA cache_size = " + p.want
		}
	}
	return changed
}

// dsn names the file for the driver. It sets synchronous itself because the
// driver otherwise sets NORMAL, and a hot journal of a half-made file may be
// rolled back before our own pragmas run. psow=0 keeps a commit out of the sector
// in which the one before it ends: SQLite otherwise trusts a disk whose power is
// cut not to spoil what stands beside what it writes, which cards do not promise.
// _mutex=no spares a lock for each value bound or read: one goroutine at a time uses a
// connection.
func dsn(path, mode string) string {
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=" + mode + "&_synchronous=FULL&_mutex=no&psow=0"
}

// connector makes connections that are set up and proven.
type connector struct {
	dsn     string
	pragmas []pragma
	check   func(rawConn) error // sees the database before anything in it is changed
	tamper  func(rawConn) error
}

// Driver is part of driver.Connector.
func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// Connect opens one connection, or says which condition it does not meet.
func (c connector) Connect(context.Context) (driver.Conn, error) {
	opened, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	raw := opened.(rawConn)
	if err := c.prove(raw); err != nil {
		raw.Close() // the reason to give up is the one to tell
		return nil, err
	}
	return raw, nil
}

func (c connector) prove(raw rawConn) error {
	if err := c.check(raw); err != nil {
		return err
	}
	for _, p := range c.pragmas {
		if p.set == "" {
			continue
		}
		if _, err := raw.Exec(p.set, nil); err != nil {
			return fmt.Errorf("set pragma %s: %w", p.name, err)
		}
	}
	if c.tamper != nil {
		if err := c.tamper(raw); err != nil {
			return err
		}
	}
	for _, p := range c.pragmas {
		got, err := readValue(raw, p.read)
		if err != nil {
			return fmt.Errorf("read pragma %s: %w", p.name, err)
		}
		if have := fmt.Sprint(got); have != p.want {
			return fmt.Errorf("pragma %s is %q, must be %q: this SQLite or this file cannot keep what is told", p.name, have, p.want)
		}
	}
	return nil
}

// readValue gives the first column of a statement's first row.
func readValue(raw rawConn, query string) (any, error) {
	rows, err := raw.Query(query, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	dest := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(dest); errors.Is(err, io.EOF) || len(dest) == 0 {
		return nil, errors.New("no row")
	} else if err != nil {
		return nil, err
	}
	return dest[0], nil
}

// identity is what a database file says it is.
type identity struct {
	applicationID int64
	userVersion   int64
	objects       int64 // tables, indexes, views and triggers
}

// empty tells a file that nothing was ever written to.
func (id identity) empty() bool { return id == identity{} }

func readIdentity(raw rawConn) (identity, error) {
	var id identity
	for _, field := range []struct {
		query string
		to    *int64
	}{
		{"PRAGMA application_id", &id.applicationID},
		{"PRAGMA user_version", &id.userVersion},
		{"SELECT count(*) FROM sqlite_schema", &id.objects},
	} {
		value, err := readValue(raw, field.query)
		if err != nil {
			return identity{}, fmt.Errorf("read %q: %w", field.query, err)
		}
		n, ok := value.(int64)
		if !ok {
			return identity{}, fmt.Errorf("read %q: %v is no integer", field.query, value)
		}
		*field.to = n
	}
	return id, nil
}

// oldestLibrary is the first SQLite without the bug that skips committed pages
// when one connection writes while another checkpoints.
const oldestLibrary = 3_051_003

func libraryVersion() (number int, text string) {
	text, number, _ = sqlite3.Version()
	return number, text
}

func checkVersion(number int, text string) error {
	if number < oldestLibrary {
		return fmt.Errorf("SQLite %s can lose committed data (WAL reset bug): build with 3.51.3 or later", text)
	}
	return nil
}

// Version gives the SQLite library's version, "3.54.1".
func Version() string {
	_, text := libraryVersion()
	return text
}
