package layering

import (
	"bytes"
	"fmt"
	"go/ast"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Documents point to files, and to names of the sources: those in both cases, perhaps
// behind their package's. One that is gone leads a reader nowhere.
var (
	quoted   = regexp.MustCompile("```[^`]*```|`([^`]+)`") // what is fenced off is code
	oneName  = regexp.MustCompile(`^(?:[a-z]+\.)?[A-Za-z]+$`)
	goSource = regexp.MustCompile(`^[a-z0-9_/*]+\.go$`)
	linked   = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
)

// foreign is where documents name what other people's sources have.
const foreign = "examples"

// pointers holds what the module's documents point to against its files.
func (c *check) pointers(fsys fs.FS, pkgs map[string]*pkg) error {
	files, known := namesOf(pkgs)
	for _, name := range c.documents {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		eachIn(text, linked, func(line int, link string) {
			if _, err := fs.Stat(fsys, path.Join(path.Dir(name), link)); err != nil {
				c.fail(fmt.Sprintf("%s:%d", name, line), "%s is not there", link)
			}
		})
		if strings.HasPrefix(name, foreign+"/") {
			continue
		}
		eachIn(text, quoted, func(line int, what string) {
			if !isThere(what, files, known) {
				c.fail(fmt.Sprintf("%s:%d", name, line), "no source is or has %s", what)
			}
		})
	}
	return nil
}

// eachIn calls what for each match of an expression's group, with its line.
func eachIn(text []byte, expression *regexp.Regexp, what func(line int, found string)) {
	for _, at := range expression.FindAllSubmatchIndex(text, -1) {
		if at[2] < 0 {
			continue
		}
		what(1+bytes.Count(text[:at[2]], []byte("\n")), string(text[at[2]:at[3]]))
	}
}

// isThere reports whether what stands between quotes points to nothing, or to what is there.
func isThere(what string, files []string, known map[string]bool) bool {
	switch {
	case goSource.MatchString(what):
		return slices.ContainsFunc(files, func(f string) bool { return endsIn(f, what) })
	case oneName.MatchString(what) && strings.ToLower(what) != what && strings.ToUpper(what) != what:
		return known[what[strings.Index(what, ".")+1:]]
	}
	return true
}

// endsIn reports whether a path ends in the elements of a pattern.
func endsIn(file, pattern string) bool {
	for range strings.Count(file, "/") - strings.Count(pattern, "/") {
		_, file, _ = strings.Cut(file, "/")
	}
	matched, _ := path.Match(pattern, file) // goSource lets no malformed pattern in
	return matched
}

// namesOf gives the paths of the module's Go files, and every name in them.
func namesOf(pkgs map[string]*pkg) (files []string, known map[string]bool) {
	known = map[string]bool{}
	for _, p := range pkgs {
		for _, f := range p.files {
			files = append(files, f.path)
			ast.Inspect(f.ast, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok {
					known[id.Name] = true
				}
				return true
			})
		}
	}
	return files, known
}
