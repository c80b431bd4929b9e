package story_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Between a sale's last write to the WAL and the first byte that tells of it,
// on the pseudo-terminal or the socket, stands a sync that returned. The same
// check catches a till that is opened with synchronous=NORMAL.
func TestToldAfterSync(t *testing.T) {
	sales := 5
	if *fullNumbers {
		sales = 50
	}
	for _, c := range []struct {
		name  string
		serve func(*tracing, int)
	}{
		{"keypad", (*tracing).serveKeypad},
		{"scanner", (*tracing).serveScanner},
		{"API", (*tracing).serveAPI},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTracing(t, newStage(t))
			c.serve(tr, sales)
			found := tr.read(c.name)
			t.Logf("%d sales: %+v", sales, found)
			if found.early != 0 || found.told < sales || found.commits < sales {
				t.Errorf("%d sales: %+v; want each synced, then told", sales, found)
			}
		})
	}
}

func TestToldAfterSyncHasTeeth(t *testing.T) {
	s := newStage(t)
	s.Executable, s.Env = buildMutant(t, "internal/sqlitedb/pragma.go", `synchronous = FULL", "PRAGMA synchronous", "2"`, `synchronous = NORMAL", "PRAGMA synchronous", "1"`), nil
	tr := newTracing(t, s)
	tr.serveKeypad(5)
	if found := tr.read("keypad"); found.early == 0 {
		t.Errorf("synchronous=NORMAL went unnoticed: %+v", found)
	}
}

// tracing is a till under strace, with headquarters out of reach so that
// nobody but the counter writes.
type tracing struct {
	t     *testing.T
	ctx   context.Context
	stage *stage.Stage
	lane  *stage.Lane
	trace string
	pos   *pos
}

func newTracing(t *testing.T, s *stage.Stage) *tracing {
	need(t, "strace")
	tr := &tracing{t: t, ctx: testkit.Within(t, 2*time.Minute), stage: s, trace: filepath.Join(s.Dir, "trace")}
	if err := s.Open(tr.ctx, "till"); err != nil {
		t.Fatal(err)
	}
	tr.lane = s.Lanes[0]
	k := &killing{t: t, stage: s, lane: tr.lane}
	k.press(tr.ctx, "05320000001\r", "New?")
	k.press(tr.ctx, "C", "Amount, then")
	k.press(tr.ctx, "\x1b", stage.Ready)
	tr.lane.Process.Stop()
	s.Network.Cut()
	words := []string{"strace", "-f", "-qq", "-yy", "-o", tr.trace, "-e", "trace=write,writev,sendto,pwrite64,pwritev,fsync,fdatasync"}
	if err := s.Boot(tr.ctx, tr.lane, words...); err != nil {
		t.Fatal(err)
	}
	return tr
}

func (tr *tracing) serveKeypad(sales int) {
	k := &killing{t: tr.t, stage: tr.stage, lane: tr.lane, amount: 10000, asked: map[int64]face{}}
	for range sales {
		k.key(tr.ctx)
		k.await(tr.ctx, "Earned")
		k.press(tr.ctx, "\x1b", stage.Ready)
	}
}

func (tr *tracing) serveScanner(sales int) {
	k := &killing{t: tr.t, stage: tr.stage, lane: tr.lane, amount: 10000, asked: map[int64]face{}}
	for range sales {
		k.scan(tr.ctx)
		k.await(tr.ctx, "Earned")
		k.press(tr.ctx, "\x1b", stage.Ready)
	}
}

func (tr *tracing) serveAPI(sales int) {
	tr.pos = newPOS(tr.t, tr.stage, tr.lane)
	for i := range sales {
		status, answer, err := tr.pos.complete(fmt.Sprintf("S%d", i), 10000, "05320000001")
		if err != nil || status != 200 {
			tr.t.Fatalf("sale %d: %d %s %v", i, status, answer, err)
		}
	}
}

// order is what a trace says: how many commits were synced, how many writes
// told of a commit, and how many told while a write to the WAL was not synced.
type order struct{ commits, told, early int }

