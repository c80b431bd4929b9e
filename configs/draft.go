package configs

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Draft is a configuration file on its way: the sample with its comments, and
// values put into it.
type Draft struct {
	lines  []string
	places map[string]*yaml.Node // of values
	lists  map[string]int        // lines of the lists that are left empty
}

// NewDraft starts with the sample.
func NewDraft() *Draft {
	d := &Draft{lines: strings.Split(string(Sample), "\n"), places: make(map[string]*yaml.Node), lists: make(map[string]int)}
	var document yaml.Node
	if err := yaml.Unmarshal(Sample, &document); err != nil {
		panic(err) // the sample is ours and embedded
	}
	d.locate(document.Content[0], "")
	return d
}

func (d *Draft) locate(mapping *yaml.Node, prefix string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := prefix+mapping.Content[i].Value, mapping.Content[i+1]
		switch {
		case value.Kind == yaml.MappingNode:
			d.locate(value, key+".")
		case value.Tag == "!!null":
			d.lists[key] = mapping.Content[i].Line
		default:
			d.places[key] = value
		}
	}
}

// Set writes a value in place of a key's default.
func (d *Draft) Set(key, value string) error {
	place := d.places[key]
	if place == nil || place.Kind != yaml.ScalarNode {
		return fmt.Errorf("the sample has no value %q", key)
	}
	line := &d.lines[place.Line-1]
	*line = (*line)[:place.Column-1] + scalar(value)
	return nil
}

// Field is a key of a device and its value.
type Field struct{ Name, Value string }

// Add writes a device into a list that the sample leaves empty.
func (d *Draft) Add(list string, fields ...Field) error {
	at, there := d.lists[list]
	if !there {
		return fmt.Errorf("the sample has no list %q", list)
	}
	line := &d.lines[at-1]
	lead := "\n  - "
	for _, field := range fields {
		*line += lead + field.Name + ": " + scalar(field.Value)
		lead = "\n    "
	}
	return nil
}

// Bytes gives the file.
func (d *Draft) Bytes() []byte { return []byte(strings.Join(d.lines, "\n")) }

// scalar writes a text so that it is read as itself.
func scalar(text string) string {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return text
	}
	written, err := yaml.Marshal(text)
	if plain := strings.TrimSuffix(string(written), "\n"); err == nil && !strings.Contains(plain, "\n") {
		return plain
	}
	return strconv.Quote(text) // on one line
}
