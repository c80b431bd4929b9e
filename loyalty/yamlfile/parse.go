package yamlfile

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
)

// MaxSource bounds a file, in bytes.
const MaxSource = 256 << 10

// Problem says what is wrong with a file and where. Lines and columns count
// from 1.
type Problem struct {
	File         string
	Line, Column int
	Text         string
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Parse reads exactly one YAML document.
func Parse(source []byte, name string) (*yaml.Node, error) {
	switch {
	case len(source) > MaxSource:
		return nil, &Problem{name, 1, 1, fmt.Sprintf("larger than %d KiB", MaxSource>>10)}
	case !utf8.Valid(source):
		return nil, &Problem{name, 1, 1, "not UTF-8"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(source))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, &Problem{name, 1, 1, "nothing in this file"}
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
		return document.Content[0], nil // a document has one value, null at least
	case err != nil:
		return nil, syntaxError(name, err)
	}
	return nil, &Problem{name, second.Line, second.Column, "a second document: one file is one"}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntaxError takes the line out of the YAML library's text, which knows no
// columns.
func syntaxError(name string, err error) *Problem {
	text := err.Error()
	found := yamlLine.FindStringSubmatch(text)
	if found == nil {
		return &Problem{name, 1, 1, text}
	}
	line, _ := strconv.Atoi(found[1]) // 0 where the text has none
	return &Problem{name, max(line, 1), 1, strings.TrimPrefix(text, found[0])}
}
