package offline_test

import (
	"bytes"
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// million is how many members the directories of the benchmarks have.
const million = 1_000_000

// BenchmarkFind compares finding a member among a million with the least that
// could do it, in turns on the same file: "point" is one prepared select of
// an identifier straight on the driver, "bare" the same with all that its row
// says of the member. "idle" waits 5 ms before each lookup, as a
// till does between keys. Strangers are members of whom the till's own journal
// says nothing; a regular has a sale here that headquarters has not counted
// and a right to spend, and the bare side reads those rows too.
func BenchmarkFind(b *testing.B) {
	tl := tillWithDirectory(b, million)
	regulars := tl.regulars(200)
	bare := newBareDirectory(tl)
	for _, c := range []struct {
		name string
		idle time.Duration
		find func(i int) string
		bare func(number string)
	}{
		{"strangers", 0, func(i int) string { return number(200 + i*7919%(million-200)) }, bare.stranger},
		{"strangers, idle", 5 * time.Millisecond, func(i int) string { return number(200 + i*7919%(million-200)) }, bare.stranger},
		{"regulars", 0, func(i int) string { return number(i * 7919 % regulars) }, bare.regular},
		{"regulars, idle", 5 * time.Millisecond, func(i int) string { return number(i * 7919 % regulars) }, bare.regular},
	} {
		b.Run(c.name, func(b *testing.B) {
			var point, whole, store []time.Duration
			for i := range max(b.N, 100) {
				point = append(point, timed(c.idle, func() { bare.run(bare.point, bare.key(c.find(3*i))) }))
				whole = append(whole, timed(c.idle, func() { c.bare(c.find(3*i + 1)) }))
				store = append(store, timed(c.idle, func() {
					if _, err := tl.Find(context.Background(), ledger.PhoneIdentifier, c.find(3*i+2)); err != nil {
						b.Fatal(err)
					}
				}))
			}
			b.ReportMetric(ratio(store, whole, 50), "p50_ratio")
			b.ReportMetric(ratio(store, whole, 99), "p99_ratio")
			b.ReportMetric(ratio(store, point, 50), "p50_to_point")
			b.ReportMetric(float64(percentile(point, 50).Nanoseconds()), "point_p50_ns")
			b.ReportMetric(float64(percentile(whole, 50).Nanoseconds()), "bare_p50_ns")
			b.ReportMetric(float64(percentile(store, 50).Nanoseconds()), "store_p50_ns")
			b.ReportMetric(float64(percentile(whole, 99).Nanoseconds()), "bare_p99_ns")
			b.ReportMetric(float64(percentile(store, 99).Nanoseconds()), "store_p99_ns")
			b.ReportMetric(0, "ns/op") // the three in turns have no rate of their own
			for _, g := range []struct {
				p     int
				limit float64
			}{{50, 1.5}, {99, 2}} {
				testkit.Goal{
					Number: 3, What: fmt.Sprintf("lookup among a million, %s, p%d", c.name, g.p),
					Ours: micros(percentile(store, g.p)), Bare: micros(percentile(whole, g.p)), Unit: "µs", Limit: g.limit,
				}.Print(b)
			}
		})
	}
}

// BenchmarkDirectoryBytes prints what a member takes on disk, as the feed
// brings members one after the other and as they are when the file has been vacuumed.
func BenchmarkDirectoryBytes(b *testing.B) {
	const members = 100_000
	tl := newTill(b)
	for first := 0; first < members; first += 100 {
		var changes []ledger.Change
		for i := first; i < first+100; i++ {
			changes = append(changes, tl.row(ledger.Position(i+1), newAccountID(), number(i), ledger.Balance{
				Program: program, Unit: points, Available: 1234,
			}, ledger.Place{}))
		}
		tl.apply(changes...)
	}
	tl.must("close", tl.Close())
	size := func() float64 {
		info, err := os.Stat(tl.path("directory.db"))
		tl.must("stat", err)
		return float64(info.Size()) / members
	}
	b.ReportMetric(size(), "fed_B/member")
	tl.must("vacuum", raw(b, tl.path("directory.db"), `VACUUM`))
	b.ReportMetric(size(), "vacuumed_B/member")
	b.ReportMetric(0, "ns/op")
}

func timed(idle time.Duration, run func()) time.Duration {
	time.Sleep(idle)
	before := time.Now()
	run()
	return time.Since(before)
}

func percentile(took []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)*p/100]
}

func ratio(a, b []time.Duration, p int) float64 {
	return float64(percentile(a, p)) / float64(percentile(b, p))
}

func number(i int) string { return fmt.Sprintf("+90532%07d", i) }

