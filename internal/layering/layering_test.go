package layering_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/loyaltyd/loyaltyd/internal/layering"
)

const module = "github.com/loyaltyd/loyaltyd"

// The module is built as the design says.
func TestHouse(t *testing.T) {
	found, err := layering.Check(os.DirFS("../.."), module, layering.Table)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}

// sound is a small module with nothing wrong; the cases below each spoil it.
func sound() map[string]string {
	return map[string]string{
		"ledger/ledger.go":                 "// Package ledger knows facts.\npackage ledger\n",
		"device/device.go":                 "// Package device knows devices.\npackage device\n",
		"device/keypad/keypad.go":          "// Package keypad reads.\npackage keypad\nimport _ \"M/device\"\n",
		"loyalty/loyalty.go":               "// Package loyalty knows promises.\npackage loyalty\nimport (\n\t_ \"M/ledger\"\n\t_ \"sync\"\n)\n",
		"loyalty/more.go":                  "package loyalty\n",
		"loyalty/phone/phone.go":           "// Package phone knows numbers.\npackage phone\nimport _ \"github.com/nyaruka/phonenumbers\"\n",
		"configs/configs.go":               "// Package configs knows settings.\npackage configs\n",
		"sync/sync.go":                     "// Package sync sends.\npackage sync\ntype Loop struct{}\nfunc (Loop) Once() {}\n",
		"sync/sync_test.go":                "package sync_test\nimport _ \"M/sync\"\n",
		"cmd/loyaltyd/main.go":             "// Loyaltyd is the daemon.\npackage main\nimport (\n\thqsync \"M/sync\"\n\t_ \"M/configs\"\n)\nvar _ hqsync.Loop\n",
		"loyalty/loyalty_test.go":          "package loyalty_test\nimport _ \"M/internal/testkit\"\n",
		"internal/testkit/kit.go":          "// Package testkit helps tests.\npackage testkit\nimport _ \"M/loyalty\"\n",
		"offline/store.go":                 "// Package offline stores.\npackage offline\nfunc Append() {}\nconst table = `entry`\nfunc f(ctx, db, x any) { const q = `SELECT ` + table; s := q; db.Query(q); db.Exec(ctx, s, x+`%`); db.QueryRow(`a` + table, x+`b`) }\n",
		"offline/migration/0001_entry.sql": "-- not CURRENT_TIMESTAMP\nCREATE TABLE entry (at_ms INTEGER) STRICT;\n",
		"offline/DESIGN.md":                "`Append`, `store.go`, `offline/s*.go`, `SELECT 1`, `ENTER` and\n`sync.Loop` ([sync](../sync/sync.go#loop), [far](https://example.com)).\n",
		"examples/README.md":               "`PosStore`\n",
		"offline/testdata/wrong.go":        "package nonsense\nimport _ \"M/configs\"\n",
		".hidden/wrong.go":                 "package nonsense\n",
	}
}

func run(t *testing.T, files map[string]string) []string {
	t.Helper()
	tree := fstest.MapFS{}
	for name, text := range files {
		tree[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, `"M/`, `"`+module+"/"))}
	}
	found, err := layering.Check(tree, module, layering.Table)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range found {
		all = append(all, v.String())
	}
	return all
}

func TestSoundTree(t *testing.T) {
	if found := run(t, sound()); len(found) != 0 {
		t.Errorf("%q", found)
	}
}

