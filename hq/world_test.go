package hq_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"flag"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/hq/authority"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/audit"
	"github.com/loyaltyd/loyaltyd/hq/event"
	"github.com/loyaltyd/loyaltyd/hq/inquiry"
	"github.com/loyaltyd/loyaltyd/internal/postgres/postgrestest"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

// onPostgres has each test's headquarters on PostgreSQL instead of SQLite:
// go test ./hq -args -postgres.
var onPostgres = flag.Bool("postgres", false, "headquarters on PostgreSQL")

// runTwice has each transaction run twice: go test ./hq -args -twice.
var runTwice = flag.Bool("twice", false, "each transaction of headquarters runs twice, first in vain")

// keysApart has each key's transaction commit by itself, as where keys live apart:
// go test ./hq -args -apart.
var keysApart = flag.Bool("apart", false, "each key of headquarters has commits of its own")

// world is a headquarters with one store, served over TLS, and its clock.
type world struct {
	testing.TB
	dir       string
	database  string            // PostgreSQL's; empty: hq.db in dir
	copies    map[string]string // of it, by the folder of a backup
	hq        *hq.Headquarters
	url       string
	maxStop   time.Duration
	sameClock bool
	replica   bool             // a synchronous standby makes things durable
	program   *loyalty.Program // nil: none, and rights by policy()
	server    *httptest.Server

	mu     sync.Mutex
	at     time.Time
	breaks int // whoever reads the clock as the nth from now on panics; 0: nobody
	events []event.Event
}

const unit = ledger.Unit("points")

var program = ledger.ProgramRef{ID: "starter", Version: 1, Hash: ledger.HashOf([]byte("starter"))}

func policy() authority.Policy {
	return authority.Policy{
		Program: program, ShareNum: 1, ShareDen: 2, Cap: 2000, PerTerminal: 20000,
		SpendFor: 72 * time.Hour, Grace: 7 * 24 * time.Hour,
		Cheapest: func(u ledger.Unit) (ledger.Points, bool) { return 100, u == unit },
	}
}

// newWorld opens a headquarters in a new folder.
func newWorld(tb testing.TB) *world { return newWorldOf(tb, nil) }

// newWorldOf opens one that has a program.
func newWorldOf(tb testing.TB, p *loyalty.Program) *world {
	tb.Helper()
	w := &world{TB: tb, program: p}
	if *onPostgres {
		w.database = postgrestest.Shared(tb).Database(tb)
	}
	w.found()
	return w
}

// newWorldOn opens one on PostgreSQL, whatever the flag says.
func newWorldOn(tb testing.TB, cluster *postgrestest.Cluster) *world {
	tb.Helper()
	w := &world{TB: tb, database: cluster.Database(tb)}
	w.found()
	return w
}

func (w *world) found() {
	w.Helper()
	w.dir, w.copies, w.at = w.TempDir(), map[string]string{}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w.open()
	currency := ledger.Currency("TRY")
	if w.program != nil {
		currency = w.program.Currency()
	}
	err := w.hq.CreateStore(context.Background(), wire.Store{
		ID: "0001", Name: "First", Currency: currency, TimeZone: "Europe/Istanbul", Region: "TR",
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) open() {
	w.Helper()
	options := hq.Options{Dir: w.dir, Database: w.database, Now: w.now, MaxStop: w.maxStop, SameClock: w.sameClock, Policy: policy(), Notify: w.note, Replica: w.replica}
	if w.program != nil {
		options.Program, options.Policy = w.program, authority.PolicyOf(w.program)
	}
	h, err := hq.Open(context.Background(), options)
	if err != nil {
		w.Fatal(err)
	}
	if *keysApart {
		hq.Apart(h)
	}
	if *runTwice {
		hq.Twice(h)
	}
	config, err := h.TLSConfig()
	if err != nil {
		w.Fatal(err)
	}
	w.hq = h
	w.server = httptest.NewUnstartedServer(h.Handler())
	w.url = "https://" + w.server.Listener.Addr().String() // StartTLS would show a certificate of its own
	w.server.Listener = tls.NewListener(w.server.Listener, config)
	w.server.Start()
	server := w.server
	w.Cleanup(func() { server.Close(); h.Close() })
}

// restart closes headquarters and opens it again on the same folder.
func (w *world) restart() {
	w.Helper()
	w.server.Close()
	if err := w.hq.Close(); err != nil {
		w.Fatal(err)
	}
	w.open()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.breaks > 0 {
		if w.breaks--; w.breaks == 0 {
			panic(http.ErrAbortHandler) // the one that net/http does not log
		}
	}
	return w.at
}

// breakOff has whoever reads the clock as the nth from now on panic; 0: nobody.
func (w *world) breakOff(nth int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.breaks = nth
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.at = w.at.Add(d)
	w.mu.Unlock()
}

// workFor lets n spans pass that headquarters' clock is believed over, and works after
// each.
func (w *world) workFor(n int) {
	for range n {
		w.pass(23 * time.Hour)
		w.work()
	}
}

func (w *world) note(e event.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, e)
}

// told counts events of a kind.
func (w *world) told(what string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.What == what {
			n++
		}
	}
	return n
}

