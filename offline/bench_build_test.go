package offline_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// BenchmarkBuild compares, by turns, a directory that is built from the beginning of the
// feed with the same rows written in their order by one prepared statement, and what
// finds them by account. Both are processor time.
func BenchmarkBuild(b *testing.B) {
	const members, page = 400_000, 500
	var ours, bare time.Duration
	for b.Loop() {
		tl := newTill(b)
		changes := make([]ledger.Change, 0, page)
		for i := range members {
			c := tl.row(ledger.Position(i+1), newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: ledger.Points(i % 5000)}, ledger.Place{})
			c.Account.Name = "A*** B***"
			if changes = append(changes, c); len(changes) < page {
				continue
			}
			next := ledger.Cursor{Incarnation: 1, Position: c.Position}
			ours += processorTime(func() { tl.must("apply", tl.Apply(context.Background(), changes, next)) })
			changes = changes[:0]
		}
		ours += processorTime(func() { tl.must("end", tl.EndFeed(context.Background())) })
		tl.must("close", tl.Close())
		bare += buildBare(b, tl.path("directory.db"))
	}
	perMember := func(all time.Duration) float64 {
		return float64(all.Nanoseconds()) / 1000 / float64(b.N*members)
	}
	b.ReportMetric(perMember(ours), "µs/member")
	b.ReportMetric(perMember(bare), "bare-µs/member")
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
	testkit.Goal{Number: 5, What: "directory built from the feed, processor time a member", Ours: perMember(ours), Bare: perMember(bare), Unit: "µs", Limit: 1.3}.Print(b)
}

// processorTime is what this process runs until a function returns.
func processorTime(run func()) time.Duration {
	var before, after syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	run()
	syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	spent := func(u syscall.Rusage) int64 { return u.Utime.Nano() + u.Stime.Nano() }
	return time.Duration(spent(after) - spent(before))
}

// buildBare writes a directory's rows in their order to a new file, and gives the
// processor time of that without reading them.
func buildBare(b *testing.B, directory string) (spent time.Duration) {
	from := openBare(b, directory+"?mode=ro")
	to := openBare(b, filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_cache_size=-16000")
	exec := func(statement string) {
		if _, err := to.Exec(statement, nil); err != nil {
			b.Fatal(err)
		}
	}
	exec(`CREATE TABLE member (key INTEGER PRIMARY KEY, rest BLOB, account BLOB, name TEXT, as_of_s INTEGER, available INTEGER, more TEXT) STRICT`)
	exec(`CREATE TABLE whereabouts (begins INTEGER PRIMARY KEY, places BLOB) STRICT`)
	for read, insert := range map[string]string{
		`SELECT key, rest, account, name, as_of_s, available, more FROM member ORDER BY key`: `INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?)`,
		`SELECT begins, places FROM whereabouts ORDER BY begins`:                             `INSERT INTO whereabouts VALUES (?, ?)`,
	} {
		rows, err := from.Query(read, nil)
		if err != nil {
			b.Fatal(err)
		}
		statement, err := to.Prepare(insert)
		if err != nil {
			b.Fatal(err)
		}
		for more := true; more; {
			var some [][]driver.Value
			some, more = nextRows(b, rows)
			spent += processorTime(func() {
				exec(`BEGIN`)
				for _, row := range some {
					if _, err := statement.(*sqlite3.SQLiteStmt).Exec(row); err != nil {
						b.Fatal(err)
					}
				}
				exec(`COMMIT`)
			})
		}
		rows.Close()
		statement.Close()
	}
	return spent + processorTime(func() { to.Close() })
}

func openBare(b *testing.B, name string) *sqlite3.SQLiteConn {
	conn, err := (&sqlite3.SQLiteDriver{}).Open("file:" + name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return conn.(*sqlite3.SQLiteConn)
}

// nextRows gives as many rows as a commit has, and whether there may be more.
func nextRows(b *testing.B, rows driver.Rows) (some [][]driver.Value, more bool) {
	const atCommit = 40_000
	for len(some) < atCommit {
		row := make([]driver.Value, len(rows.Columns()))
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return some, false
		} else if err != nil {
			b.Fatal(err)
		}
		some = append(some, row)
	}
	return some, true
}
