package sqlitedb_test

import (
	"context"
	"database/sql/driver"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
)

const (
	insertEntry   = "INSERT INTO entry (seq, body) VALUES (?, ?)"
	upsertBalance = `INSERT INTO balance (account, points) VALUES (?, ?)
		ON CONFLICT (account) DO UPDATE SET points = points + excluded.points`
)

var body = make([]byte, 300)

// BenchmarkUpdate measures one insert and one upsert per transaction beside
// the same on the driver's own prepared statements, in turns on one disk.
// "p50-ratio" is ours to bare; the goal is at most 1.15.
func BenchmarkUpdate(b *testing.B) {
	bare := newBare(b, filepath.Join(b.TempDir(), "bare.db"))
	db := opened(b, filepath.Join(b.TempDir(), "ours.db"))
	var ours, theirs []time.Duration
	seq := 0
	for b.Loop() {
		seq++
		start := time.Now()
		bare.update(b, seq)
		middle := time.Now()
		err := db.Update(b.Context(), func(tx *sqlitedb.Tx) error {
			if _, err := tx.Exec(insertEntry, seq, body); err != nil {
				return err
			}
			_, err := tx.Exec(upsertBalance, "account", 1)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		theirs, ours = append(theirs, middle.Sub(start)), append(ours, time.Since(middle))
	}
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "p50-ratio")
	b.ReportMetric(float64(median(ours).Microseconds()), "p50-µs")
	b.ReportMetric(float64(median(theirs).Microseconds()), "bare-p50-µs")
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// bare is a driver connection with prepared statements and the pragmas that
// cost time, nothing else.
type bare struct {
	begin, insert, upsert, commit driver.StmtExecContext
}

func newBare(b *testing.B, path string) bare {
	conn, err := (&sqlite3.SQLiteDriver{}).Open("file:" + path + "?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=on&_recursive_triggers=on&_secure_delete=on&_cache_size=-16000")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	if _, err := conn.(*sqlite3.SQLiteConn).Exec(schema, nil); err != nil {
		b.Fatal(err)
	}
	prepare := func(query string) driver.StmtExecContext {
		s, err := conn.Prepare(query)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		return s.(driver.StmtExecContext)
	}
	return bare{prepare("BEGIN IMMEDIATE"), prepare(insertEntry), prepare(upsertBalance), prepare("COMMIT")}
}

func (c bare) update(b *testing.B, seq int) {
	run := func(s driver.StmtExecContext, args ...driver.NamedValue) {
		if _, err := s.ExecContext(context.Background(), args); err != nil {
			b.Fatal(err)
		}
	}
	run(c.begin)
	run(c.insert, driver.NamedValue{Ordinal: 1, Value: int64(seq)}, driver.NamedValue{Ordinal: 2, Value: body})
	run(c.upsert, driver.NamedValue{Ordinal: 1, Value: "account"}, driver.NamedValue{Ordinal: 2, Value: int64(1)})
	run(c.commit)
}

// BenchmarkView measures a read transaction with one point lookup.
func BenchmarkView(b *testing.B) {
	db := opened(b, filepath.Join(b.TempDir(), "x.db"))
	add(b, db, 1)
	for b.Loop() {
		err := db.View(b.Context(), func(tx *sqlitedb.Tx) error {
			return tx.QueryRow("SELECT seq FROM entry WHERE seq = ?", 1).Scan(new(int))
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
