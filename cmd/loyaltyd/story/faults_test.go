package story_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// faulty is a till in business to which something happens, with the cashier in
// front of it.
type faulty struct {
	t      testing.TB
	stage  *stage.Stage
	lane   *stage.Lane
	amount int64
	told   map[int64]bool // amounts the display told as earned
	online bool           // headquarters can be reached
	exact  bool           // no sale may stand but those told
	number string         // of the receipt at hand
}

const regular = "05320000001"

// newFaulty is a till offline with one member, who has earned once; what is in
// the environment configures it.
func newFaulty(t *testing.T, environment ...string) *faulty {
	t.Helper()
	s := newStage(t)
	s.Env = append(s.Env, environment...)
	if err := s.Open(testkit.Within(t, time.Minute), "till"); err != nil {
		t.Fatal(err)
	}
	f := &faulty{t: t, stage: s, lane: s.Lanes[0], amount: 10000, told: map[int64]bool{}}
	f.press(regular+"\r", "New?")
	f.press("C", "Amount, then")
	f.press("\x1b", stage.Ready)
	s.Network.Cut()
	f.sells()
	return f
}

func (f *faulty) press(keys, words string) {
	f.t.Helper()
	if err := f.lane.Press(testkit.Within(f.t, 10*time.Second), keys, words); err != nil {
		f.t.Fatal(err)
	}
}

// key types a sale to its last ENTER; each has an amount of its own.
func (f *faulty) key() int64 {
	f.t.Helper()
	f.amount++
	f.press(regular+"\r", "Amount, then")
	text := strconv.FormatInt(f.amount, 10)
	f.press(text, text[:len(text)-2]+"."+text[len(text)-2:])
	if err := f.lane.Keypad.Type("\r"); err != nil {
		f.t.Fatal(err)
	}
	return f.amount
}

// sells serves the member and fails unless the display says that she earned.
func (f *faulty) sells() {
	f.t.Helper()
	amount := f.key()
	f.sees("Earned")
	f.told[amount] = true
	f.press("\x1b", stage.Ready)
}

// sees waits until the display has the words, and notes what the cashier saw.
func (f *faulty) sees(words string) {
	f.t.Helper()
	err := f.lane.Display.Wait(testkit.Within(f.t, time.Minute), func(upper, lower string) bool {
		return strings.Contains(upper, words) || strings.Contains(lower, words)
	})
	upper, lower := f.lane.Display.Lines()
	if err != nil {
		f.t.Fatalf("waited for %q, the cashier saw %q, %q: %v", words, upper, lower, err)
	}
	f.t.Logf("the cashier saw %q, %q", strings.TrimSpace(upper), strings.TrimSpace(lower))
}

// again keys a sale until one is told, and says after how long that was.
func (f *faulty) again(since time.Time) {
	f.t.Helper()
	seen := map[string]bool{}
	for ctx := testkit.Within(f.t, time.Minute); !f.trySale(ctx, seen); {
		if ctx.Err() != nil {
			f.t.Fatalf("not in business again; the cashier saw %q", slices.Sorted(maps.Keys(seen)))
		}
	}
	f.t.Logf("earning again after %s; until then the cashier saw %q",
		time.Since(since).Round(10*time.Millisecond), slices.Sorted(maps.Keys(seen)))
	f.sells()
}

// trySale keys a sale as a cashier does who looks at the display, and gives up
// where that does not go on.
func (f *faulty) trySale(ctx context.Context, seen map[string]bool) bool {
	f.amount++
	for _, step := range []struct{ keys, words string }{
		{"\x1b", stage.Ready}, {regular + "\r", "Amount, then"}, {strconv.FormatInt(f.amount, 10) + "\r", "Earned"},
	} {
		short, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := f.lane.Press(short, step.keys, step.words)
		cancel()
		upper, lower := f.lane.Display.Lines()
		if err != nil {
			seen[strings.TrimSpace(upper)+" / "+strings.TrimSpace(lower)] = true
			return false
		}
	}
	f.told[f.amount] = true
	f.press("\x1b", stage.Ready)
	return true
}

