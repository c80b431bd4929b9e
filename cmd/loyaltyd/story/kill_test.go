package story_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
)

// fullNumbers asks for the full numbers: `make shown`.
var fullNumbers = flag.Bool("shown", false, "run with the full numbers of what is to be shown")

// moment is where a kill found a sale.
type moment string

const (
	beforeWrite   moment = "before the write"
	beforeCommit  moment = "before the commit returned"
	beforeTelling moment = "before the telling"
	afterTelling  moment = "after the telling"
)

var moments = []moment{beforeWrite, beforeCommit, beforeTelling, afterTelling}

// A till under a stream of sales from keypad, scanner and API is killed with -9
// at each moment of a sale. Whatever was told is there once, the folder verifies, and
// headquarters ends with exactly what the journal has. What was told is known
// from the bytes that came out of the pseudo-terminal and the socket alone.
func TestKill(t *testing.T) {
	rounds, least := 4, 0
	if *fullNumbers {
		rounds, least = 160, 20
	}
	k := newKilling(t)
	for round := 0; round < rounds || !k.each(least); round++ {
		if round == 3*rounds {
			t.Fatalf("after %d rounds the kills fell %v, want each at least %d times", round, k.fell, least)
		}
		k.round(round)
	}
	for round := range rounds / 4 {
		k.onlineRound(3*rounds + round)
	}
	k.agree()
	journal, _ := k.journal()
	t.Logf("%d sales told (%v), %d in the journal; kills fell %v, and %d while sending", len(k.told), k.faces(), len(journal), k.fell, rounds/4)
}

// face is where a sale comes in.
type face string

const (
	keypadFace  face = "keypad"
	scannerFace face = "scanner"
	apiFace     face = "API"
)

// faces counts the told sales by where they came in.
func (k *killing) faces() map[face]int {
	count := map[face]int{}
	for _, from := range k.told {
		count[from]++
	}
	return count
}

// killing is a till that is killed again and again.
type killing struct {
	t      testing.TB
	stage  *stage.Stage
	lane   *stage.Lane
	till   *pos
	amount int64 // the last sale's; each has one of its own and is known by it
	told   map[int64]face
	asked  map[int64]face // of this round
	seen   int64          // the last row others saw before the kill
	fell   map[moment]int
}

func newKilling(t *testing.T) *killing {
	s := newStage(t)
	if err := s.Open(testkit.Within(t, time.Minute), "till"); err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], amount: 10000, told: map[int64]face{}, fell: map[moment]int{}}
	k.press(testkit.Within(t, 10*time.Second), "05320000001\r", "New?")
	k.press(testkit.Within(t, 10*time.Second), "C", "Amount, then")
	k.press(testkit.Within(t, 10*time.Second), "\x1b", stage.Ready)
	k.lane.Process.Stop()
	s.Network.Cut() // so that only sales are written, and each write is a sale's
	return k
}

// onlineRound kills the till while it sends to headquarters as fast as it
// sells; where in a sale the kill falls is not told apart then.
func (k *killing) onlineRound(n int) {
	k.t.Helper()
	if err := k.stage.Network.Restore(); err != nil {
		k.t.Fatal(err)
	}
	defer k.stage.Network.Cut()
	fell := maps.Clone(k.fell)
	k.round(n)
	k.fell = fell
}

func (k *killing) each(least int) bool {
	for _, m := range moments {
		if k.fell[m] < least {
			return false
		}
	}
	return true
}

// slowed widens one moment, so that a kill can fall into it: a system call on
// the WAL or the display is held up where the moment is.
func (k *killing) slowed(m moment, trace string) []string {
	wal := filepath.Join(k.stage.Folder("till"), "journal.db-wal")
	display, err := os.Readlink(filepath.Join(k.stage.Dir, "till.dev", "display"))
	if err != nil {
		k.t.Fatal(err)
	}
	words := []string{"strace", "-f", "-qq", "-y", "-o", trace, "-P", wal, "-P", display, "-e", "trace=pwrite64,fdatasync,write"}
	switch m {
	case beforeWrite:
		return append(words, "-e", "inject=pwrite64:delay_enter=20000")
	case beforeCommit:
		return append(words, "-e", "inject=fdatasync:delay_enter=20000")
	case beforeTelling:
		return append(words, "-e", "inject=write:delay_enter=20000")
	}
	return words
}