// tillWithDirectory is a till whose directory has members by number. They are
// written in order straight to the file: the feed would take minutes.
func tillWithDirectory(b *testing.B, members int) *till {
	b.Helper()
	tl := newTill(b)
	tl.must("close", tl.Close())
	conn, err := (&sqlite3.SQLiteDriver{}).Open("file:" + tl.path("directory.db") + "?_synchronous=OFF&_cache_size=-64000")
	tl.must("open directory", err)
	defer conn.Close()
	exec := func(query string, args ...driver.Value) {
		_, err := conn.(*sqlite3.SQLiteConn).Exec(query, args)
		tl.must("fill directory", err)
	}
	each := func(query string, args func(i int) []driver.Value) {
		s, err := conn.Prepare(query)
		tl.must("prepare", err)
		defer s.Close()
		for i := range members {
			if _, err := s.(*sqlite3.SQLiteStmt).Exec(args(i)); err != nil {
				b.Fatal(err)
			}
		}
	}
	type found struct {
		hash    ledger.KeyedHash
		account ledger.AccountID
	}
	list := make([]found, members)
	for i := range list {
		list[i] = found{tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, number(i)), newAccountID()}
	}
	exec(`BEGIN`)
	exec(`INSERT INTO main_unit (one, program, unit) VALUES (1, 'starter', 'points')`)
	slices.SortFunc(list, func(a, b found) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	each(`
		INSERT INTO member (key, rest, account, name, as_of_s, available)
		VALUES (?, ?, ?, 'A B', ?, ?)`, func(i int) []driver.Value {
		return []driver.Value{key48(list[i].hash), list[i].hash[10:], list[i].account[:], int64(tl.now()) / 1000, int64(i % 5000)}
	})
	exec(`UPDATE feed SET incarnation = 1, position = ?`, int64(members))
	exec(`COMMIT`)
	exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	tl.open()
	tl.greet()
	return tl
}

func key(hash ledger.KeyedHash) int64 { return int64(binary.BigEndian.Uint64(hash[:8])) }

// key48 is the place of a hash in the directory.
func key48(hash ledger.KeyedHash) int64 { return int64(binary.BigEndian.Uint64(hash[:8]) >> 16) }

// regulars gives the first members a sale and a right.
func (tl *till) regulars(count int) int {
	for i := range count {
		m, err := tl.Find(context.Background(), ledger.PhoneIdentifier, number(i))
		tl.must("find", err)
		tl.append(tl.sale(m.Account, 19))
		tl.addRight(m.Account, 500, time.Hour)
	}
	return count
}

// bareDirectory is a directory read with prepared statements on the driver.
type bareDirectory struct {
	unsettled, rights *sqlite3.SQLiteStmt // in the journal
	tl                *till
	point, whole      *sqlite3.SQLiteStmt
}

func newBareDirectory(tl *till) bareDirectory {
	b := tl.t
	open := func(name string) driver.Conn {
		conn, err := (&sqlite3.SQLiteDriver{}).Open("file:" + tl.path(name) + "?mode=ro")
		tl.must("open", err)
		b.Cleanup(func() { conn.Close() })
		return conn
	}
	directory, journal := open("directory.db"), open("journal.db")
	prepare := func(conn driver.Conn, query string) *sqlite3.SQLiteStmt {
		s, err := conn.Prepare(query)
		tl.must("prepare", err)
		b.Cleanup(func() { s.Close() })
		return s.(*sqlite3.SQLiteStmt)
	}
	return bareDirectory{
		tl:    tl,
		point: prepare(directory, `SELECT rest, account FROM member WHERE key = ?`),
		whole: prepare(directory, `
			SELECT rest, account, name, as_of_s, available, more
			FROM member
			WHERE key = ?`),
		unsettled: prepare(journal, `SELECT unit, n, available, escrowed, pending FROM unsettled WHERE account = +?`),
		rights: prepare(journal, `
			SELECT unit, amount - spent - held - returned, spend_until_ms
			FROM rights
			WHERE account = +? AND program = 'starter' AND closed IS NULL`),
	}
}

// stranger reads her row, regular also what the journal has of her.
func (d bareDirectory) stranger(number string) { d.run(d.whole, d.key(number)) }

func (d bareDirectory) regular(number string) {
	row := d.run(d.whole, d.key(number))
	account := ledger.AccountID(row[1].([]byte)).String()
	d.run(d.unsettled, account)
	d.run(d.rights, account)
}

func (d bareDirectory) key(number string) int64 {
	return key48(d.tl.opts.LookupKey.Hash(ledger.PhoneIdentifier, number))
}

// run gives the one row of a statement.
func (d bareDirectory) run(s *sqlite3.SQLiteStmt, key driver.Value) []driver.Value {
	rows, err := s.Query([]driver.Value{key})
	d.tl.must("query", err)
	defer rows.Close()
	values := make([]driver.Value, len(rows.Columns()))
	d.tl.must("read row", rows.Next(values))
	if err := rows.Next(make([]driver.Value, len(values))); !errors.Is(err, io.EOF) {
		d.tl.t.Fatalf("second row: %v", err)
	}
	return values
}