// read goes over the trace; face is where sales were told.
func (tr *tracing) read(face string) (found order) {
	killDaemon(tr.t, tr.stage, tr.lane)
	text, err := os.ReadFile(tr.trace)
	if err != nil {
		tr.t.Fatal(err)
	}
	telling := tr.telling(face)
	dirty, untold := false, false
	pending := map[string]string{} // a thread's unfinished call
	for line := range strings.Lines(string(text)) {
		thread, call, _ := strings.Cut(strings.TrimSpace(line), " ")
		call = strings.TrimSpace(call)
		resumed := strings.HasPrefix(call, "<...")
		if resumed {
			call = pending[thread] + call
		} else if strings.HasSuffix(call, "<unfinished ...>") {
			pending[thread] = call
		}
		wal := strings.Contains(call, "journal.db-wal>")
		switch {
		case wal && strings.HasPrefix(call, "pwrite"):
			dirty = dirty || !isPadding(call)
		case wal && strings.Contains(call, "sync(") && strings.HasSuffix(call, "= 0") && dirty:
			dirty, untold = false, true
			found.commits++
		case resumed || !strings.HasPrefix(call, "write") || !strings.Contains(call, telling):
		case dirty:
			found.early++
		case untold:
			untold = false
			found.told++
		}
	}
	return found
}

// isPadding reports whether a write to the WAL is the rest of the frame that fills
// a commit's last sector: SQLite writes it once what counts is synced. Every other
// write begins with a frame, or with the page in it.
func isPadding(call string) bool {
	const walHeader, frameHeader, page = 32, 24, 4096
	var size, offset int64
	args, _, unfinished := strings.Cut(call, " <unfinished ...>") // another thread's call came between
	if !unfinished {
		args = call[:max(0, strings.LastIndex(call, ")"))]
	}
	if i := strings.LastIndex(args, "\", "); i >= 0 {
		args = args[i+3:]
	} else if i := strings.LastIndex(args, "..., "); i >= 0 {
		args = args[i+5:]
	}
	if n, err := fmt.Sscanf(args, "%d, %d", &size, &offset); n != 2 || err != nil || offset < walHeader {
		return false
	}
	within := (offset - walHeader) % (frameHeader + page)
	return within != 0 && within != frameHeader
}

// What is padding is seen also where strace breaks the line.
func TestPaddingIsSeen(t *testing.T) {
	const file = `pwrite64(11</t/till/journal.db-wal>, "\0\0\10"..., `
	for rest, want := range map[string]bool{
		"24, 4152) = 24":              false, // a frame's header
		"4096, 56) = 4096":            false, // its page
		"3616, 4632) = 3616":          true,
		"3616, 4632 <unfinished ...>": true,
		"24, 4152 <unfinished ...>":   false,
		"3616, 4632 <unfinished ...><... pwrite64 resumed>) = 3616": true,
	} {
		if isPadding(file+rest) != want {
			t.Errorf("%s: padding is %v", rest, !want)
		}
	}
}

// telling is how the trace names the other end of where sales are told.
func (tr *tracing) telling(face string) string {
	if face == "API" {
		return "TCP:[" + tr.pos.address + "->"
	}
	display, err := os.Readlink(filepath.Join(tr.stage.Dir, "till.dev", "display"))
	if err != nil {
		tr.t.Fatal(err)
	}
	return "<" + display + "<char"
}

// buildMutant builds the command with one text of one file replaced, and
// leaves the tree as it is.
func buildMutant(t *testing.T, file, old, changed string) string {
	t.Helper()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	mutated := strings.ReplaceAll(string(source), old, changed)
	if mutated == string(source) {
		t.Fatalf("%q does not stand in %s", old, file)
	}
	dir := t.TempDir()
	written := filepath.Join(dir, "mutant.go")
	if err := os.WriteFile(written, []byte(mutated), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, file): written}})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "loyaltyd")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlayFile, "-o", binary, "./cmd/loyaltyd")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build mutant: %v\n%s", err, out)
	}
	return binary
}
