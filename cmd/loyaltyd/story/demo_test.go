package story_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/demo"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// The demo's story ends well, its folders can be read again, and any row that
// was changed in one of them is found.
func TestDemo(t *testing.T) {
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(commandtest.Env, "1")
	var said bytes.Buffer
	told := demo.Options{Executable: executable, Dir: t.TempDir(), Once: true, Out: &said}
	if err := demo.Run(testkit.Within(t, time.Minute), told); err != nil {
		t.Fatalf("%v\n%s", err, &said)
	}
	for _, want := range []string{
		"***0001   800 points", "Balance          418", "Balance          880", "balance 498, verified (", "All three agree",
	} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("the story lacks %q:\n%s", want, &said)
		}
	}
	if err := demo.Check(t.Context(), told); err != nil {
		t.Errorf("read again: %v", err)
	}
	for name, last := range map[string]string{"hq": "headquarters is closed", "till1": "till is closed", "till2": "till is closed"} {
		diary, err := os.ReadFile(filepath.Join(told.Dir, name+".log"))
		if err != nil || !strings.Contains(string(diary), last) {
			t.Errorf("%s lacks %q: %v\n%s", name, last, err, diary)
		}
	}
	historyTells(t, filepath.Join(told.Dir, "hq"))
	for _, c := range []struct{ name, file, statement, says string }{
		{"headquarters' balance", "hq/hq.db", `UPDATE balance SET available = available + 1`, "available is 499, its rows make 498"},
		{"headquarters' ledger", "hq/hq.db", `UPDATE ledger SET verdict = 'held' WHERE n = 1`, "row 1: its columns are not those of the decision"},
		{"headquarters' intake", "hq/hq.db", `UPDATE intake SET body = CAST(replace(CAST(body AS TEXT), '60000', '90000') AS BLOB)`, "the body is not the one that came"},
		{"a lost ledger row", "hq/hq.db", `DELETE FROM ledger WHERE n = (SELECT max(n) FROM ledger)`, "NOT VERIFIED ("},
		{"a lost attachment", "hq/hq.db", `DELETE FROM attachment`, "its attachment is missing"},
		{"a lost person", "hq/hq.db", `DELETE FROM person`, "its person is missing"},
		{"a changed person", "hq/hq.db", `UPDATE person SET account = 'x' || account; UPDATE claim_identifier SET account = 'x' || account`, "NOT VERIFIED ("},
		{"a till's journal", "till1/journal.db", `DROP TRIGGER journal_update; UPDATE journal SET body = replace(body, '"amount":600', '"amount":900')`, "1.2: the body is not the one that was hashed"},
		{"a till's last entry", "till2/journal.db", `DROP TRIGGER journal_delete; DELETE FROM journal WHERE n = (SELECT max(n) FROM journal)`, "the journal does not have 1.2"},
		{"a till's right", "till1/journal.db", `UPDATE rights SET spent = 0`, "0 spent, and 500 in the journal"},
		{"a till's balance", "till2/directory.db", `UPDATE member SET available = available + 500`, "till2  balance 998, verified"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var said bytes.Buffer
			changed := demo.Options{Executable: executable, Dir: t.TempDir(), Out: &said}
			copyStage(t, told.Dir, changed.Dir)
			change(t, filepath.Join(changed.Dir, c.file), c.statement)
			if err := demo.Check(t.Context(), changed); err == nil {
				t.Error("nobody noticed")
			}
			if !strings.Contains(said.String(), c.says) || strings.Contains(said.String(), "(0 rows)") {
				t.Errorf("%q is not said:\n%s", c.says, &said)
			}
		})
	}
}

// A folder that no demo left is refused in one line.
func TestDemoCheckElsewhere(t *testing.T) {
	code, out, talk := commandtest.Run(t, "demo", "--check", t.TempDir())
	if code != exit.Usage || out != "" || strings.Count(talk, "\n") != 2 || !strings.Contains(talk, "no folder that a demo left") || !strings.Contains(talk, "hint: name a folder") {
		t.Errorf("exit %d, %s%s", code, out, talk)
	}
}

// historyTells reads out at headquarters what happened to the demo's member.
func historyTells(t *testing.T, folder string) {
	t.Helper()
	code, out, talk := commandtest.Run(t, "member", "history", "05320000001", "--data", folder)
	if code != exit.OK {
		t.Fatalf("member history: exit %d, %s", code, talk)
	}
	for _, want := range []string{
		"enrolled at Till 1\n", "at Till 1, 600.00 TRY\n    +600 points: base +600\n",
		"at Till 1, 118.45 TRY\n    -382 points: base +118, five -500\n    reward five: 5.00 off\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("member history lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "5320000001") {
		t.Errorf("member history tells her number:\n%s", out)
	}
}

// copyStage copies what a demo left to another folder, whose name stands in
// the configurations.
func copyStage(t *testing.T, from, to string) {
	t.Helper()
	mustRun(t, "cp", "-a", from+"/.", to) // with its modes, or nobody opens it
	for _, name := range []string{"hq", "till1", "till2"} {
		path := filepath.Join(to, name+".yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(from), []byte(to)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func change(t *testing.T, file, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}
