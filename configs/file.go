package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"go.yaml.in/yaml/v3"
)

const maxFileBytes = 1 << 20

// file is one YAML file being read. It is walked as nodes, because only those
// know places and what was written: decoded, 0012 is the number 10.
type file struct {
	*loading
	path string
}

func (l *loading) readFile(path string) {
	f := file{l, path}
	document, err := parse(path)
	if err != nil {
		l.problems.add(path, "", "%v", err)
		return
	}
	if document == nil {
		return
	}
	values := f.section(document, root, "")
	if err := l.viper.MergeConfigMap(values); err != nil {
		l.problems.add(path, "", "%v", err)
	}
}

// parse gives the one document of a file; nil if there is none.
func parse(path string) (*yaml.Node, error) {
	text, err := os.ReadFile(path)
	if pe, ok := errors.AsType[*os.PathError](err); ok {
		return nil, pe.Err // the place names the path
	} else if err != nil {
		return nil, err
	}
	if len(text) > maxFileBytes {
		return nil, errors.New("larger than 1 MiB")
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := dec.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one document")
	}
	return document.Content[0], nil
}

func (f file) fail(n *yaml.Node, key, format string, args ...any) {
	f.problems.add(f.at(n), key, format, args...)
}

func (f file) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d:%d", f.path, n.Line, n.Column) }

// section reads a mapping; key is its path, "" for the whole file.
func (f file) section(n *yaml.Node, s *schema, key string) map[string]any {
	if n.Tag == "!!null" { // a section of which all is commented out
		return nil
	}
	if n.Kind != yaml.MappingNode {
		f.fail(n, key, "must be a section with keys")
		return nil
	}
	values := make(map[string]any)
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		path := name.Value
		if key != "" {
			path = key + "." + name.Value
		}
		field := s.fields[name.Value]
		if field == nil {
			f.fail(name, "", "unknown key %q, nearest is %q", path, nearest(path, root.keys()))
			continue
		}
		if _, twice := values[name.Value]; twice {
			f.fail(name, path, "stands here twice")
			continue
		}
		if v := f.value(value, field, path); v != nil {
			values[name.Value] = v
		}
	}
	return values
}

func (f file) value(n *yaml.Node, s *schema, key string) any {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		f.fail(n, key, "anchors and aliases are not read here: write the value out")
		return nil
	case s.fields != nil:
		if values := f.section(n, s, key); values != nil {
			return values
		}
		return nil
	case s.multiple:
		return f.list(n, s, key)
	case n.Kind != yaml.ScalarNode:
		f.fail(n, key, "must be one value")
		return nil
	case n.Tag == "!!null":
		f.fail(n, key, `has no value: write one, "" for an empty text, or leave the key out`)
		return nil
	}
	f.sources[key] = f.at(n)
	return n.Value
}

// list reads a list. It replaces the one of an earlier file.
func (f file) list(n *yaml.Node, s *schema, key string) any {
	if n.Kind != yaml.SequenceNode && n.Tag != "!!null" { // null: all of it is commented out
		f.fail(n, key, "must be a list")
		return nil
	}
	f.sources[key] = f.at(n)
	values := make([]any, 0, len(n.Content))
	for i, item := range n.Content {
		path := fmt.Sprintf("%s[%d]", key, i)
		f.sources[path] = f.at(item)
		element := f.value(item, s.elem, path)
		if fields, ok := element.(map[string]any); ok {
			element = s.elem.completed(fields)
		}
		values = append(values, element)
	}
	return values
}

// completed adds the defaults of a list's element.
func (s *schema) completed(fields map[string]any) map[string]any {
	for name, field := range s.fields {
		if _, set := fields[name]; !set {
			fields[name] = field.value
		}
	}
	return fields
}
