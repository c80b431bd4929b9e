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
type reader struct{ yamlfile.Reader }

// Load reads a program from its YAML; name is the file errors tell. It is
// strict: what this release does not understand is refused, never ignored.
// The error joins one *LoadError for each problem, in the order of the file.
func Load(source []byte, name string) (*Program, error) {
	root, err := yamlfile.Parse(source, name)
	if err != nil {
		return nil, err
	}
	r := &reader{yamlfile.Reader{File: name}}
	p := r.program(root)
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
