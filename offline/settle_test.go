package offline_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// noted counts the rows that the journal notes of an account.
func (tl *till) noted(db *sql.DB, account ledger.AccountID) (rows int) {
	tl.t.Helper()
	tl.must("count", db.QueryRow(`SELECT count(*) FROM unsettled WHERE account = ?`, account.String()).Scan(&rows))
	return rows
}

func (tl *till) readJournal() *sql.DB {
	tl.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+tl.path("journal.db")+"?mode=ro")
	tl.must("open journal", err)
	tl.t.Cleanup(func() { db.Close() })
	return db
}

// sell appends so many sales of one point to an account.
func (tl *till) sell(account ledger.AccountID, count int) {
	tl.t.Helper()
	const cashiers = 64
	sales := make(chan ledger.Record, count)
	for range count {
		sales <- tl.sale(account, 1)
	}
	close(sales)
	var selling sync.WaitGroup
	for range cashiers {
		selling.Go(func() {
			for r := range sales {
				if err := tl.Append(context.Background(), r); err != nil {
					tl.t.Error(err)
				}
			}
		})
	}
	selling.Wait()
}

// A row that counts very many entries drops them from the journal a part at a time: a
// sale comes in between, and what is shown stays.
func TestSettledInParts(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	const count = 10_000
	ana, ben := newAccountID(), newAccountID()
	tl.sell(ana, count)
	counted := tl.place()
	tl.sell(ana, 3)
	row := tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: count}, counted)
	db, applied := tl.readJournal(), make(chan error)
	go func() {
		applied <- tl.Apply(context.Background(), []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: 1})
	}()
	between := 0
	for left := count + 3; left > 3; left = tl.noted(db, ana) {
		if left < count {
			between++
		}
		tl.append(tl.sale(ben, 1))
		if m, err := tl.Member(context.Background(), ana); err != nil || m.Balance(points).Shown != count+3 {
			t.Fatalf("with %d rows left: %+v, %v", left, m, err)
		}
	}
	tl.must("apply", <-applied)
	if left := tl.noted(db, ana); left != 3 || between == 0 {
		t.Errorf("%d rows left, want 3; %d sales came in between", left, between)
	}
	tl.clean()
}

// killedAt has the journal drop nothing once no more than so many rows are noted, as where the
// till is killed there, applies a page, and starts the till anew.
func (tl *till) killedAt(rows int, apply func() error) {
	tl.t.Helper()
	tl.must("set a trap", raw(tl.t, tl.path("journal.db"), fmt.Sprintf(`
		CREATE TRIGGER trap BEFORE DELETE ON unsettled WHEN (SELECT count(*) FROM unsettled) <= %d
		BEGIN SELECT RAISE(ABORT, 'killed'); END`, rows)))
	if err := apply(); err == nil {
		tl.t.Fatal("nothing cut it short")
	}
	tl.must("close", tl.Close())
	tl.must("lift the trap", raw(tl.t, tl.path("journal.db"), `DROP TRIGGER trap`))
	tl.open()
}

// pull applies what a feed has behind the till's cursor, in one page.
func (tl *till) pull(feed ...ledger.Change) {
	tl.t.Helper()
	cursor, err := tl.Cursor(context.Background())
	tl.must("cursor", err)
	if end := feed[len(feed)-1].Position; cursor.Position < end {
		tl.must("apply", tl.Apply(context.Background(), feed[cursor.Position:], ledger.Cursor{Incarnation: 1, Position: end}))
	}
}

// Wherever a till is killed while it drops what a page counts, the page is asked for
// again and the rest is dropped too. What is shown is right meanwhile.
func TestSettlingCutShort(t *testing.T) {
	t.Parallel()
	const count = 1200
	for name, left := range map[string]int{"before the first part": count + 1, "between two": count / 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			ana, ben := newAccountID(), newAccountID()
			tl.sell(ana, count)
			tl.sell(ben, 1)
			at := tl.place()
			page := []ledger.Change{
				tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: count}, at),
				tl.row(2, ben, "", ledger.Balance{Program: program, Unit: points, Available: 1}, at),
			}
			tl.killedAt(left, func() error {
				return tl.Apply(context.Background(), page, ledger.Cursor{Incarnation: 1, Position: 2})
			})
			db := tl.readJournal()
			if rows := tl.noted(db, ana); rows == 0 || (rows == count) != (left > count) {
				t.Fatalf("%d rows left by whoever was killed", rows)
			}
			tl.shows("killed", ana, count)
			tl.pull(page...)
			if a, b := tl.noted(db, ana), tl.noted(db, ben); a+b > 0 {
				t.Errorf("%d and %d rows stay", a, b)
			}
			tl.shows("settled", ana, count)
			tl.clean()
		})
	}
}

