package hq_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/hq"
)

// distribution is what the statements of DISTRIBUTED.md say: the column by which each
// table is laid out, empty for one that every machine has, and beside which table.
type distribution struct{ column, beside map[string]string }

var (
	laidOut   = regexp.MustCompile(`(?m)^SELECT create_distributed_table\('(\w+)', '(\w+)'(?:, colocate_with => '(\w+)')?\);`)
	reference = regexp.MustCompile(`(?m)^SELECT create_reference_table\('(\w+)'\);`)
)

func readDistribution(t *testing.T) (d distribution, text string) {
	t.Helper()
	read, err := os.ReadFile("DISTRIBUTED.md")
	if err != nil {
		t.Fatal(err)
	}
	text = string(read)
	d = distribution{map[string]string{}, map[string]string{}}
	add := func(table, column, beside string) {
		if _, twice := d.column[table]; twice {
			t.Errorf("%s is laid out twice", table)
		}
		d.column[table], d.beside[table] = column, beside
	}
	for _, m := range laidOut.FindAllStringSubmatch(text, -1) {
		if _, known := d.column[m[3]]; m[3] != "" && !known {
			t.Errorf("%s stands beside %s, which is not laid out yet", m[1], m[3])
		}
		add(m[1], m[2], m[3])
	}
	for _, m := range reference.FindAllStringSubmatch(text, -1) {
		add(m[1], "", "")
	}
	return d, text
}

// group is the table beside which a table stands; empty for one that is everywhere.
func (d distribution) group(table string) string {
	if d.column[table] == "" {
		return ""
	}
	if beside := d.beside[table]; beside != "" {
		return beside
	}
	return table
}

// Every table is laid out once, and each of its keys begins with the column by which
// it is: nothing has to be looked for on several machines to be the only one.
func TestDistribution(t *testing.T) {
	d, _ := readDistribution(t)
	for _, table := range hq.Tables() {
		if _, known := d.column[table]; !known {
			t.Errorf("%s is not laid out", table)
		}
	}
	keys := uniqueKeys(t)
	for table, column := range d.column {
		if len(keys[table]) == 0 {
			t.Errorf("%s is no table, or has no key", table)
		}
		for _, key := range keys[table] {
			if column != "" && key != column {
				t.Errorf("a key of %s begins with %s, and it is laid out by %s", table, key, column)
			}
		}
	}
}

var (
	made     = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\)(?: STRICT)?;\n`)
	ofColumn = regexp.MustCompile(`(?:\(|, )(\w+) [^,]*?(?:PRIMARY KEY|UNIQUE)(?: CHECK|,|$| NOT)`)
	ofTable  = regexp.MustCompile(`(?:PRIMARY KEY|UNIQUE) \((\w+)`)
	index    = regexp.MustCompile(`CREATE UNIQUE INDEX \w+ ON (\w+) \((\w+)`)
)

// uniqueKeys are the first columns of all primary keys and unique indexes.
func uniqueKeys(t *testing.T) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	for _, text := range readSchema(t, "postgres") {
		text += "\n"
		for _, table := range made.FindAllStringSubmatch(text, -1) {
			for _, key := range ofTable.FindAllStringSubmatch(table[2], -1) {
				keys[table[1]] = append(keys[table[1]], key[1])
			}
			for _, key := range ofColumn.FindAllStringSubmatch("("+strings.TrimSpace(table[2]), -1) {
				keys[table[1]] = append(keys[table[1]], key[1])
			}
		}
		for _, key := range index.FindAllStringSubmatch(text, -1) {
			keys[key[1]] = append(keys[key[1]], key[2])
		}
	}
	return keys
}

var named = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)`)

// A statement that meets tables of several keys cannot be run by one machine. Those
// that there are stand in DISTRIBUTED.md, by the file that they are in, and no others.
func TestStatementsAcrossKeys(t *testing.T) {
	d, text := readDistribution(t)
	found := map[string]bool{}
	var names []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".go") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, constants := map[string]*ast.File{}, map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
		readConstants(constants, path.Dir(name), file)
	}
	for name, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, whole := saidIn(constants, path.Dir(name), e)
			if across := d.across(text); across != "" {
				found["| `"+name+"` | "+across+" |"] = true
			}
			return !whole
		})
	}
	var want, have []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| `") {
			want = append(want, strings.TrimSpace(line[:strings.LastIndex(strings.TrimSuffix(strings.TrimSpace(line), "|"), "|")])+" |")
		}
	}
	for line := range found {
		have = append(have, line)
	}
	slices.Sort(want)
	slices.Sort(have)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("statements across keys, as DISTRIBUTED.md says (-) and as they are (+):\n%s", diff)
	}
}

// readConstants adds what the constants of a file say, by their folder and name.
func readConstants(constants map[string]string, folder string, file *ast.File) {
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok || general.Tok != token.CONST {
			continue
		}
		for _, spec := range general.Specs {
			value := spec.(*ast.ValueSpec)
			for i, name := range value.Names {
				if i < len(value.Values) {
					constants[folder+"."+name.Name], _ = saidIn(constants, folder, value.Values[i])
				}
			}
		}
	}
}

// saidIn returns what an expression says, where that is written there: a string, a
// constant, or several put together, of which what is made at run time is left out. It
// reports whether all that is in it was read.
func saidIn(constants map[string]string, folder string, e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.Ident:
		text, ok := constants[folder+"."+e.Name]
		return text, ok
	case *ast.ParenExpr:
		return saidIn(constants, folder, e.X)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			left, wholeLeft := saidIn(constants, folder, e.X)
			right, wholeRight := saidIn(constants, folder, e.Y)
			return left + right, wholeLeft && wholeRight
		}
	}
	return "", false
}

// across names the tables of a statement, where they are of several keys.
func (d distribution) across(text string) string {
	groups, tables := map[string]bool{}, []string{}
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if _, known := d.column[m[1]]; !known {
			continue
		}
		if group := d.group(m[1]); group != "" {
			groups[group] = true
		}
		if !slices.Contains(tables, m[1]) {
			tables = append(tables, m[1])
		}
	}
	if len(groups) < 2 {
		return ""
	}
	return strings.Join(tables, ", ")
}