// enters presses ENTER again and again, as one does, until the display has the
// words.
func (f *faulty) enters(words string) { f.t.Helper(); f.pressUntil("\r", words) }

// pressUntil presses a key again and again until the display has all the words.
func (f *faulty) pressUntil(key string, words ...string) {
	f.t.Helper()
	for ctx := testkit.Within(f.t, 20*time.Second); ; {
		f.must("press", f.lane.Keypad.Type(key))
		short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		err := f.lane.Display.Wait(short, func(upper, lower string) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(upper+"\n"+lower, w) })
		})
		cancel()
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			f.t.Fatal(err)
		}
	}
}

// whole checks that everything told stands once, here and, once the network is
// back, at headquarters, and that both folders verify.
func (f *faulty) whole() {
	f.t.Helper()
	ctx := testkit.Within(f.t, time.Minute)
	f.connect()
	// A till that opens its files again is in the middle of something.
	for wait := testkit.Within(f.t, 20*time.Second); wait.Err() == nil; {
		if _, err := os.Stat(f.file("directory.db")); err == nil {
			break
		}
	}
	var state struct {
		Unsent int `json:"unsent"`
	}
	for state.Unsent = 1; state.Unsent > 0; {
		// A till that just makes a file anew cannot be looked into.
		if err := f.stage.Ask(ctx, &state, "till", "status"); err != nil && ctx.Err() != nil {
			f.t.Fatal(err)
		}
	}
	f.stage.Drain()
	for where, query := range map[string]string{
		f.stage.Folder("till") + "/journal.db": `SELECT n, body FROM journal WHERE orig_n IS NULL`,
		f.stage.Folder("hq") + "/hq.db":        `SELECT min(seq), body FROM intake GROUP BY body_hash`,
	} {
		stands, _ := salesIn(f.t, where, query)
		for amount := range f.told {
			if stands[amount] != 1 {
				f.t.Errorf("sale of %d was told and stands %d times in %s", amount, stands[amount], where)
			}
		}
		if f.exact && len(stands) != len(f.told) {
			f.t.Errorf("%d sales were told and %d stand in %s", len(f.told), len(stands), where)
		}
	}
	var report any
	if err := f.stage.Ask(f.t.Context(), &report, "till", "verify"); err != nil {
		f.t.Errorf("verify: %v", err)
	}
	isWhole(f.t.Context(), f.t, f.stage, "hq")
}

// connect brings the network back.
func (f *faulty) connect() {
	f.t.Helper()
	if !f.online {
		f.must("restore network", f.stage.Network.Restore())
	}
	f.online = true
}

func (f *faulty) file(name string) string { return filepath.Join(f.stage.Folder("till"), name) }

func (f *faulty) must(what string, err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
}

// Whoever deletes, replaces or damages the files of a running till stops it
// from acknowledging, not from working: it is in business again within a
// minute, and nothing told is lost.
func TestFilesTakenFromADaemon(t *testing.T) {
	for name, take := range map[string]func(f *faulty) error{
		"the journal deleted":  func(f *faulty) error { return os.Remove(f.file("journal.db")) },
		"the journal replaced": func(f *faulty) error { return replace(f.file("journal.db"), []byte("another file")) },
		"the journal damaged":  func(f *faulty) error { return overwrite(f.file("journal.db")) },
		"the directory deleted": func(f *faulty) error {
			from := f.diary()
			err := errors.Join(os.Remove(f.file("directory.db")), os.Remove(f.file("directory.db-wal")))
			f.writes(from, "", "opening them again") // sales go on until it is missed
			f.writes(from, "keypad", "device online")
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t)
			f.sells()
			f.must("take away", take(f))
			f.again(time.Now())
			f.whole()
		})
	}
}

func replace(path string, content []byte) error {
	return errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path))
}