// A directory that is built counts entries as a page does; of those too nothing stays
// where the till is killed while they are dropped, and the feed is not read again.
func TestSettlingBuiltCutShort(t *testing.T) {
	t.Parallel()
	const count = 1200
	for name, left := range map[string]int{"before the first part": count + 1, "between two": count / 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			ana, ben := newAccountID(), newAccountID()
			tl.sell(ana, count)
			tl.sell(ben, 1)
			at := tl.place()
			f := &feedOf{}
			f.add(tl.row(0, ana, "", ledger.Balance{Program: program, Unit: points, Available: count}, at))
			f.add(tl.row(0, ben, "", ledger.Balance{Program: program, Unit: points, Available: 1}, at))
			for i := range 250 {
				f.add(tl.row(0, newAccountID(), number(i), ledger.Balance{Program: program, Unit: points, Available: 3}, ledger.Place{}))
			}
			end := ledger.Cursor{Incarnation: 1, Position: ledger.Position(len(f.changes))}
			tl.must("apply", tl.Apply(context.Background(), f.changes, end))
			tl.killedAt(left, func() error { return tl.EndFeed(context.Background()) })
			tl.shows("killed", ana, count)
			if cursor, err := tl.Cursor(context.Background()); err != nil || cursor != end {
				t.Errorf("the feed is read from %+v on, %v", cursor, err)
			}
			db := tl.readJournal()
			if a, b := tl.noted(db, ana), tl.noted(db, ben); a+b > 0 {
				t.Errorf("%d and %d rows stay", a, b)
			}
			if left, err := filepath.Glob(tl.path("directory.db.*")); err != nil || len(left) > 0 {
				t.Errorf("%v stay, %v", left, err)
			}
			tl.shows("settled", ana, count)
			tl.clean()
		})
	}
}

// Whoever asked may leave while a page is settled, as when the till is stopped: he does
// not wait for the rest, and the page is asked for again.
func TestSettlingLeft(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	const count = 1200
	ana := newAccountID()
	tl.sell(ana, count)
	page := []ledger.Change{tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: count}, tl.place())}
	ctx, leave := context.WithCancel(context.Background())
	db, now := tl.readJournal(), tl.opts.Now
	tl.opts.Now = func() time.Time { // is asked before each part
		if tl.noted(db, ana) < count {
			leave()
		}
		return now()
	}
	tl.reopen()
	if err := tl.Apply(ctx, page, ledger.Cursor{Incarnation: 1, Position: 1}); !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left was told %v", err)
	}
	if rows := tl.noted(db, ana); rows == 0 || rows == count {
		t.Errorf("%d rows left after the first part", rows)
	}
	tl.pull(page...)
	if rows := tl.noted(db, ana); rows > 0 {
		t.Errorf("%d rows stay", rows)
	}
	tl.clean()
}

// What a row counts by a place of an epoch before is dropped, of that epoch and of what
// a later one wrote again, in whichever unit; and nothing else.
func TestSettledAcrossEpochs(t *testing.T) {
	t.Parallel()
	tl := newTill(t)
	ana, ben := newAccountID(), newAccountID()
	sale := func(account ledger.AccountID, units ...ledger.Unit) {
		e := tl.sale(account, 0).Entry
		for _, unit := range units {
			e.Postings = append(e.Postings, ledger.Posting{Unit: unit, Amount: 2, From: ledger.Issued, To: ledger.Available, Rule: "base"})
		}
		tl.append(tl.encode(e))
	}
	sale(ana, points, "stars") // 1
	sale(ben, points)
	sale(ana, "stars") // 3
	counted := tl.place()
	sale(ana, points)
	head, err := tl.Head(context.Background())
	tl.must("head", err)
	tl.must("open epoch", tl.OpenEpoch(context.Background(), 0, ledger.Head{}))
	db := tl.readJournal()
	if rows := tl.noted(db, ana); rows != 4 {
		t.Fatalf("%d rows before", rows)
	}
	sale(ana, points)
	apply := func(position ledger.Position, at ledger.Place, want int) {
		t.Helper()
		tl.apply(tl.row(position, ana, "", ledger.Balance{Program: program, Unit: points}, at))
		if rows := tl.noted(db, ana); rows != want {
			t.Errorf("after %v: %d rows, want %d", at, rows, want)
		}
	}
	elsewhere := counted
	elsewhere.Branch = ledger.Branch{9}
	apply(1, elsewhere, 5)
	apply(2, counted, 2) // the last of the epoch before, and the new one
	beyond := counted
	beyond.Seq = head.Seq + 100
	apply(3, beyond, 1)
	now := tl.place()
	apply(4, now, 0)
	if rows := tl.noted(db, ben); rows != 1 {
		t.Errorf("%d rows of another, want 1", rows)
	}
	tl.clean()
}

// BenchmarkSettle is a page of the feed during a long backlog: a hundred members, each
// with so many sales noted, of which the page counts eight.
func BenchmarkSettle(b *testing.B) {
	const members, counted = 100, 8
	for _, noted := range []int{counted, 100, 1000} {
		b.Run(fmt.Sprint("noted=", noted), func(b *testing.B) {
			tl := newTill(b)
			tl.append(tl.sale(newAccountID(), 1))
			at := tl.place()
			at.Seq = counted
			changes := make([]ledger.Change, members)
			for i := range changes {
				changes[i] = tl.row(0, newAccountID(), "", ledger.Balance{Program: program, Unit: points}, at)
			}
			note := func(upTo int) {
				statements := []string{"BEGIN"}
				for _, c := range changes {
					statements = append(statements, fmt.Sprintf(`
						WITH RECURSIVE noted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM noted WHERE n < %d)
						INSERT OR IGNORE INTO unsettled SELECT '%s', 'points', n, 1, 0, 0, '' FROM noted`, upTo, c.Account.Account))
				}
				tl.must("note", raw(b, tl.path("journal.db"), append(statements, "COMMIT")...))
			}
			note(noted)
			tl.reopen()
			for position := ledger.Position(1); b.Loop(); position++ {
				b.StopTimer()
				note(counted)
				for i := range changes {
					changes[i].Position = position
				}
				b.StartTimer()
				tl.must("apply", tl.Apply(context.Background(), changes, ledger.Cursor{Incarnation: 1, Position: position}))
			}
		})
	}
}