func (k *killing) round(n int) {
	k.t.Helper()
	ctx := testkit.Within(k.t, time.Minute)
	trace := filepath.Join(k.stage.Dir, fmt.Sprintf("trace-%02d", n))
	aim := moments[n%len(moments)]
	if err := k.stage.Boot(ctx, k.lane, k.slowed(aim, trace)...); err != nil {
		k.t.Fatal(err)
	}
	k.till = newPOS(k.t, k.stage, k.lane)
	k.asked = map[int64]face{}
	stop, heard := make(chan struct{}), make(chan map[int64]face, 1)
	go func() { heard <- k.till.stream(n, stop) }()
	k.serve(ctx)
	if aim == beforeTelling || aim == afterTelling {
		// Nothing else is to be under way when the kill falls.
		close(stop)
		maps.Copy(k.told, <-heard)
	}
	watch := watchJournal(k.t, k.stage.Folder("till"))
	amount := k.begin(ctx)
	k.wait(ctx, aim, watch)
	k.seen = watch.last()
	watch.close()
	killDaemon(k.t, k.stage, k.lane)
	if aim == beforeWrite || aim == beforeCommit {
		close(stop)
		maps.Copy(k.told, <-heard)
	}
	if upper, _ := k.lane.Display.Lines(); strings.Contains(upper, "Earned") {
		k.told[amount] = k.asked[amount]
	}
	maps.Copy(k.asked, k.till.asked)

	if err := k.stage.Boot(ctx, k.lane); err != nil {
		k.t.Fatal(err)
	}
	k.judge(walSynced(k.t, trace))
	k.lane.Process.Stop()
}

// wait lets the last sale come to the moment aimed at. Where that has a length,
// when in it the kill falls is drawn.
func (k *killing) wait(ctx context.Context, aim moment, watch *journalWatch) {
	switch aim {
	case afterTelling:
		k.await(ctx, "Earned")
	case beforeTelling:
		// A row is seen by others once its commit was synced, and the write to
		// the display is held up longer than looking takes.
		for !watch.grew() && ctx.Err() == nil {
			runtime.Gosched()
		}
	default:
		time.Sleep(rand.N(40 * time.Millisecond))
	}
}

// journalWatch looks at a running till's journal from beside.
type journalWatch struct {
	t    testing.TB
	db   *sql.DB
	rows int64
}

func watchJournal(t testing.TB, dir string) *journalWatch {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+dir+"/journal.db?mode=ro&_query_only=on&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	w := &journalWatch{t: t, db: db}
	w.rows = w.last()
	return w
}

// last is the last row of the journal that others see.
func (w *journalWatch) last() (n int64) {
	if err := w.db.QueryRow(`SELECT max(n) FROM journal`).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

func (w *journalWatch) grew() bool { return w.last() > w.rows }
func (w *journalWatch) close()     { w.db.Close() }

// serve serves a member once or twice.
func (k *killing) serve(ctx context.Context) {
	for range 1 + rand.N(2) {
		amount := k.begin(ctx)
		k.await(ctx, "Earned")
		k.told[amount] = k.asked[amount]
	}
}

// begin keys or scans, as comes, and types a sale up to its last ENTER.
func (k *killing) begin(ctx context.Context) int64 {
	if rand.N(2) == 0 {
		return k.scan(ctx)
	}
	return k.key(ctx)
}

// key types a sale up to its last ENTER and returns its amount.
func (k *killing) key(ctx context.Context) int64 {
	k.press(ctx, regular+"\r", "Amount, then")
	return k.pay(ctx, keypadFace)
}

// scan is key with her code scanned in place of her number, and an article by
// mistake behind it.
func (k *killing) scan(ctx context.Context) int64 {
	if err := k.lane.Scanner.Scan(regularScan); err != nil {
		k.t.Fatal(err)
	}
	k.await(ctx, "Amount, then")
	if err := k.lane.Scanner.Scan(article); err != nil {
		k.t.Fatal(err)
	}
	k.await(ctx, "Product: use POS")
	return k.pay(ctx, scannerFace)
}

func (k *killing) pay(ctx context.Context, from face) int64 {
	k.amount++
	text := strconv.FormatInt(k.amount, 10)
	k.press(ctx, text, text[:len(text)-2]+"."+text[len(text)-2:])
	k.asked[k.amount] = from
	if err := k.lane.Keypad.Type("\r"); err != nil {
		k.t.Fatal(err)
	}
	return k.amount
}

// killDaemon ends a till's daemon, whose number stands in the folder's lock, as
// a power cut would; a tracer around it ends with it.
func killDaemon(t testing.TB, s *stage.Stage, l *stage.Lane) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.Folder(l.Name), "lock"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-l.Process.Gone()
}

