package layering

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

func (c *check) inTable(p *pkg) {
	if _, ok := c.row(p.dir); !ok {
		c.fail(p.dir, "package is not in the table of internal/layering, nor in the design")
	}
}

// comment wants one package comment, in one file, that begins as godoc has it.
func (c *check) comment(p *pkg) {
	var with []file
	real := false
	for _, f := range p.files {
		if f.test {
			continue
		}
		real = true
		if f.ast.Doc != nil {
			with = append(with, f)
		}
	}
	switch {
	case !real:
	case len(with) == 0:
		c.fail(p.dir, "package has no comment")
	case len(with) > 1:
		c.fail(p.at(with[1].ast), "second package comment; the first is in %s", with[0].path)
	default:
		f := with[0].ast
		want := "Package " + f.Name.Name + " "
		if f.Name.Name != "main" && !strings.HasPrefix(f.Doc.Text(), want) {
			c.fail(p.at(f), "package comment must begin with %q", want)
		}
	}
}

func (c *check) imports(p *pkg) {
	for _, f := range p.files {
		for _, spec := range f.ast.Imports {
			imported := importPath(spec)
			if why := c.mayImport(p.dir, f.test, imported); why != "" {
				c.fail(p.at(spec), "%s", why)
			}
			c.alias(p, spec, imported)
		}
	}
}

// ownerOf is the package that hides a library, of which a package may be any
// part; "" if nobody does.
func ownerOf(imported string) string {
	for library, owner := range owners {
		if imported == library || strings.HasPrefix(imported, library+"/") {
			return owner
		}
	}
	return ""
}

// mayImport gives the reason against an import, or "". Tests may use any
// package: a story needs both sides.
func (c *check) mayImport(dir string, test bool, imported string) string {
	if owner := ownerOf(imported); owner != "" && !test && dir != owner {
		return fmt.Sprintf("only %s may import %s", owner, imported)
	}
	target, ours := c.inside(imported)
	if !ours || test {
		return ""
	}
	if slices.Contains(testOnly, target) && !slices.Contains(testOnly, dir) {
		return fmt.Sprintf("only tests may import %s", target)
	}
	row, ok := c.row(dir)
	if !ok || row.Imports == "anything" { // a missing row is told once
		return ""
	}
	for _, pattern := range strings.Fields(row.Imports) {
		if matches(pattern, target) {
			return ""
		}
	}
	return fmt.Sprintf("%s may not import %s", dir, target)
}

// alias wants our sync under another name than the standard library's.
func (c *check) alias(p *pkg, spec *ast.ImportSpec, imported string) {
	if target, ours := c.inside(imported); !ours || target != "sync" || p.dir == "sync" {
		return
	}
	if spec.Name == nil || spec.Name.Name != "hqsync" {
		c.fail(p.at(spec), "import %s as hqsync", imported)
	}
}

// names keeps our sync free of the standard library's names.
func (c *check) names(p *pkg) {
	if p.dir != "sync" {
		return
	}
	for _, f := range p.files {
		if f.test {
			continue
		}
		for _, decl := range f.ast.Decls {
			for _, name := range declared(decl) {
				if slices.Contains(stdSync, name.Name) {
					c.fail(p.at(name), "package sync must not export %s, which std sync has", name.Name)
				}
			}
		}
	}
}

// declared gives the names that a declaration makes in its package.
func declared(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		var names []*ast.Ident
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names...)
			}
		}
		return names
	}
	return nil
}
