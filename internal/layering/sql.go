package layering

import (
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// runsSQL are the methods whose first argument, or second after a context, is
// SQL: of database/sql, of pgx, and of internal/sqlitedb.
var runsSQL = []string{
	"Exec", "Query", "QueryRow", "Prepare",
	"ExecContext", "QueryContext", "QueryRowContext", "PrepareContext", "Queue", "SendBatch",
}

// builtSQL finds SQL put together from values: by a call, or with + and
// anything but constants, in place or in a variable of the same function.
func (c *check) builtSQL(p *pkg) {
	constants := p.constants()
	for _, f := range p.files {
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			b := builder{constants: maps.Clone(constants), built: make(map[string]string)}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				b.remember(n)
				if call, ok := n.(*ast.CallExpr); ok {
					if why := b.inCall(call); why != "" {
						c.fail(p.at(call), "SQL is built %s: write it out, with placeholders", why)
					}
				}
				return true
			})
		}
	}
}

// constants gives the names of the package's constants.
func (p *pkg) constants() map[string]bool {
	names := make(map[string]bool)
	for _, f := range p.files {
		for _, decl := range f.ast.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, name := range declared(d) {
					names[name.Name] = true
				}
			}
		}
	}
	return names
}

// builder follows one function's variables.
type builder struct {
	constants map[string]bool
	built     map[string]string // variable → how its text was built
}

func (b builder) remember(n ast.Node) {
	switch s := n.(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) != len(s.Rhs) {
			return
		}
		for i, left := range s.Lhs {
			name, ok := left.(*ast.Ident)
			if !ok {
				continue
			}
			why := b.how(s.Rhs[i])
			if s.Tok == token.ADD_ASSIGN && !b.constant(s.Rhs[i]) {
				why = "with +="
			}
			if why != "" {
				b.built[name.Name] = why
			}
		}
	case *ast.GenDecl:
		for _, spec := range s.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok {
				continue
			}
			for i, value := range v.Values {
				if s.Tok == token.CONST {
					b.constants[v.Names[i].Name] = true
				} else if why := b.how(value); why != "" {
					b.built[v.Names[i].Name] = why
				}
			}
		}
	}
}

func (b builder) inCall(call *ast.CallExpr) string {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains(runsSQL, sel.Sel.Name) {
		return ""
	}
	for _, arg := range call.Args[:min(2, len(call.Args))] {
		if why := b.how(arg); why != "" && (arg == call.Args[0] || isContext(call.Args[0])) {
			return why
		}
	}
	return ""
}

// isContext tells a context by its looks: there are no types here.
func isContext(arg ast.Expr) bool {
	switch e := arg.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(e.Name), "ctx")
	case *ast.SelectorExpr:
		return strings.HasSuffix(strings.ToLower(e.Sel.Name), "ctx")
	case *ast.CallExpr:
		name := ""
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok {
			name = sel.Sel.Name
		}
		return slices.Contains([]string{"Context", "Background", "WithoutCancel", "TODO"}, name)
	}
	return false
}

// how says in which way an expression builds its text, or "".
func (b builder) how(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return b.how(e.X)
	case *ast.Ident:
		return b.built[e.Name]
	case *ast.BinaryExpr:
		if e.Op == token.ADD && !b.constant(e) {
			return "with +"
		}
	case *ast.CallExpr:
		if sel, ok := e.Fun.(*ast.SelectorExpr); ok {
			if from, ok := sel.X.(*ast.Ident); ok && (from.Name == "fmt" || from.Name == "strings") {
				return fmt.Sprintf("with %s.%s", from.Name, sel.Sel.Name)
			}
			if sel.Sel.Name == "String" && len(e.Args) == 0 {
				return "piece by piece"
			}
		}
	}
	return ""
}

// constant tells literals, constants and sums of them.
func (b builder) constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return b.constant(e.X)
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return b.constants[e.Name]
	case *ast.BinaryExpr:
		return b.constant(e.X) && b.constant(e.Y)
	}
	return false
}

// clock finds a database asked for the time: the one clock of a process is
// its own.
var clock = regexp.MustCompile(`(?i)'now'|\bcurrent_(timestamp|time|date)\b|\bnow\(\)|\bunixepoch\(\s*\)|\bclock_timestamp\(\)`)

// clocks looks into the texts of Go sources.
func (c *check) clocks(p *pkg) {
	if p.dir == "internal/layering" { // has the words to look for
		return
	}
	for _, f := range p.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if word := clock.FindString(lit.Value); word != "" {
					c.fail(p.at(lit), "%s: time is a parameter, not the database's", word)
				}
			}
			return true
		})
	}
}

func (c *check) sqlFile(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "--")
		if word := clock.FindString(line); word != "" {
			c.fail(fmt.Sprintf("%s:%d", name, i+1), "%s: time is a parameter, not the database's", word)
		}
	}
	return nil
}