// Every rule catches what it is there for, at its place, and nothing else.
func TestTeeth(t *testing.T) {
	sql := func(body string) string { return "package offline\nfunc g(ctx, db, x any) {\n" + body + "\n}\n" }
	for _, c := range []struct {
		name, file, text, want string
	}{
		{"upward import", "ledger/up.go", "package ledger\nimport _ \"M/loyalty\"\n", "ledger/up.go:2: ledger may not import loyalty"},
		{"sideways import", "device/keypad/side.go", "package keypad\nimport _ \"M/device/display\"\n", "device/keypad/side.go:2: device/keypad may not import device/display"},
		{"parent to child", "device/down.go", "package device\nimport _ \"M/device/keypad\"\n", "device/down.go:2: device may not import device/keypad"},
		{"configuration below the top", "offline/conf.go", "package offline\nimport _ \"M/configs\"\n", "offline/conf.go:2: offline may not import configs"},
		{"daemon to command", "cmd/loyaltyd/terminal/up.go", "// Package terminal is a till.\npackage terminal\nimport _ \"M/cmd/loyaltyd/command\"\n", "cmd/loyaltyd/terminal may not import cmd/loyaltyd/command"},
		{"test helper in production", "cmd/loyaltyd/kit.go", "package main\nimport _ \"M/internal/testkit\"\n", "cmd/loyaltyd/kit.go:2: only tests may import internal/testkit"},
		{"part of a library behind our back", "loyalty/lib.go", "package loyalty\nimport _ \"cel.dev/cel-go/cel\"\n", "loyalty/lib.go:2: only loyalty/condition may import"},
		{"library behind our back", "loyalty/lib.go", "package loyalty\nimport _ \"github.com/nyaruka/phonenumbers\"\n", "loyalty/lib.go:2: only loyalty/phone may import"},
		{"unknown package", "helpers/h.go", "// Package helpers helps.\npackage helpers\n", "helpers: package is not in the table"},
		{"unknown package of tests", "extra/e_test.go", "package extra_test\n", "extra: package is not in the table"},
		{"no package comment", "receipt/r.go", "package receipt\n", "receipt: package has no comment"},
		{"two package comments", "loyalty/more.go", "// Package loyalty, again.\npackage loyalty\n", "second package comment"},
		{"loose comment", "receipt/r.go", "// Receipts.\npackage receipt\n", `package comment must begin with "Package receipt "`},
		{"no alias", "cmd/loyaltyd/s.go", "package main\nimport \"M/sync\"\nvar _ sync.Loop\n", "cmd/loyaltyd/s.go:2: import " + module + "/sync as hqsync"},
		{"another alias", "cmd/loyaltyd/s_test.go", "package main\nimport s \"M/sync\"\nvar _ s.Loop\n", "as hqsync"},
		{"name of std sync", "sync/m.go", "package sync\ntype Mutex struct{}\n", "sync/m.go:2: package sync must not export Mutex"},
		{"function of std sync", "sync/m.go", "package sync\nfunc OnceFunc() {}\n", "must not export OnceFunc"},
		{"variable of std sync", "sync/m.go", "package sync\nvar A, Pool int\n", "must not export Pool"},
		{"Sprintf", "offline/q.go", sql(`db.Exec(fmt.Sprintf("DELETE FROM %s", x))`), "offline/q.go:3: SQL is built with fmt.Sprintf"},
		{"Sprintf after a context", "offline/q.go", sql(`db.QueryContext(ctx, fmt.Sprintf("DELETE FROM %s", x))`), "with fmt.Sprintf"},
		{"Sprintf in a variable", "offline/q.go", sql("q := fmt.Sprintf(`a%d`, 1)\ndb.QueryRow(q)"), "offline/q.go:4: SQL is built with fmt.Sprintf"},
		{"plus", "offline/q.go", sql("db.Query(`SELECT ` + x)"), "with +"},
		{"plus in a variable", "offline/q.go", sql("var q = `SELECT ` + x\ndb.Query(ctx, q)"), "with +"},
		{"plus, later", "offline/q.go", sql("q := `SELECT 1`\nq += x\ndb.Query(q)"), "with +="},
		{"strings", "offline/q.go", sql("db.Prepare(strings.Join(x, `,`))"), "with strings.Join"},
		{"strings.Builder", "offline/q.go", sql("var b strings.Builder\ndb.Exec(b.String())"), "piece by piece"},
		{"in a test", "offline/q_test.go", sql("db.Exec(`a` + x)"), "with +"},
		{"SQLite's clock", "offline/c.go", sql("db.Exec(`SELECT datetime('now')`)"), "offline/c.go:3: 'now': time is a parameter"},
		{"default clock", "offline/migration/0002_x.sql", "CREATE TABLE a (\n  at TEXT DEFAULT current_timestamp\n);\n", "offline/migration/0002_x.sql:2: current_timestamp"},
		{"PostgreSQL's clock", "hq/migration/0001_x.sql", "SELECT now();\n", "hq/migration/0001_x.sql:1: now()"},
		{"document to a file that is gone", "offline/DESIGN.md", "```sql\nSELECT 1;\n```\n`lost.go` lines.\n", "offline/DESIGN.md:4: no source is or has lost.go"},
		{"document to a file that is elsewhere", "offline/DESIGN.md", "`sync/store.go`\n", "no source is or has sync/store.go"},
		{"document to a name that is gone", "offline/DESIGN.md", "`appendAll`\n", "offline/DESIGN.md:1: no source is or has appendAll"},
		{"document to a package's name that is gone", "README.md", "`offline.Prepend`\n", "README.md:1: no source is or has offline.Prepend"},
		{"link to nowhere", "examples/README.md", "[a](x.md)\n", "examples/README.md:1: x.md is not there"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := sound()
			files[c.file] = c.text
			found := run(t, files)
			if len(found) != 1 && c.name != "two package comments" || len(found) == 0 || !strings.Contains(found[0], c.want) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

// A source that does not parse is an error, not a pass.
func TestBrokenSource(t *testing.T) {
	tree := fstest.MapFS{"ledger/l.go": {Data: []byte("package")}}
	if _, err := layering.Check(tree, module, layering.Table); err == nil {
		t.Error("accepted")
	}
}