// overwrite destroys a file in place, from its second page on.
func overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, int(size-4096)), 4096)
	return errors.Join(err, f.Close())
}

// A disk without room stops earning with a sentence, and nothing else: looking
// her up works; and once there is room the same ENTER goes through, without
// anyone's help.
func TestDiskFullAndFreed(t *testing.T) {
	f := newFaulty(t)
	pid := f.pid()
	f.must("fill the disk", limitFiles(pid, "4096"))
	refused := f.key()
	f.sees("Not saved: ENTER")
	shown, since := f.shown(), time.Now()
	f.must("free the disk", limitFiles(pid, "unlimited"))
	f.enters("Earned")
	f.saw("the disk full, freed, the same ENTER", shown, since)
	f.told[refused] = true
	f.sells()
	f.whole()
	if *fullNumbers {
		onRealFileSystem(t)
	}
}

func (f *faulty) pid() string {
	f.t.Helper()
	text, err := os.ReadFile(f.file("lock"))
	f.must("read lock", err)
	return strings.TrimSpace(string(text))
}

// limitFiles bounds the size to which a process can write a file: to it, the
// disk is full.
func limitFiles(pid, bytes string) error {
	out, err := exec.Command("prlimit", "--pid", pid, "--fsize="+bytes+":unlimited").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// A folder of a newer release is left as it is, and the daemon says what to do.
func TestNewerSchema(t *testing.T) {
	f := newFaulty(t)
	f.stage.Drain()
	f.must("upgrade", sqlite(f.file("journal.db"), "PRAGMA user_version = 99"))
	var out bytes.Buffer
	code := command.Run(testkit.Within(t, 10*time.Second), []string{"run", "--data", f.stage.Folder("till"), "--config", f.stage.Dir + "/till.yaml"}, os.Stdin, &out, &out)
	if code != exit.Config || !strings.Contains(out.String(), "newer") || !strings.Contains(out.String(), "install that release again") {
		t.Errorf("exit %d: %s", code, out.String())
	}
	f.must("downgrade", sqlite(f.file("journal.db"), "PRAGMA user_version = 2"))
}

func sqlite(path, statement string) error {
	out, err := exec.Command("sqlite3", path, statement).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// A clock a year back, or ten years ahead, of what the till has seen stops
// redeeming and nothing else, until headquarters tells the time.
func TestWrongClock(t *testing.T) {
	for name, seen := range map[string]time.Duration{"a year back": 365 * 24 * time.Hour, "ten years ahead": -3652 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFaulty(t)
			f.lane.Process.Stop()
			f.haveSeen(seen)
			f.must("boot", f.stage.Boot(testkit.Within(t, 20*time.Second), f.lane))
			var state struct {
				NoRedeem string `json:"no_redeem"`
			}
			f.must("status", f.stage.Ask(t.Context(), &state, "till", "status"))
			if !strings.Contains(state.NoRedeem, "clock") {
				t.Errorf("redeeming is refused because of %q", state.NoRedeem)
			}
			f.sells()
			f.connect()
			for ctx := testkit.Within(t, 20*time.Second); state.NoRedeem != "" && ctx.Err() == nil; {
				state.NoRedeem = ""
				f.must("status", f.stage.Ask(t.Context(), &state, "till", "status"))
			}
			if state.NoRedeem != "" {
				t.Errorf("after headquarters told the time: %s", state.NoRedeem)
			}
			f.whole()
		})
	}
}

// haveSeen makes a stopped till remember another time than now as the last one
// it saw. It remembers it twice.
func (f *faulty) haveSeen(shift time.Duration) {
	f.t.Helper()
	at := time.Now().Add(shift).UnixMilli()
	f.must("shift", sqlite(f.file("journal.db"), fmt.Sprintf("UPDATE exchange SET clock_ms = %d, contact_ms = %[1]d", at)))
	f.must("forget", os.Remove(f.file("mark")))
}
