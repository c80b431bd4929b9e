package loyalty

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
)

// maxSource bounds a program's YAML, in bytes.
const maxSource = 256 << 10

// LoadError says what is wrong with a program and where. Lines and columns
// count from 1.
type LoadError struct {
	File         string
	Line, Column int
	Problem      string
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Problem)
}

// Load reads a program from its YAML; name is the file errors tell. It is
// strict: what this release does not understand is refused, never ignored.
// The error joins one *LoadError for each problem, in the order of the file.
func Load(source []byte, name string) (*Program, error) {
	root, err := parse(source, name)
	if err != nil {
		return nil, err
	}
	r := &reader{file: name}
	p := r.program(root)
	if err := r.err(); err != nil {
		return nil, err
	}
	p.ref.Hash = ledger.HashOf(source)
	return p, nil
}

// parse reads exactly one YAML document.
func parse(source []byte, name string) (*yaml.Node, error) {
	switch {
	case len(source) > maxSource:
		return nil, &LoadError{name, 1, 1, fmt.Sprintf("larger than %d KiB", maxSource>>10)}
	case !utf8.Valid(source):
		return nil, &LoadError{name, 1, 1, "not UTF-8"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &LoadError{name, 1, 1, "no program in this file"}
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
		return document.Content[0], nil // a document has one value, null at least
	case err != nil:
		return nil, syntaxError(name, err)
	}
	return nil, &LoadError{name, second.Line, second.Column, "a second document: one file is one program"}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError takes the line out of the YAML library's text, which knows no
// columns.
func syntaxError(name string, err error) *LoadError {
	text := err.Error()
	found := yamlLine.FindStringSubmatch(text)
	if found == nil {
		return &LoadError{name, 1, 1, text}
	}
	line, _ := strconv.Atoi(found[1]) // 0 where the text has none
	return &LoadError{name, max(line, 1), 1, strings.TrimPrefix(text, found[0])}
}
