// Package layering keeps the house in order: its test holds the module's
// sources against the table of packages in the design (Table), and against the
// few rules that a compiler does not know.
package layering

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Violation is one place that breaks a rule.
type Violation struct {
	Place string // file:line, or a package's folder
	Text  string
}

func (v Violation) String() string { return v.Place + ": " + v.Text }

// check is one run over a source tree.
type check struct {
	module    string
	table     []Row
	documents []string // paths
	found     []Violation
}

// pkg is the Go files of one folder, its external tests among them.
type pkg struct {
	dir   string
	fset  *token.FileSet
	files []file
}

type file struct {
	path string
	test bool
	ast  *ast.File
}

// Check holds every source below fsys, the root of a module, against the table
// and gives what breaks it, in order of place. Folders named testdata and
// hidden ones are left out, as the go command does.
func Check(fsys fs.FS, module string, table []Row) ([]Violation, error) {
	c := &check{module: module, table: table}
	pkgs := make(map[string]*pkg)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir():
			return nil
		case strings.HasSuffix(name, ".sql"):
			return c.sqlFile(fsys, name)
		case strings.HasSuffix(name, ".md"):
			c.documents = append(c.documents, name)
		case strings.HasSuffix(name, ".go"):
			return load(fsys, name, pkgs)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("check layering: %w", err)
	}
	for _, p := range pkgs {
		c.inTable(p)
		c.comment(p)
		c.imports(p)
		c.names(p)
		c.builtSQL(p)
		c.clocks(p)
	}
	if err := c.pointers(fsys, pkgs); err != nil {
		return nil, fmt.Errorf("check layering: %w", err)
	}
	slices.SortFunc(c.found, func(a, b Violation) int { return strings.Compare(a.String(), b.String()) })
	return c.found, nil
}

func load(fsys fs.FS, name string, pkgs map[string]*pkg) error {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	p := pkgs[dir]
	if p == nil {
		p = &pkg{dir: dir, fset: token.NewFileSet()}
		pkgs[dir] = p
	}
	parsed, err := parser.ParseFile(p.fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	p.files = append(p.files, file{name, strings.HasSuffix(name, "_test.go"), parsed})
	return nil
}

func (c *check) fail(place, format string, args ...any) {
	c.found = append(c.found, Violation{place, fmt.Sprintf(format, args...)})
}

func (p *pkg) at(n ast.Node) string {
	pos := p.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", pos.Filename, pos.Line)
}

// inside gives the path of an import within the module; false for others.
func (c *check) inside(imported string) (string, bool) {
	return strings.CutPrefix(imported, c.module+"/")
}

func importPath(spec *ast.ImportSpec) string {
	p, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
	return p
}