// judge checks the folder after a kill and says where the kill fell: for each
// sale that was asked for and not told, whether it stands and was synced.
func (k *killing) judge(synced bool) {
	k.t.Helper()
	var report json.RawMessage
	if err := k.stage.Ask(k.t.Context(), &report, "till", "verify"); err != nil {
		k.t.Errorf("verify after a kill: %v", err)
	}
	journal, rows := k.journal()
	for amount, from := range k.told {
		if journal[amount] != 1 {
			k.t.Errorf("sale of %d, told by the %s, stands %d times", amount, from, journal[amount])
		}
	}
	fell := k.classify(rows, synced)
	for _, m := range fell {
		k.fell[m]++
	}
	if len(fell) == 0 {
		k.fell[afterTelling]++
	}
}

// classify says where the kill found each sale that was asked for and not
// told. One whose row others had seen was committed. Of the others, one was
// being written where the WAL was not synced.
func (k *killing) classify(rows map[int64]int64, synced bool) (fell []moment) {
	writing := !synced
	waiting := 0
	for amount := range k.asked {
		_, told := k.told[amount]
		row, stands := rows[amount]
		switch {
		case told:
		case stands && (row <= k.seen || synced):
			fell = append(fell, beforeTelling)
		case stands:
			fell = append(fell, beforeCommit)
			writing = false
		default:
			waiting++
		}
	}
	if writing && waiting > 0 {
		fell = append(fell, beforeCommit)
		waiting--
	}
	for range waiting {
		fell = append(fell, beforeWrite)
	}
	return fell
}

// journal counts the sales of the till's journal by their amounts, and says in
// which row each stands.
func (k *killing) journal() (count map[int64]int, row map[int64]int64) {
	return salesIn(k.t, k.stage.Folder("till")+"/journal.db", `SELECT n, body FROM journal`)
}

// agree waits until headquarters has everything and compares both sides.
func (k *killing) agree() {
	k.t.Helper()
	ctx := testkit.Within(k.t, time.Minute)
	if err := errors.Join(k.stage.Network.Restore(), k.stage.Boot(ctx, k.lane)); err != nil {
		k.t.Fatal(err)
	}
	k.sent(ctx)
	k.stage.Drain()
	there, _ := salesIn(k.t, k.stage.Folder("hq")+"/hq.db", `SELECT seq, body FROM intake WHERE orig_seq IS NULL`)
	here, _ := k.journal()
	if !maps.Equal(here, there) {
		k.t.Errorf("headquarters has %d sales, the journal %d", len(there), len(here))
	}
	for amount, times := range there {
		if times != 1 {
			k.t.Errorf("sale of %d came %d times", amount, times)
		}
	}
	isWhole(k.t.Context(), k.t, k.stage, "hq")
}

// sent waits until headquarters has acknowledged everything.
func (k *killing) sent(ctx context.Context) {
	k.t.Helper()
	for {
		var status struct {
			Unsent int `json:"unsent"`
		}
		if err := k.stage.Ask(ctx, &status, k.lane.Name, "status"); err != nil {
			k.t.Fatal(err)
		}
		if status.Unsent == 0 {
			return
		}
	}
}

