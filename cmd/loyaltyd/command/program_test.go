package command_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/command/commandtest"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	shippedPrograms = "../../../configs/programs"
	terminalColumns = 80
	nextYear        = "testdata/program/tiered-points-next.yaml"
)

// golden compares a command's results with a file.
func golden(t *testing.T, name string, args ...string) string {
	t.Helper()
	code, out, talk := commandtest.Run(t, args...)
	if code != exit.OK || talk != "" {
		t.Errorf("%v: exit %d, %s", args, code, talk)
	}
	file := filepath.Join("testdata/program", name)
	if *update {
		if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
	return out
}

// Each program we ship is told in words that fit a terminal.
func TestProgramCheck(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shippedPrograms, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	programs := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".scenario.yaml") {
			continue
		}
		programs++
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		fits(t, golden(t, name+".txt", "program", "check", file))
	}
	if programs < 7 {
		t.Errorf("%d programs in %s", programs, shippedPrograms)
	}
	golden(t, "tiered-points.json", "program", "check", "--json", filepath.Join(shippedPrograms, "tiered-points.yaml"))
}

func fits(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > terminalColumns {
			t.Errorf("wider than %d: %q", terminalColumns, line)
		}
	}
}

// A program a year later: what it means for members, and what for managers.
func TestProgramDiff(t *testing.T) {
	old := filepath.Join(shippedPrograms, "tiered-points.yaml")
	fits(t, golden(t, "tiered-points-diff.txt", "program", "diff", old, nextYear))
	fits(t, golden(t, "tiered-points-diff-back.txt", "program", "diff", nextYear, old))
	fits(t, golden(t, "tiered-points-diff-none.txt", "program", "diff", old, old))
	golden(t, "tiered-points-diff.json", "program", "diff", "--json", old, nextYear)
}

// What is wrong with a file is told by place, in all files asked for, and with
// exit 65; what is right beside it is told all the same.
func TestProgramProblems(t *testing.T) {
	old := filepath.Join(shippedPrograms, "starter.yaml")
	source, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.yaml")
	text := strings.Replace(string(source), "points: 1/100", "points: 0.01", 1)
	text = strings.Replace(text, "version: 1", "version: 0", 1)
	if err := os.WriteFile(wrong, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, talk := commandtest.Run(t, "program", "check", wrong, old)
	if code != exit.Data || !strings.Contains(talk, wrong+": 2 problems") {
		t.Errorf("exit %d, %s", code, talk)
	}
	lines := strings.Split(out, "\n")
	if !strings.HasPrefix(lines[0], wrong+":5:10: version 0") || !strings.Contains(lines[1], "1/100") || !strings.Contains(out, "starter, version 1") {
		t.Errorf("tells\n%s", out)
	}
	code, out, _ = commandtest.Run(t, "program", "check", "--json", wrong, old)
	var checked []command.CheckedProgram
	if err := json.Unmarshal([]byte(out), &checked); code != exit.Data || err != nil || len(checked) != 2 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}
	if len(checked[0].Problems) != 2 || checked[0].Problems[0].Line != 5 || checked[0].Summary != nil || checked[1].Summary == nil {
		t.Errorf("tells %s", out)
	}
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"check"}, exit.Usage, "want: loyaltyd program check FILE..."},
		{[]string{"check", "/nowhere.yaml"}, exit.Usage, "the program's YAML file"},
		{[]string{"diff", old}, exit.Usage, "want: loyaltyd program diff OLD NEW"},
		{[]string{"diff", old, wrong}, exit.Data, wrong + ":5:10: version 0"},
		{[]string{"diff", old, nextYear}, exit.Data, `"starter" and "beauty" are two programs`},
	} {
		code, _, talk := commandtest.Run(t, append([]string{"program"}, c.args...)...)
		if code != c.code || !strings.Contains(talk, c.says) {
			t.Errorf("%v: exit %d and %q, want %d and %q in it", c.args, code, talk, c.code, c.says)
		}
	}
}

// The stories of a program we ship come true; one that does not is told by its
// place.
func TestProgramStories(t *testing.T) {
	story := filepath.Join(shippedPrograms, "tiered-points.scenario.yaml")
	if code, out, talk := commandtest.Run(t, "program", "test", story); code != exit.OK || !strings.Contains(out, "all met") {
		t.Errorf("exit %d: %s%s", code, out, talk)
	}
	source, err := os.ReadFile(story)
	if err != nil {
		t.Fatal(err)
	}
	wrong := filepath.Join(t.TempDir(), "wrong.scenario.yaml")
	program, err := filepath.Abs(filepath.Join(shippedPrograms, "stars.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(source), "program: tiered-points.yaml", "program: "+program, 1)
	if err := os.WriteFile(wrong, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := commandtest.Run(t, "program", "test", wrong); code != exit.Data || !strings.Contains(out, wrong+":") {
		t.Errorf("another program: exit %d: %s", code, out)
	}
}
