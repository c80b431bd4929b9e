package loyalty

import (
	"bytes"

	"go.yaml.in/yaml/v3"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty/yamlfile"
)

// LoadError says what is wrong with a program and where.
type LoadError = yamlfile.Problem

// reader reads the parts of a program.
type reader struct {
	yamlfile.Reader
	asked []asked // conditions, whose names are looked at last
}

// Load reads a program from its YAML; name is the file errors tell. It is
// strict: what this release does not understand is refused, never ignored.
// The error joins one *LoadError for each problem, in the order of the file.
func Load(source []byte, name string) (*Program, error) {
	return load(source, name, (*reader).names)
}

// LoadPublished reads a version that members were told, as Load does. A name
// that its conditions ask for and that it does not have is let be: earlier
// releases published such, and a promise is not taken back.
func LoadPublished(source []byte, name string) (*Program, error) {
	return load(source, name, func(*reader, *Program) {})
}

func load(source []byte, name string, names func(*reader, *Program)) (*Program, error) {
	root, err := yamlfile.Parse(source, name)
	if err != nil {
		return nil, err
	}
	r := &reader{Reader: yamlfile.Reader{File: name}}
	p := r.program(root)
	if err := r.Err(); err != nil {
		return nil, err // a name that is missing may be what was misspelt there
	}
	names(r, p)
	if err := r.Err(); err != nil {
		return nil, err
	}
	p.ref.Hash, p.source = ledger.HashOf(source), bytes.Clone(source)
	return p, nil
}

// rate reads an exact fraction.
func (r *reader) rate(n *yaml.Node, what string) Rate {
	text, ok := r.Text(n, what)
	if !ok {
		return Rate{0, 1}
	}
	rate, err := ParseRate(text)
	if err != nil {
		r.Fail(n, "%s: %v", what, err)
		return Rate{0, 1}
	}
	return rate
}

func (r *reader) period(n *yaml.Node, what string) period {
	text, ok := r.Text(n, what)
	if !ok {
		return period{}
	}
	length, err := parsePeriod(text)
	if err != nil {
		r.Fail(n, "%s: %v", what, err)
	}
	return length
}
