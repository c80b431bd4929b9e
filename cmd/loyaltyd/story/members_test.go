package story_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"
	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/offline"
)

// members is how many members the till of TestMembers knows.
var members = flag.Int("members", 3000, "how many members a till is given in TestMembers")

// A till with many members reads them from its feed, answers soon after it was
// started, takes little memory and sleeps when nobody comes. With -members of
// a million and more it prints the goals of size and start.
func TestMembers(t *testing.T) {
	s := newStage(t)
	ctx := testkit.Within(t, 20*time.Minute)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	lane := s.Lanes[0]
	lane.Process.Stop()
	s.Network.Cut()
	if *members >= 1_000_000 {
		s.Executable = uncached(t, s.Executable, s.Dir)
	}
	built := fillTill(t, s.Config("till"), *members)
	goal := func(g testkit.Goal) {
		if *members >= 1_000_000 {
			g.Print(t)
		}
	}
	goal(testkit.Goal{Number: 5, What: "directory of " + strconv.Itoa(*members) + " members, bytes a member", Ours: built.bytes, Unit: "B", Limit: 55})
	goal(testkit.Goal{Number: 5, What: "directory built from the feed", Ours: built.took.Seconds(), Bare: built.bare.Seconds(), Unit: "s", Limit: 1.3})

	goal(coldLookups(t, s.Config("till")))
	seldom(t, s.Config("till"))

	var first []time.Duration
	var phone string
	for range 5 {
		dropFromCache(t, filepath.Join(s.Folder("till"), "directory.db"))
		phone = "0" + memberNumber(rand.IntN(*members))[3:]
		began := time.Now()
		if err := os.Truncate(s.LogFile("till"), 0); err != nil {
			t.Fatal(err)
		}
		var err error
		if lane.Process, err = s.Start("till", "run"); err != nil {
			t.Fatal(err)
		}
		address := awaitAddress(t, s.LogFile("till"))
		response, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		first = append(first, time.Since(began))
		if err := lane.Display.Wait(ctx, func(_, lower string) bool { return lower == stage.Ready }); err != nil {
			t.Fatal(err)
		}
		status, answer, err := newPOS(t, s, lane).complete("S"+strconv.FormatInt(time.Now().UnixNano(), 36), 100, phone)
		if err != nil || status != http.StatusOK || !strings.Contains(string(answer), "A***") {
			t.Fatalf("a sale of %s: %d, %s, %v", phone, status, answer, err)
		}
		if len(first) < 5 {
			lane.Process.Stop()
		}
	}
	goal(testkit.Goal{Number: 4, What: "exec to the first answer, median of 5, files not cached", Ours: percentile(first, 50) / 1000, Unit: "ms", Limit: 50})
	pos := newPOS(t, s, lane)
	for i := range 200 {
		status, _, err := pos.complete(fmt.Sprint("M", i), 100, "0"+memberNumber(rand.IntN(*members))[3:])
		if err != nil || status != http.StatusOK {
			t.Fatal(status, err)
		}
	}
	pid := lane.Process.PID()
	quiet := time.Second
	if *members >= 1_000_000 {
		quiet = 30 * time.Second
	}
	idle := idleShare(t, pid, quiet)
	memory, program := testkit.ResidentMiB(t, pid, "VmRSS"), testkit.ResidentMiB(t, pid, "RssFile")
	goal(testkit.Goal{
		Number: 8, What: fmt.Sprintf("resident memory after 200 sales, %.1f MiB of it the program's file", program),
		Ours: memory, Unit: "MiB", Limit: 40,
	})
	goal(testkit.Goal{Number: 8, What: "idle, of a core", Ours: 100 * idle, Unit: "%", Limit: 0.5})
	if memory > 80*memoryFactor || idle > 0.1 || slices.Min(first) > 2*time.Second {
		t.Errorf("%.0f MiB, %.2f %% of a core idle, first answers after %v", memory, 100*idle, first)
	}
}

