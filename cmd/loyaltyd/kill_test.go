package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
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

// A till under a stream of sales from keypad and API is killed with -9 at each
// moment of a sale. Whatever was told is there once, the folder verifies, and
// headquarters ends with exactly what the journal has. What was told is known
// from the bytes that came out of the pseudo-terminal and the socket alone.
func TestKill(t *testing.T) {
	rounds, least := 4, 0
	if *fullNumbers {
		rounds, least = 20, 3
	}
	k := newKilling(t)
	for round := 0; round < rounds || !k.each(least); round++ {
		if round == 3*rounds {
			t.Fatalf("after %d rounds the kills fell %v, want each at least %d times", round, k.fell, least)
		}
		k.round(round)
	}
	k.agree()
	t.Logf("%d sales told, %d in the journal; kills %v", len(k.told), len(k.journal()), k.fell)
}

// killing is a till that is killed again and again.
type killing struct {
	t      *testing.T
	stage  *stage.Stage
	lane   *stage.Lane
	till   *pos
	amount int64 // the last sale's; each has one of its own and is known by it
	told   map[int64]string
	asked  map[int64]string // of this round
	fell   map[moment]int
}

func newKilling(t *testing.T) *killing {
	s := newStage(t)
	if err := s.Open(within(t, time.Minute), "till"); err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], amount: 10000, told: map[int64]string{}, fell: map[moment]int{}}
	k.press(within(t, 10*time.Second), "05320000001\r", "New?")
	k.press(within(t, 10*time.Second), "C", "Amount, then")
	k.press(within(t, 10*time.Second), "\x1b", stage.Ready)
	k.lane.Process.Stop()
	return k
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
	ctx := within(k.t, time.Minute)
	trace := filepath.Join(k.stage.Dir, fmt.Sprintf("trace-%02d", n))
	aim := moments[n%len(moments)]
	if err := k.stage.Boot(ctx, k.lane, k.slowed(aim, trace)...); err != nil {
		k.t.Fatal(err)
	}
	k.till = newPOS(k.t, k.stage, k.lane)
	k.asked = map[int64]string{}
	stop := make(chan struct{})
	heard := make(chan map[int64]string)
	go func() { heard <- k.till.stream(n, stop) }()
	k.keyUntilKilled(ctx, aim)
	close(stop)
	maps.Copy(k.told, <-heard)
	maps.Copy(k.asked, k.till.asked)

	if err := k.stage.Boot(ctx, k.lane); err != nil {
		k.t.Fatal(err)
	}
	k.judge(walSynced(k.t, trace))
	k.lane.Process.Stop()
}

// keyUntilKilled serves a member once or twice and kills the daemon in the
// middle of the next sale.
func (k *killing) keyUntilKilled(ctx context.Context, aim moment) {
	for range 1 + rand.N(2) {
		amount := k.key(ctx)
		k.await(ctx, "Earned")
		k.told[amount] = "keypad"
	}
	amount := k.key(ctx)
	if aim == afterTelling {
		k.await(ctx, "Earned")
		k.told[amount] = "keypad"
	} else {
		// Not a wait for something: the moment of the kill is drawn.
		time.Sleep(rand.N(40 * time.Millisecond))
	}
	k.kill()
	if upper, _ := k.lane.Display.Lines(); strings.Contains(upper, "Earned") {
		k.told[amount] = "keypad"
	}
}

// key types a sale up to its last ENTER and returns its amount.
func (k *killing) key(ctx context.Context) int64 {
	k.amount++
	k.press(ctx, "05320000001\r", "Amount, then")
	text := strconv.FormatInt(k.amount, 10)
	k.press(ctx, text, text[:len(text)-2]+"."+text[len(text)-2:])
	k.asked[k.amount] = "keypad"
	if err := k.lane.Keypad.Type("\r"); err != nil {
		k.t.Fatal(err)
	}
	return k.amount
}

// kill ends the daemon, whose number stands in the folder's lock, as a power
// cut would; the tracer ends with it.
func (k *killing) kill() {
	text, err := os.ReadFile(filepath.Join(k.stage.Folder("till"), "lock"))
	if err != nil {
		k.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		k.t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		k.t.Fatal(err)
	}
	<-k.lane.Process.Gone()
}