// toldOnce wants people to have been told of one event of a kind.
func (w *world) toldOnce(what string) {
	w.Helper()
	if n := w.told(what); n != 1 {
		w.Errorf("people were told %d times, want once", n)
	}
}

func (w *world) work() {
	w.Helper()
	if err := w.hq.Work(context.Background()); err != nil {
		w.Fatal(err)
	}
}

// clean fails the test unless Verify and Fsck find nothing.
func (w *world) clean() {
	w.Helper()
	for _, f := range w.verify() {
		w.Error("verify: ", f)
	}
	checked, err := w.hq.Fsck(context.Background(), nil)
	if err != nil {
		w.Fatal(err)
	}
	for _, f := range checked.Findings {
		w.Error("fsck: ", f)
	}
	if checked.Decided != checked.Rows {
		w.Errorf("fsck decided %d of %d rows again", checked.Decided, checked.Rows)
	}
}

func (w *world) verify() []audit.Finding {
	w.Helper()
	found, err := w.hq.Verify(context.Background(), nil)
	if err != nil {
		w.Fatal(err)
	}
	return found
}

// balance is what headquarters has of a number's points.
func (w *world) balance(e164 string) ledger.Balance {
	w.Helper()
	m := w.member(e164)
	for _, b := range m.Balances {
		if b.Unit == unit {
			return b
		}
	}
	return ledger.Balance{}
}

func (w *world) member(e164 string) inquiry.MemberState {
	w.Helper()
	m, err := w.hq.MemberByPhone(context.Background(), e164)
	if err != nil {
		w.Fatal(err)
	}
	return m
}

func (w *world) status() hq.Status {
	w.Helper()
	s, err := w.hq.Status(context.Background())
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// What tests damage is damaged in SQLite's words; PostgreSQL has others.
var (
	asText = regexp.MustCompile(`CAST\(replace\(CAST\((\w+) AS TEXT\), (.*)\) AS BLOB\)`)
	zeros  = regexp.MustCompile(`zeroblob\(([^()]+|length\(\w+\))\)`)
)

// behind opens the database behind headquarters' back.
func (w *world) behind() *sql.DB {
	w.Helper()
	driver, name := "sqlite3", filepath.Join(w.dir, "hq.db")
	if w.database != "" {
		driver, name = "pgx", w.database
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		w.Fatal(err)
	}
	return db
}

// sql runs a statement on the database behind headquarters' back.
func (w *world) sql(query string, args ...any) {
	w.Helper()
	if w.database != "" {
		query = asText.ReplaceAllString(query, "convert_to(replace(convert_from($1, 'UTF8'), $2), 'UTF8')")
		query = zeros.ReplaceAllString(query, "decode(repeat('00', $1), 'hex')")
	}
	db := w.behind()
	defer db.Close()
	result, err := db.Exec(query, args...)
	if err != nil {
		w.Fatal(err)
	}
	if n, _ := result.RowsAffected(); n == 0 {
		w.Fatalf("%s changed nothing", query)
	}
}

// stop lets whatever is done to rows of a table fail, until it is called again.
func (w *world) stop(doing, table string) (again func()) {
	w.Helper()
	set := []string{`CREATE TRIGGER stop BEFORE ` + doing + ` ON ` + table + ` BEGIN SELECT RAISE(ABORT, 'stopped'); END`}
	drop := `DROP TRIGGER stop`
	if w.database != "" {
		set = []string{
			`CREATE OR REPLACE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = 'check_violation'; END$$`,
			`CREATE TRIGGER stop BEFORE ` + doing + ` ON ` + table + ` FOR EACH ROW EXECUTE FUNCTION stop()`,
		}
		drop += ` ON ` + table
	}
	w.statements(set)
	return func() { w.statements([]string{drop}) }
}

// statements runs some that change no rows.
func (w *world) statements(all []string) {
	w.Helper()
	db := w.behind()
	defer db.Close()
	for _, statement := range all {
		if _, err := db.Exec(statement); err != nil {
			w.Fatal(err)
		}
	}
}