// seldom has a till ask for headquarters as seldom as it does by default.
func seldom(t *testing.T, config string) {
	t.Helper()
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte("retry_max: 1s"), []byte("retry_max: 5m"), 1)
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// memberNumber is the number of the i-th member.
func memberNumber(i int) string { return fmt.Sprintf("+90533%07d", i) }

// built is what making a directory took.
type built struct {
	took, bare time.Duration
	bytes      float64 // a member
}

// fillTill feeds a till in pages, as headquarters does, and writes the same rows
// in order to a file beside with one prepared statement.
func fillTill(t *testing.T, config string, count int) (b built) {
	t.Helper()
	options := tillOptions(t, config)
	store, err := offline.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	at := ledger.MillisOf(time.Now())
	changes := make([]ledger.Change, 0, 500)
	for i := range count {
		account := ledger.AccountID{}
		binary.BigEndian.PutUint64(account[:], rand.Uint64())
		binary.BigEndian.PutUint64(account[8:], rand.Uint64())
		changes = append(changes, ledger.Change{Position: ledger.Position(i + 1), Kind: ledger.AccountChange, Account: &ledger.AccountState{
			Account: account, Name: "A*** B***", AsOf: at,
			Identifiers: []ledger.KeyedHash{options.LookupKey.Hash(ledger.PhoneIdentifier, memberNumber(i))},
			Balances:    []ledger.Balance{{Program: options.Program, Unit: "points", Available: ledger.Points(i % 5000)}},
		}})
		if len(changes) < cap(changes) && i+1 < count {
			continue
		}
		began := time.Now()
		if err := store.Apply(t.Context(), changes, ledger.Cursor{Incarnation: 9, Position: changes[len(changes)-1].Position}); err != nil {
			t.Fatal(err)
		}
		b.took += time.Since(began)
		changes = changes[:0]
	}
	began := time.Now()
	if err := store.EndFeed(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.took += time.Since(began)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	directory := filepath.Join(options.Dir, "directory.db")
	info, err := os.Stat(directory)
	if err != nil {
		t.Fatal(err)
	}
	b.bytes = float64(info.Size()) / float64(count)
	b.bare = copyBare(t, directory)
	return b
}

func tillOptions(t *testing.T, config string) offline.Options {
	t.Helper()
	loaded, err := configs.Load([]string{config}, nil)
	if err != nil {
		t.Fatal(err)
	}
	id, err := datadir.ReadIdentity(loaded.DataDir)
	if err != nil {
		t.Fatal(err)
	}
	program, err := datadir.LoadProgram(loaded.Config)
	if err != nil {
		t.Fatal(err)
	}
	options, err := datadir.StoreOptions(loaded.Config, id, loyalty.NewVersions(time.UTC, program))
	if err != nil {
		t.Fatal(err)
	}
	return options
}

// copyBare writes a directory's rows in their order to a new file with one
// prepared statement, and as few transactions as that had, with what finds them by
// account.
func copyBare(t *testing.T, directory string) time.Duration {
	t.Helper()
	opened, err := (&sqlite3.SQLiteDriver{}).Open("file:" + filepath.Join(t.TempDir(), "bare.db") + "?_journal_mode=WAL&_synchronous=FULL&_cache_size=-16000")
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	to := opened.(*sqlite3.SQLiteConn)
	exec := func(statement string) {
		if _, err := to.Exec(statement, nil); err != nil {
			t.Fatal(err)
		}
	}
	opened, err = (&sqlite3.SQLiteDriver{}).Open("file:" + directory + "?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	from := opened.(*sqlite3.SQLiteConn)
	exec(`CREATE TABLE member (key INTEGER PRIMARY KEY, rest BLOB, account BLOB, name TEXT, as_of_s INTEGER, available INTEGER, more TEXT) STRICT`)
	prepared, err := to.Prepare(`INSERT INTO member VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		t.Fatal(err)
	}
	defer prepared.Close()
	insert := prepared.(*sqlite3.SQLiteStmt)
	rows, err := from.Query(`SELECT key, rest, account, name, as_of_s, available, more FROM member ORDER BY key`, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var took time.Duration
	row := make([]driver.Value, 7)
	began := time.Now()
	exec(`BEGIN`)
	for i := 1; ; i++ {
		reading := time.Now()
		err := rows.Next(row)
		took -= time.Since(reading) // not the bare side's work
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := insert.Exec(row); err != nil {
			t.Fatal(err)
		}
		if i%40_000 == 0 {
			exec(`COMMIT`)
			exec(`BEGIN`)
		}
	}
	exec(`COMMIT`)
	began = began.Add(-took)
	exec(`ATTACH '` + directory + `' AS built`)
	exec(`CREATE TABLE whereabouts (begins INTEGER PRIMARY KEY, places BLOB) STRICT`)
	exec(`INSERT INTO whereabouts SELECT begins, places FROM built.whereabouts ORDER BY begins`)
	return time.Since(began)
}

// coldLookups compares finding a member of whom nothing is cached with reading
// one page that is not.
func coldLookups(t *testing.T, config string) testkit.Goal {
	t.Helper()
	options := tillOptions(t, config)
	store, err := offline.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	path := filepath.Join(options.Dir, "directory.db")
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	page := make([]byte, 4096)
	var found, read []time.Duration
	for range 300 {
		dropFromCache(t, path)
		began := time.Now()
		if _, err := store.Find(t.Context(), ledger.PhoneIdentifier, memberNumber(rand.IntN(*members))); err != nil {
			t.Fatal(err)
		}
		found = append(found, time.Since(began))
		dropFromCache(t, path)
		began = time.Now()
		if _, err := file.ReadAt(page, rand.Int64N(info.Size()/4096)*4096); err != nil {
			t.Fatal(err)
		}
		read = append(read, time.Since(began))
	}
	return testkit.Goal{Number: 4, What: "cold lookup p50", Ours: percentile(found, 50), Bare: percentile(read, 50), Unit: "µs", Limit: 2}
}

// dropFromCache makes the system forget a file's pages.
func dropFromCache(t *testing.T, path string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)); err != nil {
		t.Fatal(err)
	}
}

// uncached is a copy of the program in a folder that is read from the disk when it
// starts, as after a boot. Of a file that was just written the system maps 2 MiB
// wherever one byte is touched, which says nothing about a till.
func uncached(t *testing.T, program, dir string) string {
	t.Helper()
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "loyaltyd")
	if err := os.WriteFile(program, text, 0o700); err != nil {
		t.Fatal(err)
	}
	dropFromCache(t, program)
	return program
}

// awaitAddress waits until a till says where its API listens.
func awaitAddress(t *testing.T, log string) string {
	t.Helper()
	for ctx := testkit.Within(t, time.Minute); ; {
		text, err := os.ReadFile(log)
		if err != nil || ctx.Err() != nil {
			t.Fatalf("no address: %v, %v", err, ctx.Err())
		}
		if strings.Contains(string(text), "till is open") && strings.HasSuffix(string(text), "\n") {
			return apiAddress(t, log)
		}
		time.Sleep(200 * time.Microsecond)
	}
}

// idleShare is how much of a core a process uses when nobody asks it anything.
func idleShare(t *testing.T, pid int, over time.Duration) float64 {
	t.Helper()
	before, began := cpuTime(t, pid), time.Now()
	time.Sleep(over)
	return (cpuTime(t, pid) - before).Seconds() / time.Since(began).Seconds()
}

// cpuTime is what all threads of a process have run.
func cpuTime(t *testing.T, pid int) (sum time.Duration) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		t.Fatal("no threads: ", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that ended
		}
		ran, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(ran, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(ns)
	}
	return sum
}