// judge checks the folder after a kill and says where the kill fell: for each
// sale that was asked for, whether it was told, stands, and was synced.
func (k *killing) judge(synced bool) {
	k.t.Helper()
	var report json.RawMessage
	if err := k.stage.Ask(k.t.Context(), &report, "till", "verify"); err != nil {
		k.t.Errorf("verify after a kill: %v", err)
	}
	journal := k.journal()
	for amount, from := range k.told {
		if journal[amount] != 1 {
			k.t.Errorf("sale of %d, told by the %s, stands %d times", amount, from, journal[amount])
		}
	}
	for amount := range k.asked {
		_, told := k.told[amount]
		stands := journal[amount] > 0
		switch {
		case told:
			k.fell[afterTelling]++
		case stands && synced:
			k.fell[beforeTelling]++
		case !synced:
			k.fell[beforeCommit]++
		default:
			k.fell[beforeWrite]++
		}
	}
}

// journal counts the sales of the till's journal by their amounts.
func (k *killing) journal() map[int64]int {
	return salesIn(k.t, k.stage.Folder("till")+"/journal.db", `SELECT body FROM journal WHERE kind = 'sale'`)
}

// agree waits until headquarters has everything and compares both sides.
func (k *killing) agree() {
	k.t.Helper()
	ctx := within(k.t, time.Minute)
	if err := k.stage.Boot(ctx, k.lane); err != nil {
		k.t.Fatal(err)
	}
	k.sent(ctx)
	k.stage.Drain()
	there := salesIn(k.t, k.stage.Folder("hq")+"/hq.db", `SELECT body FROM intake WHERE orig_seq IS NULL`)
	here := k.journal()
	if !maps.Equal(here, there) {
		k.t.Errorf("headquarters has %d sales, the journal %d", len(there), len(here))
	}
	for amount, times := range there {
		if times != 1 {
			k.t.Errorf("sale of %d came %d times", amount, times)
		}
	}
	var report json.RawMessage
	if err := k.stage.Ask(k.t.Context(), &report, "hq", "verify"); err != nil {
		k.t.Errorf("verify of headquarters: %v", err)
	}
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

// salesIn counts the sales among the bodies that a query finds, by amount.
func salesIn(t *testing.T, file, query string) map[int64]int {
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
	count := map[int64]int{}
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			t.Fatal(err)
		}
		e, err := ledger.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind == ledger.Sold {
			count[int64(e.Sale.Total)]++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return count
}

// walSynced reads a trace: whether the last thing that was done to the WAL was
// an fdatasync that returned.
func walSynced(t *testing.T, trace string) bool {
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
	t       *testing.T
	address string
	token   string
	day     string
	next    int64
	asked   map[int64]string
}

func newPOS(t *testing.T, s *stage.Stage, l *stage.Lane) *pos {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(s.Folder(l.Name), "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	return &pos{
		t: t, address: apiAddress(t, s.LogFile(l.Name)), token: strings.TrimSpace(string(token)),
		day: time.Now().UTC().Format(time.DateOnly),
	}
}

// stream sends sales one after the other until told to stop or the daemon is
// gone, and returns those it was told of.
func (p *pos) stream(round int, stop <-chan struct{}) map[int64]string {
	told := map[int64]string{}
	p.asked = map[int64]string{}
	for i := int64(1); ; i++ {
		select {
		case <-stop:
			return told
		default:
		}
		amount := 1_000_000 + int64(round)*10_000 + i
		p.asked[amount] = "API"
		status, _, err := p.complete(fmt.Sprintf("R%d-%d", round, i), amount, "05320000001")
		if err != nil {
			return told // the daemon is gone in mid-request
		}
		if status != 200 {
			p.t.Errorf("sale of %d: status %d", amount, status)
			return told
		}
		told[amount] = "API"
	}
}

// apiAddress reads from a till's diary where its API listens now.
func apiAddress(t *testing.T, log string) string {
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
