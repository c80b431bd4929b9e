package offline_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/offline"
)

// spoilTable overwrites the first page of a table of the directory.
func (tl *till) spoilTable(name string) {
	tl.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+tl.path("directory.db")+"?mode=ro")
	tl.must("open directory", err)
	defer db.Close()
	var page int64
	tl.must("find table", db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = ?`, name).Scan(&page))
	file, err := os.OpenFile(tl.path("directory.db"), os.O_WRONLY, 0)
	tl.must("open file", err)
	defer file.Close()
	_, err = file.WriteAt(bytes.Repeat([]byte{0xa5}, 4096), (page-1)*4096)
	tl.must("spoil", err)
}

// A directory that is damaged is fed again, and the journal beside it is whole: it goes
// on as it was, with its rights.
func TestDamagedDirectoryAtStart(t *testing.T) {
	for _, table := range []string{"feed", "news_cursor", "member", "news", "main_unit"} {
		t.Run(table, func(t *testing.T) {
			tl := newTill(t)
			ana := tl.known(0, 1000)
			tl.addRight(ana, 1000, time.Hour)
			tl.append(tl.sale(ana, 1))
			tl.must("close", tl.Close())
			tl.spoilTable(table)
			tl.open()
			if opening := tl.Opening(); opening.NewEpoch != nil || opening.Salvaged != nil {
				t.Errorf("opening: %+v", opening)
			}
			tl.fedAgain(ana, 1000)
			if b := tl.balance(ana); b.Spendable != 1000 || b.Shown != 1001 {
				t.Errorf("fed again: %+v", b)
			}
		})
	}
}

// fedAgain feeds the till as headquarters does, from where the till says it is: one row,
// which counts nothing of the till's.
func (tl *till) fedAgain(account ledger.AccountID, escrowed ledger.Points) {
	tl.t.Helper()
	ctx := context.Background()
	for range 3 { // damage that is met by what is applied is mended, and the page asked for again
		cursor, err := tl.Cursor(ctx)
		if err != nil {
			continue
		}
		row := tl.row(1, account, "+905321234567", ledger.Balance{Program: program, Unit: points, Escrowed: escrowed}, ledger.Place{})
		if cursor.Position >= row.Position {
			row.Position = cursor.Position + 1
		}
		if tl.Apply(ctx, []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: row.Position}) == nil {
			return
		}
	}
	tl.t.Fatal("it is not fed")
}

// Whatever meets the damage first, the feed is read from the beginning once the directory
// was thrown away.
func TestDamageMetBesideTheFeed(t *testing.T) {
	for name, meet := range map[string]func(tl *till, n *neighbor) error{
		"by news": func(tl *till, n *neighbor) error {
			news := n.entry(newAccountID(), 5)
			news.Position = 1
			return tl.ApplyNews(tl.t.Context(), []ledger.News{news}, ledger.Cursor{Incarnation: 7, Position: 1})
		},
		"by who is looked up": func(tl *till, _ *neighbor) error {
			return tl.Meet(tl.t.Context(), []ledger.Change{tl.row(0, newAccountID(), "", ledger.Balance{}, ledger.Place{Terminal: newTerminalID(), Epoch: 1})})
		},
		"by an erasure": func(tl *till, _ *neighbor) error {
			erased := ledger.Change{Erasure: &ledger.Erasure{Serial: 1, Member: ledger.MemberID(newAccountID()), Accounts: []ledger.AccountID{newAccountID()}}}
			return tl.Apply(tl.t.Context(), []ledger.Change{erased}, ledger.Cursor{Incarnation: 1, Position: 10})
		},
	} {
		t.Run(name, func(t *testing.T) {
			tl := newTill(t)
			n := tl.neighbor()
			ana := tl.known(0, 0)
			row := tl.row(9, ana, "", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{})
			tl.must("apply", tl.Apply(t.Context(), []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: 10}))
			tl.must("close", tl.Close())
			tl.spoilTable("news")
			tl.spoilTable("household")
			tl.open()
			if err := meet(tl, n); !errors.Is(err, sqlitedb.ErrDamaged) {
				t.Fatal(err)
			}
			cursor, err := tl.Cursor(t.Context())
			if tl.must("cursor", err); cursor.Position != 0 {
				t.Fatalf("the cursor is %+v", cursor)
			}
			tl.must("apply", tl.Apply(t.Context(), []ledger.Change{row}, ledger.Cursor{Incarnation: 1, Position: 9}))
			if shown := tl.balance(ana).Shown; shown != 7 {
				t.Errorf("fed again: %d shown", shown)
			}
		})
	}
}

// Where there is no directory, whatever is asked of it is an error.
func TestNoDirectory(t *testing.T) {
	tl := newTill(t)
	tl.neighbor()
	tl.LoseDirectory()
	if _, err := tl.NewsCursor(t.Context()); !errors.Is(err, sqlitedb.ErrStorage) {
		t.Errorf("news: %v", err)
	}
}

// A row that is cut short, as one flipped bit of its length does, is not hers and stops
// nobody.
func TestRowsCutShort(t *testing.T) {
	tl := newTill(t)
	tl.neighbor()
	ana := tl.known(100, 0)
	tl.append(tl.enroll(newAccountID(), "+905321234567"))
	tl.must("close", tl.Close())
	tl.must("spoil the directory", raw(t, tl.path("directory.db"), `
		UPDATE whereabouts SET places = CAST(places || (SELECT substr(account, 3, 1) FROM member) AS BLOB)`))
	tl.must("spoil the journal", raw(t, tl.path("journal.db"), `PRAGMA ignore_check_constraints = ON`, `UPDATE local SET hash = substr(hash, 1, 15)`))
	tl.open()
	if shown := tl.balance(ana).Shown; shown != 100 {
		t.Errorf("%d shown", shown)
	}
	if _, _, err := tl.Introductions(t.Context(), ledger.IntroducedUpTo{}, 10); err != nil {
		t.Errorf("introductions: %v", err)
	}
	tl.must("apply", tl.Apply(t.Context(), []ledger.Change{tl.row(5, ana, "+905320000000", ledger.Balance{}, ledger.Place{})}, ledger.Cursor{Incarnation: 1, Position: 5}))
}

// Damage that only readers meet is mended too, when the feed is asked for next: it may be
// long until it has a row.
func TestDamageMetByReaders(t *testing.T) {
	tl := newTill(t)
	ana := tl.known(100, 0)
	tl.must("close", tl.Close())
	tl.spoilTable("member")
	tl.open()
	if _, err := tl.Member(t.Context(), ana); !errors.Is(err, sqlitedb.ErrDamaged) {
		t.Fatal(err)
	}
	cursor, err := tl.Cursor(t.Context())
	if tl.must("cursor", err); cursor.Position != 0 {
		t.Fatalf("the cursor is %+v", cursor)
	}
	tl.apply(tl.row(1, ana, "", ledger.Balance{Program: program, Unit: points, Available: 7}, ledger.Place{}))
	if shown := tl.balance(ana).Shown; shown != 7 {
		t.Errorf("fed again: %d shown", shown)
	}
}

// Damage that is met while it is dropped from the journal what a directory counts that was
// built holds up nothing: the feed is read from the beginning, after a restart too.
func TestDamageMetBySettling(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*till){"at once": func(*till) {}, "after a restart": func(tl *till) { tl.reopen() }} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tl := newTill(t)
			ana := newAccountID()
			tl.append(tl.sale(ana, 5))
			f := tl.members(250)
			f.add(tl.row(0, ana, "", ledger.Balance{Program: program, Unit: points, Available: 5}, tl.place()))
			end := tl.page(f, 0, 251, 1)
			tl.killedAt(1, func() error { return tl.EndFeed(t.Context()) })
			tl.must("close", tl.Close())
			for _, table := range []string{"member", "whereabouts"} {
				tl.spoilTable(table)
			}
			tl.open()
			for again := range 3 {
				cursor, err := tl.Cursor(t.Context())
				if err == nil && cursor.Position == 0 {
					break
				}
				if again == 2 {
					t.Fatalf("the feed is read from %+v, built up to %+v: %v", cursor, end, err)
				}
				restart(tl)
			}
			tl.page(f, 0, 251, 1)
			tl.must("end", tl.EndFeed(t.Context()))
			tl.shows("fed again", ana, 5)
			tl.clean()
		})
	}
}

// A directory that is damaged beside a daemon that does not run keeps nobody from reading
// the journal: its status is told, its days are reported, and Verify says what is damaged.
func TestDamagedDirectoryBeside(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(tl *till){
		"its first page": func(tl *till) {
			tl.must("spoil", os.WriteFile(tl.path("directory.db"), bytes.Repeat([]byte{0xa5}, 8192), 0o600))
		},
		"how far it is": func(tl *till) { tl.spoilTable("feed") },
		"members":       func(tl *till) { tl.spoilTable("member") },
		"news":          func(tl *till) { tl.spoilTable("news_cursor") },
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			tl := newTill(t)
			ana := tl.known(0, 1000)
			tl.append(tl.sale(ana, 1))
			tl.must("close", tl.Close())
			spoil(tl)
			view, err := offline.OpenReadOnly(ctx, tl.opts)
			tl.must("open", err)
			defer view.Close()
			st, err := view.Status(ctx)
			if err != nil || st.Unsent != 1 {
				t.Errorf("status: %d unsent, %v", st.Unsent, err)
			}
			sales := 0
			_, err = view.ReadDay(ctx, day, func(ledger.Place, []byte) error { sales++; return nil }, nil)
			if told, of := view.StoreDay(ctx, day); err != nil || sales != 1 || told != nil || of != nil {
				t.Errorf("the day has %d entries, %v; the store's %s, %v", sales, err, told, of)
			}
			report, err := view.Verify(ctx, nil)
			tl.must("verify", err)
			if len(report.Findings) == 0 || !strings.Contains(report.Findings[0].What, "directory.db") {
				t.Errorf("verify finds %v", report.Findings)
			}
		})
	}
}