func (k *killing) press(ctx context.Context, keys, words string) {
	k.t.Helper()
	if err := k.lane.Keypad.Type(keys); err != nil {
		k.t.Fatal(err)
	}
	k.await(ctx, words)
}

func (k *killing) await(ctx context.Context, words string) {
	k.t.Helper()
	err := k.lane.Display.Wait(ctx, func(upper, lower string) bool {
		return strings.Contains(upper, words) || strings.Contains(lower, words)
	})
	if err != nil {
		upper, lower := k.lane.Display.Lines()
		k.t.Fatalf("display shows %q and %q, want %q: %v", upper, lower, words, err)
	}
}

// salesIn counts the sales among the rows and bodies that a query finds, by
// amount.
func salesIn(t testing.TB, file, query string) (count map[int64]int, row map[int64]int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_query_only=on&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	count, row = map[int64]int{}, map[int64]int64{}
	for rows.Next() {
		var n int64
		var body []byte
		if err := rows.Scan(&n, &body); err != nil {
			t.Fatal(err)
		}
		e, err := ledger.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == ledger.Sold {
			count[int64(e.Sale.Total)]++
			row[int64(e.Sale.Total)] = n
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return count, row
}

// numberIn is the one number that a query finds.
func numberIn(t testing.TB, file, query string) (n int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file+"?mode=ro&_query_only=on&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// walSynced reads a trace: whether the last thing that was done to the WAL was
// an fdatasync that returned.
func walSynced(t testing.TB, trace string) bool {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	synced := true
	for line := range strings.Lines(string(text)) {
		returned := strings.Contains(line, "= 0")
		switch {
		case strings.Contains(line, "fdatasync") && returned:
			synced = true
		case strings.Contains(line, "pwrite64"):
			// A write that was held up at its entrance and then killed did
			// not happen.
			if !strings.Contains(line, "= ?") && !strings.Contains(line, "<unfinished") {
				synced = false
			}
		}
	}
	return synced
}

// pos is a POS that sends sales to the API.
type pos struct {
	t        testing.TB
	address  string
	operator string
	token    string
	day      string
	client   http.Client
	buyer    func(amount int64) string // whose number stream's sales are for
	asked    map[int64]face
}

func newPOS(t testing.TB, s *stage.Stage, l *stage.Lane) *pos {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(s.Folder(l.Name), "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	return &pos{
		t: t, address: apiAddress(t, s.LogFile(l.Name)), token: strings.TrimSpace(string(token)),
		day: time.Now().UTC().Format(time.DateOnly), client: http.Client{Timeout: 10 * time.Second},
		buyer: func(int64) string { return regular },
	}
}

// stream sends sales one after the other until told to stop or the daemon is
// gone, and returns those it was told of.
func (p *pos) stream(round int, stop <-chan struct{}) map[int64]face {
	told := map[int64]face{}
	p.asked = map[int64]face{}
	for i := int64(1); ; i++ {
		select {
		case <-stop:
			return told
		default:
		}
		amount := 1_000_000 + int64(round)*10_000 + i
		p.asked[amount] = apiFace
		status, _, err := p.complete(fmt.Sprintf("R%d-%d", round, i), amount, p.buyer(amount))
		if err != nil {
			return told // the daemon is gone in mid-request
		}
		if status != 200 {
			p.t.Errorf("sale of %d: status %d", amount, status)
			return told
		}
		told[amount] = apiFace
	}
}

// apiAddress reads from a till's diary where its API listens now.
func apiAddress(t testing.TB, log string) string {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	slices.Reverse(lines)
	for _, line := range lines {
		var said struct{ Message, Address string }
		if json.Unmarshal([]byte(line), &said) == nil && said.Message == "till is open" {
			return said.Address
		}
	}
	t.Fatal("the till did not say where its API listens")
	return ""
}

// need stops a test with what to install where a program is missing.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Fatalf("%s is not installed: make tools-test", program)
	}
}
