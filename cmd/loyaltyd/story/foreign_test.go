package story_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// Debian's sqlite3 with its default pragmas cannot change what was written.
func TestForeignClientCannotChangeTheJournal(t *testing.T) {
	need(t, "sqlite3")
	s := openShop(t)
	journal := filepath.Join(s.Folder("till"), "journal.db")
	dump := func() string {
		out, err := exec.Command("sqlite3", journal, "SELECT n, id, body, hex(hash) FROM journal").CombinedOutput()
		if err != nil || len(out) == 0 {
			t.Fatalf("read journal: %v\n%s", err, out)
		}
		return string(out)
	}
	before := dump()
	for _, statement := range []string{
		`UPDATE journal SET body = replace(body, '100', '900')`,
		`UPDATE OR REPLACE journal SET n = 1 WHERE n = 2`,
		`DELETE FROM journal`,
		`DELETE FROM journal WHERE n = (SELECT max(n) FROM journal)`,
		`INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE n = 1`,
		`REPLACE INTO journal SELECT * FROM journal WHERE n = 2`,
		`INSERT OR IGNORE INTO journal SELECT n + 10, epoch, seq + 10, id, kind, subject, business_day_date, at_ms, body, body_hash, hash, orig_n FROM journal WHERE n = 1`,
		`INSERT INTO journal SELECT * FROM journal WHERE n = 1 ON CONFLICT (n) DO UPDATE SET body = 'x'`,
	} {
		out, err := exec.Command("sqlite3", "-cmd", ".timeout 5000", journal, statement).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "append-only") {
			t.Errorf("%s: %v %s, want it refused as append-only", statement, err, out)
		}
	}
	if after := dump(); after != before {
		t.Errorf("the journal changed:\n%s\nto\n%s", before, after)
	}
}

// Whoever copies the database files or reads the diaries, of till or
// headquarters, finds the number in none of its spellings, nor the POS's token.
func TestFilesTellNoPhoneNumber(t *testing.T) {
	s := openShop(t)
	s.Drain()
	spellings := []string{
		"05320000001", "5320000001", "905320000001", "+905320000001", "0532 000 00 01", "532 000 00 01", "532 000 0001",
		"0532 000 0001", "+90 532 000 00 01", "+90 532 0000001", "532-000-00-01", "00905320000001",
	}
	token, err := os.ReadFile(filepath.Join(s.Folder("till"), "api.token"))
	if err != nil {
		t.Fatal(err)
	}
	searched := 0
	err = filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		searched++
		if entry.Name() != "api.token" && bytes.Contains(content, bytes.TrimSpace(token)) {
			t.Errorf("%s holds the token", path)
		}
		for _, spelling := range spellings {
			if bytes.Contains(content, []byte(spelling)) {
				t.Errorf("%s holds %q", path, spelling)
			}
		}
		return nil
	})
	if err != nil || searched < 6 {
		t.Errorf("searched %d files: %v", searched, err)
	}
}

// Bytes typed by hand into the other end of socat's pseudo-terminals serve a
// member: nothing depends on our own simulator.
func TestSocatServesAMember(t *testing.T) {
	need(t, "socat")
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	s.Lanes[0].Process.Stop()
	dir := t.TempDir()
	hand := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"keypad", "display"} {
		link := exec.CommandContext(t.Context(), "socat", "PTY,raw,echo=0,link="+hand(name), "PTY,raw,echo=0,link="+hand(name+".end"))
		if err := link.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { link.Process.Kill(); link.Wait() })
		awaitFile(t, hand(name))
		awaitFile(t, hand(name+".end"))
	}
	config := s.Dir + "/socat.yaml"
	text := "data_dir: " + s.Folder("till") + "\napi: {listen: 127.0.0.1:0}\n" +
		"keypads:\n  - {name: pad, port: " + hand("keypad") + "}\ndisplays:\n  - {name: glass, port: " + hand("display") + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	glass, err := os.Open(hand("display.end"))
	if err != nil {
		t.Fatal(err)
	}
	defer glass.Close()
	pad, err := os.OpenFile(hand("keypad.end"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pad.Close()
	process, err := s.Start("socat", "run")
	if err != nil {
		t.Fatal(err)
	}
	defer process.Stop()
	shownBytes := readAll(glass)
	// What is keyed before the keypad is open belongs to nobody and is dropped.
	awaitWords(t, s.LogFile("socat"), `"device":"pad"`)
	for _, step := range []struct{ keys, shows string }{
		{"", "then ENTER"}, {"05320000001\r", "New?"}, {"C", "Amount"}, {"10000\r", "100"},
	} {
		if _, err := pad.WriteString(step.keys); err != nil {
			t.Fatal(err)
		}
		awaitText(t, shownBytes, step.shows)
	}
	awaitText(t, shownBytes, "Balance")
}

// readAll streams what comes out of a file, byte by byte.
func readAll(f *os.File) <-chan byte {
	out := make(chan byte, 4096)
	go func() {
		defer close(out)
		for reader := bufio.NewReader(f); ; {
			b, err := reader.ReadByte()
			if err != nil {
				return
			}
			out <- b
		}
	}()
	return out
}

func awaitText(t *testing.T, in <-chan byte, text string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	var seen []byte
	for !bytes.Contains(seen, []byte(text)) {
		select {
		case b, ok := <-in:
			if !ok {
				t.Fatalf("the display's end closed after %q", seen)
			}
			seen = append(seen, b)
		case <-deadline:
			t.Fatalf("the display got %q, want %q in it", seen, text)
		}
	}
}

func awaitFile(t *testing.T, path string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not come", path)
		}
		time.Sleep(5 * time.Millisecond) // a condition with a deadline
	}
}

// awaitWords waits until a file has these words.
func awaitWords(t *testing.T, path, words string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(words)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s has not %q: %v\n%s", path, words, err, text)
		}
		time.Sleep(5 * time.Millisecond) // a condition with a deadline
	}
}

// openShop serves one member at one till, and waits until headquarters has it.
func openShop(t *testing.T) *stage.Stage {
	t.Helper()
	s := newStage(t)
	ctx := testkit.Within(t, time.Minute)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	k := &killing{t: t, stage: s, lane: s.Lanes[0], amount: 10000, asked: map[int64]face{}}
	k.press(ctx, "05320000001\r", "New?")
	k.press(ctx, "C", "Amount, then")
	k.press(ctx, "\x1b", stage.Ready)
	k.key(ctx)
	k.await(ctx, "Earned")
	k.sent(ctx)
	return s
}
